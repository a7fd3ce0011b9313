internal import Glibc

/// Gives inputs to one part of the product and compares what it says with what an oracle says.
protocol Driver: AnyObject, SendableMetatype {
    init()

    /// Where the search starts.
    var seeds: [String] { get }
    /// What inputs are put together from.
    var words: [String] { get }

    /// - Parameter input: in memory of exactly this size, so that the sanitizer sees a read beyond it.
    func check(_ input: UnsafeBufferPointer<UInt8>)
}

/// Ends the process if an oracle does not agree: libFuzzer then keeps the input.
func expect(_ isTrue: Bool, _ explanation: @autoclosure () -> String) {
    if isTrue { return }
    printError("\nThe oracle does not agree: \(explanation())\n")
    abort()
}

func printError(_ text: String) {
    write(STDERR_FILENO, text, text.utf8.count)
}

func expectEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ what: @autoclosure () -> String) {
    expect(value == expected, "\(what()):\n  is     \(value)\n  not    \(expected)")
}

/// Decisions that an input makes by its own bytes, so that it always makes the same ones.
struct Choices {
    private var state: UInt64

    /// The hash is FNV-1a, the sequence SplitMix64.
    init(_ bytes: some Sequence<UInt8>) {
        state = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func number(below bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }

    mutating func one<Value>(of values: [Value]) -> Value {
        values[number(below: values.count)]
    }

    /// The bytes cut into pieces, as a network might: two halves, or short pieces, some of them empty.
    mutating func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        // Many pieces take long, so the shortest are for short inputs.
        let lengthMax = max(bytes.count / 16, one(of: [1, 2, 8]))
        if number(below: 3) == 0 {
            let cut = number(below: bytes.count + 1)
            return [bytes[..<cut], bytes[cut...]]
        }
        var pieces: [ArraySlice<UInt8>] = []
        pieces.reserveCapacity(32)
        var start = 0
        while start < bytes.count {
            let length = lengthMax == 1 ? 1 : number(below: lengthMax + 1)
            pieces.append(bytes[start...].prefix(length))
            start += length
        }
        return pieces
    }
}

extension Array where Element == UInt8 {
    /// As Swift would write it in quotes.
    var quoted: String { String(decoding: self, as: UTF8.self).debugDescription }
}
