/// Takes the notations of native_protocol_v4.spec § 3 from the body of a message.
///
/// Every length is checked against the bytes that there are, before anything is done with it. What follows the last thing
/// that is read is left alone: § 4.2 reserves it for the future.
struct MessageReader {
    let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    func malformed(_ reason: StaticString) -> MalformedMessage {
        MalformedMessage(reason: reason, offset: position)
    }

    /// The next bytes, by their place.
    mutating func take(_ count: Int) throws(MalformedMessage) -> Range<Int> {
        guard count >= 0, count <= remaining else { throw malformed("a length goes beyond the end of the message") }
        defer { position += count }
        return position..<position + count
    }

    /// [byte], [short], [int], [long]: big-endian.
    mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(MalformedMessage) -> Integer {
        guard remaining >= MemoryLayout<Integer>.size else { throw malformed("the message ends within a number") }
        defer { position += MemoryLayout<Integer>.size }
        return bytes.withUnsafeBytes { Integer(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: type)) }
    }

    /// An [int] that says how many things of at least `bytesMin` bytes follow: no more of them than there is room for.
    mutating func count(bytesMin: Int) throws(MalformedMessage) -> Int {
        let count = Int(try integer(Int32.self))
        guard count >= 0, count <= remaining / bytesMin else { throw malformed("there is no room for so many") }
        return count
    }

    /// [string]. Bytes that are not UTF-8 become U+FFFD: these are names and messages, not data.
    mutating func string() throws(MalformedMessage) -> String {
        let range = try take(Int(integer(UInt16.self)))
        return String(decoding: bytes[range], as: UTF8.self)
    }

    mutating func skipString() throws(MalformedMessage) {
        _ = try take(Int(integer(UInt16.self)))
    }

    /// [string list]
    mutating func stringList() throws(MalformedMessage) -> [String] {
        var strings: [String] = []
        for _ in 0..<(try integer(UInt16.self)) { strings.append(try string()) }
        return strings
    }

    /// [bytes], by their place; `nil` for null.
    mutating func bytesRange() throws(MalformedMessage) -> Range<Int>? {
        let count = try integer(Int32.self)
        return count < 0 ? nil : try take(Int(count))
    }

    /// [bytes]; `nil` for null.
    mutating func bytesValue() throws(MalformedMessage) -> [UInt8]? {
        try bytesRange().map { Array(bytes[$0]) }
    }

    /// [short bytes]
    mutating func shortBytes() throws(MalformedMessage) -> [UInt8] {
        Array(bytes[try take(Int(integer(UInt16.self)))])
    }

    /// [string multimap]
    mutating func stringMultimap() throws(MalformedMessage) -> [String: [String]] {
        var map: [String: [String]] = [:]
        for _ in 0..<(try integer(UInt16.self)) {
            let key = try string()
            map[key] = try stringList()
        }
        return map
    }

    /// [bytes map], which nobody here has use for.
    mutating func skipBytesMap() throws(MalformedMessage) {
        for _ in 0..<(try integer(UInt16.self)) {
            try skipString()
            _ = try bytesRange()
        }
    }

    /// [consistency]
    mutating func consistency() throws(MalformedMessage) -> Consistency {
        guard let consistency = Consistency(rawValue: try integer(UInt16.self)) else {
            throw malformed("there is no such consistency level")
        }
        return consistency
    }
}

/// A message that is not what the specification says.
package struct MalformedMessage: Error, Sendable, Equatable, CustomStringConvertible {
    private let reason: String
    /// Where in the body it was found.
    package let offset: Int

    init(reason: StaticString, offset: Int) {
        self.reason = String(describing: reason)
        self.offset = offset
    }

    package var description: String { "\(reason) (at byte \(offset))" }
}
