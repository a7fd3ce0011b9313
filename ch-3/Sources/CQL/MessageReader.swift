/// Takes the notations of native_protocol_v4.spec § 3 from the body of a message.
///
/// Every length is checked against the bytes that there are, before anything is done with it. What follows the last thing
/// that is read is left alone: § 4.2 reserves it for the future. All functions throw ``CQLError/malformedAnswer(_:)``.
struct MessageReader {
    let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var remaining: Int { bytes.count - position }

    func malformed(_ reason: String) -> CQLError {
        .malformedAnswer("the server's answer cannot be read: \(reason) (at byte \(position))")
    }

    /// The next bytes, by their place.
    mutating func take(_ count: Int) throws(CQLError) -> Range<Int> {
        guard count >= 0, count <= remaining else { throw malformed("a length goes beyond the end of the message") }
        defer { position += count }
        return position..<position + count
    }

    /// [byte], [short], [int], [long]: big-endian.
    mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(CQLError) -> Integer {
        let range = try take(MemoryLayout<Integer>.size)
        return bytes.withUnsafeBytes {
            Integer(bigEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
        }
    }

    /// An [int] that says how many things of at least `bytesMin` bytes follow: no more of them than there is room for.
    mutating func count(bytesMin: Int) throws(CQLError) -> Int {
        let count = Int(try integer(Int32.self))
        guard count >= 0, count <= remaining / bytesMin else { throw malformed("there is no room for so many") }
        return count
    }

    /// [string]. Bytes that are not UTF-8 become U+FFFD: these are names and messages, not data.
    mutating func string() throws(CQLError) -> String {
        String(decoding: bytes[try shortRange()], as: UTF8.self)
    }

    mutating func skipString() throws(CQLError) {
        _ = try shortRange()
    }

    /// [short bytes]
    mutating func shortBytes() throws(CQLError) -> [UInt8] {
        Array(bytes[try shortRange()])
    }

    /// [bytes], by their place; `nil` for null.
    mutating func bytesRange() throws(CQLError) -> Range<Int>? {
        let count = try integer(Int32.self)
        return count < 0 ? nil : try take(Int(count))
    }

    private mutating func shortRange() throws(CQLError) -> Range<Int> {
        try take(Int(integer(UInt16.self)))
    }
}
