/// Writes a frame: its header, and the notations of native_protocol_v4.spec § 3 behind it.
///
/// A length that does not fit into its field is remembered, and `finish` throws: a caller that has given too much is told so
/// before anything is sent.
struct MessageWriter {
    private var bytes: [UInt8]
    private var excess: String?

    init(_ opcode: Opcode, reservingCapacity capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
        // The stream id and the length, zero here, are filled in when they are known.
        bytes += [Frame.requestVersion, 0, 0, 0, opcode.rawValue, 0, 0, 0, 0]
    }

    /// - Returns: the whole frame, with stream id 0.
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
    mutating func shortCount(_ count: Int, of what: StaticString) {
        if count > UInt16.max { excess = "\(count) \(what), and \(UInt16.max) are allowed" }
        integer(UInt16(truncatingIfNeeded: count))
    }

    mutating func string(_ string: String) {
        shortCount(string.utf8.count, of: "bytes in a string")
        bytes.append(contentsOf: string.utf8)
    }

    mutating func longString(_ string: String) {
        integer(Int32(clamping: string.utf8.count))
        bytes.append(contentsOf: string.utf8)
    }

    mutating func stringMap(_ map: KeyValuePairs<String, String>) {
        shortCount(map.count, of: "options")
        for (key, value) in map {
            string(key)
            string(value)
        }
    }

    mutating func bytesValue(_ value: [UInt8]) {
        integer(Int32(clamping: value.count))
        bytes.append(contentsOf: value)
    }

    mutating func shortBytes(_ value: [UInt8]) {
        shortCount(value.count, of: "bytes in an id")
        bytes.append(contentsOf: value)
    }

    /// [value]: its length and the bytes of § 6.
    mutating func value(_ value: CQLValue) {
        switch value {
        case .text(let text): longString(text)
        case .bigint(let number): sized(number)
        case .int(let number): sized(number)
        case .smallint(let number): sized(number)
        case .boolean(let isTrue): sized(isTrue ? UInt8(1) : 0)
        case .blob(let blob): bytesValue(blob)
        }
    }

    private mutating func sized<Integer: FixedWidthInteger>(_ value: Integer) {
        integer(Int32(MemoryLayout<Integer>.size))
        integer(value)
    }
}
