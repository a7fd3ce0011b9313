/// The `meta.id` of an event: a UUID in 16 bytes, or whatever text the event has instead.
///
/// Ids are kept by the thousand to know a repeat from a new event, and the `String` of a UUID takes 36 bytes of its own.
package struct EventID: Hashable, Sendable {
    enum Form: Hashable {
        case uuid(high: UInt64, low: UInt64)
        case text(String)
    }

    /// Longer ids are refused, as are empty ones, which would all be the same.
    package static let bytesMax = 256

    let form: Form

    package init(_ text: String) {
        var text = text
        self = text.withUTF8(EventID.init(utf8:))
    }

    /// - Parameter utf8: the id as it was received, valid UTF-8.
    init(utf8: UnsafeBufferPointer<UInt8>) {
        if let (high, low) = Self.parseUUID(utf8) {
            form = .uuid(high: high, low: low)
        } else {
            form = .text(String(decoding: utf8, as: UTF8.self))
        }
    }

    /// `8-4-4-4-12` hexadecimal digits (RFC 9562 §4), in lower case only: an id must be given out as it came in.
    private static func parseUUID(_ utf8: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard utf8.count == 36, [8, 13, 18, 23].allSatisfy({ utf8[$0] == UInt8(ascii: "-") }),
            let first = hexadecimal(utf8[0..<8]), let second = hexadecimal(utf8[9..<13]),
            let third = hexadecimal(utf8[14..<18]), let fourth = hexadecimal(utf8[19..<23]),
            let fifth = hexadecimal(utf8[24..<36])
        else { return nil }
        return (first << 32 | second << 16 | third, fourth << 48 | fifth)
    }

    private static func hexadecimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            // No `switch`: whether a digit is a letter is chance, so the processor would guess wrong 12 times an id.
            let isDecimal = digit &- UInt8(ascii: "0") < 10
            let isLetter = digit &- UInt8(ascii: "a") < 6
            guard isDecimal != isLetter else { return nil }
            number = number << 4 | UInt64(digit & 0xF) + (isLetter ? 9 : 0)
        }
        return number
    }
}

extension EventID {
    /// Half as much to hash: either half of a UUID may be the random one, which depends on its version. (Whoever chose ids
    /// could make them collide; these are chosen by Wikimedia.)
    package func hash(into hasher: inout Hasher) {
        switch form {
        case .uuid(let high, let low): hasher.combine(high ^ low)
        case .text(let text): hasher.combine(text)
        }
    }
}

extension EventID: CustomStringConvertible {
    /// The id as it was received.
    package var description: String {
        switch form {
        case .text(let text): text
        case .uuid(let high, let low):
            "\(digits(high >> 32, 8))-\(digits(high >> 16, 4))-\(digits(high, 4))-\(digits(low >> 48, 4))-\(digits(low, 12))"
        }
    }

    /// The last `count` hexadecimal digits of a number.
    private func digits(_ number: UInt64, _ count: Int) -> String {
        let digits = String(number & (1 << UInt64(4 * count) - 1), radix: 16)
        return String(repeating: "0", count: count - digits.count) + digits
    }
}
