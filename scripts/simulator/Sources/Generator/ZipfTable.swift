private import Glibc

/// Picks ranks as people and pages come: a few very often, most hardly ever (the law of Zipf and Mandelbrot).
///
/// An exact draw needs a table as long as the ranks are many. Here the table only says which octave (1, 2–3, 4–7, 8–15 …)
/// the rank is in, and within an octave all are equally likely: 1 KiB of memory, one look-up, and no visible difference.
struct ZipfTable: Sendable {
    let count: Int
    private let octaves: [UInt8]

    private static let entryCount = 1024

    /// - Parameters:
    ///   - count: how many ranks, from 0 on.
    ///   - exponent: how fast they become rare; not 1, for which the integral is another one.
    ///   - offset: flattens the first few.
    init(count: Int, exponent: Double, offset: Double) {
        precondition(count > 0 && count <= 1 << 24 && exponent != 1)
        self.count = count
        let octaveCount = count.bitWidth - count.leadingZeroBitCount
        /// The integral of 1 / (x + offset)^exponent from 1 to `x`, but for a constant.
        func weight(upTo x: Int) -> Double {
            pow(Double(x) + offset, 1 - exponent) / (1 - exponent)
        }
        let total = weight(upTo: count + 1) - weight(upTo: 1)
        var octaves: [UInt8] = []
        for octave in 0..<octaveCount {
            let share = (weight(upTo: min(2 << octave, count + 1)) - weight(upTo: 1)) / total
            let end = octave == octaveCount - 1 ? Self.entryCount : Int((share * Double(Self.entryCount)).rounded())
            while octaves.count < end { octaves.append(UInt8(octave)) }
        }
        self.octaves = octaves
    }

    /// - Parameter bits: 34 random bits.
    func rank(_ bits: UInt64) -> Int {
        let octave = octaves[Int(bits & 1023)]
        let first = 1 << Int(octave)
        let rank = first - 1 + Int(truncatingIfNeeded: bits >> 10) & (first - 1)
        // Only the last octave can lead beyond the end.
        return rank < count ? rank : rank % count
    }
}
