/// Random-looking numbers that follow from a seed and an index alone (SplitMix64, seeded by hashing the two).
///
/// No state is carried from one event to the next: any event can be made without those before it.
struct RandomBits {
    private var state: UInt64

    /// - Parameter purpose: keeps numbers that are drawn for different things independent of each other.
    init(seed: UInt64, purpose: Purpose, index: Int) {
        state = Self.scramble(seed &+ purpose.rawValue) ^ Self.scramble(UInt64(bitPattern: Int64(index)))
    }

    /// A sequence of its own, that begins where `other` is now.
    init(following other: inout RandomBits) {
        state = other.next()
    }

    enum Purpose: UInt64 {
        case change = 1
        case text = 2
        case time = 3
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.scramble(state)
    }

    /// From 0 up to `bound`, not included. The multiplication is Lemire's: a division would cost ten times as much.
    mutating func next(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// The finisher of SplitMix64: a bijection, so different arguments give different results.
    static func scramble(_ number: UInt64) -> UInt64 {
        var z = number &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
