/// Takes frames out of bytes that come in pieces of any size.
///
/// Pure. After an error it must not be used again: nobody knows where the next frame would begin.
struct FrameDecoder {
    private let bodyBytesMax: Int
    private var buffer: [UInt8] = []
    private var start = 0

    /// Up to here the memory is kept when all of it has been read.
    private static let keptCapacityMax = 256 * 1024

    /// - Parameter bodyBytesMax: the specification allows 256 MB; a server that sends more than this is not waited for.
    init(bodyBytesMax: Int) {
        self.bodyBytesMax = bodyBytesMax
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if start > 0 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next frame that is complete, `nil` if more bytes are needed for it.
    ///
    /// The header is checked as soon as it is there, so a length that lies is not waited for.
    mutating func next() throws(FrameError) -> Frame? {
        guard start < buffer.count else { return nil }
        let version = buffer[start]
        guard version >= 0x83 else { throw .notAResponse(version) }
        guard buffer.count - start >= Frame.headerBytes else { return nil }
        let opcode = try checkHeader(version: version)
        let length = Int(number(at: 5, UInt32.self))
        guard length <= bodyBytesMax else { throw .tooLarge(bytes: length, bytesMax: bodyBytesMax) }
        let end = start + Frame.headerBytes + length
        guard buffer.count >= end else { return nil }

        let frame = Frame(
            flags: Frame.Flags(rawValue: buffer[start + 1]), stream: number(at: 2, Int16.self), opcode: opcode,
            body: Array(buffer[(start + Frame.headerBytes)..<end]))
        start = end
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptCapacityMax)
            start = 0
        }
        guard version == Frame.responseVersion else { throw Self.refusal(by: frame, version: version) }
        return frame
    }

    private func checkHeader(version: UInt8) throws(FrameError) -> Opcode {
        guard let opcode = Opcode(rawValue: buffer[start + 4]), opcode.isOfResponse else {
            throw .notAnswer(opcode: buffer[start + 4])
        }
        // A server that does not know version 4 says so in an ERROR of a version that it does know.
        guard version == Frame.responseVersion || opcode == .error else {
            throw .unsupportedVersion(server: version & 0x7F, message: "")
        }
        guard buffer[start + 1] & Frame.Flags.compressed.rawValue == 0 else { throw .compressed }
        return opcode
    }

    private static func refusal(by frame: Frame, version: UInt8) -> FrameError {
        var reader = MessageReader(frame.body)
        var message = ""
        if (try? reader.integer(Int32.self)) != nil { message = (try? reader.string()) ?? "" }
        return .unsupportedVersion(server: version & 0x7F, message: message)
    }

    private func number<Integer: FixedWidthInteger>(at offset: Int, _ type: Integer.Type) -> Integer {
        buffer.withUnsafeBytes { Integer(bigEndian: $0.loadUnaligned(fromByteOffset: start + offset, as: type)) }
    }
}

extension Opcode {
    fileprivate var isOfResponse: Bool {
        switch self {
        case .error, .ready, .authenticate, .supported, .result, .event, .authChallenge, .authSuccess: true
        case .startup, .options, .query, .prepare, .execute, .register, .batch, .authResponse: false
        }
    }
}

/// Why the bytes of a server cannot be read on.
enum FrameError: Error, Equatable, CustomStringConvertible {
    /// The first byte is not the version of a response: another protocol, or a version older than 3.
    case notAResponse(UInt8)
    case notAnswer(opcode: UInt8)
    case unsupportedVersion(server: UInt8, message: String)
    case compressed
    case tooLarge(bytes: Int, bytesMax: Int)

    var description: String {
        switch self {
        case .notAResponse(let byte):
            "the server does not speak Cassandra's native protocol (its first byte is \(byte))"
        case .notAnswer(let opcode): "the server has sent a frame with opcode \(opcode), which is no response"
        case .unsupportedVersion(let server, let message):
            "the server speaks version \(server) of the native protocol, and this client version 4. \(message)"
        case .compressed: "the server has sent a compressed frame, which nobody has asked for"
        case .tooLarge(let bytes, let max): "the server has sent a frame of \(bytes) bytes, and \(max) are allowed"
        }
    }
}
