/// Writes a frame: its header, and the notations of native_protocol_v4.spec § 3 behind it.
///
/// A length that does not fit into its field is remembered, and `finish` throws: a caller that has given too much is told so
/// before anything is sent.
struct MessageWriter {
    /// The stream id and the length, zero here, are filled in when they are known.
    private var bytes: [UInt8]
    private var excess: String?

    init(_ opcode: Opcode) {
        bytes = [Frame.requestVersion, 0, 0, 0, opcode.rawValue, 0, 0, 0, 0]
    }

    /// - Returns: the whole frame, with stream id 0.
    /// - Throws: ``CQLError/invalidRequest(_:)``
    consuming func finish(frameBytesMax: Int) throws(CQLError) -> [UInt8] {
        if bytes.count > frameBytesMax {
            excess = excess ?? "it has \(bytes.count) bytes, and \(frameBytesMax) are allowed"
        }
        if let excess { throw .invalidRequest("the request is too large: \(excess)") }
        withUnsafeBytes(of: Int32(bytes.count - Frame.headerBytes).bigEndian) { length in
            bytes.replaceSubrange(5..<9, with: length)
        }
        return bytes
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// A [short] that counts what follows.
    mutating func shortCount(_ count: Int, of what: String) {
        if count > UInt16.max { excess = "\(count) \(what), and \(UInt16.max) are allowed" }
        integer(UInt16(truncatingIfNeeded: count))
    }

    /// [string], [short bytes]
    mutating func short(_ value: some Collection<UInt8>) {
        shortCount(value.count, of: "bytes in a string")
        bytes.append(contentsOf: value)
    }

    /// [long string], [bytes]
    mutating func long(_ value: some Collection<UInt8>) {
        integer(Int32(clamping: value.count))
        bytes.append(contentsOf: value)
    }

    /// [value]s: of each its length and the bytes of § 6.
    mutating func values(_ values: [CQLValue]) {
        shortCount(values.count, of: "values")
        for value in values {
            switch value {
            case .text(let text): long(text.utf8)
            case .bigint(let number): sized(number)
            case .int(let number): sized(number)
            case .smallint(let number): sized(number)
            case .blob(let blob): long(blob)
            }
        }
    }

    private mutating func sized<Integer: FixedWidthInteger>(_ value: Integer) {
        integer(Int32(MemoryLayout<Integer>.size))
        integer(value)
    }
}
