/// Takes frames out of bytes that come in pieces of any size.
///
/// Pure. After an error it must not be used again: nobody knows where the next frame would begin.
struct FrameDecoder {
    /// The specification allows 256 MB; a server that sends more than this is not waited for.
    let bodyBytesMax: Int
    private var buffer: [UInt8] = []

    init(bodyBytesMax: Int) {
        self.bodyBytesMax = bodyBytesMax
    }

    mutating func append(_ bytes: some Collection<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next frame that is complete, `nil` if more bytes are needed for it.
    ///
    /// The header is checked as soon as it is there, so a length that lies is not waited for.
    ///
    /// - Throws: ``CQLError/malformedAnswer(_:)``
    mutating func next() throws(CQLError) -> Frame? {
        let frame = try first()
        // What moves then is what came with it: a few answers, of which there are no more than requests in flight.
        if let frame { buffer.removeFirst(Frame.headerBytes + frame.body.count) }
        return frame
    }

    private func first() throws(CQLError) -> Frame? {
        guard let version = buffer.first else { return nil }
        guard version == Frame.responseVersion else {
            throw .malformedAnswer(
                "the server does not speak version 4 of Cassandra's native protocol (its first byte is \(version))")
        }
        guard buffer.count >= Frame.headerBytes else { return nil }
        var reader = MessageReader(buffer, from: 1)
        let flags = try reader.integer(UInt8.self)
        let stream = try reader.integer(Int16.self)
        let opcode = Opcode(rawValue: try reader.integer(UInt8.self))
        let length = Int(try reader.integer(UInt32.self))
        guard let opcode, flags & ~Frame.warningFlag == 0 else {
            throw .malformedAnswer("the opcode or the flags of a frame are not those of an answer")
        }
        guard length <= bodyBytesMax else {
            throw .malformedAnswer("a frame has \(length) bytes, and \(bodyBytesMax) are allowed")
        }
        guard reader.remaining >= length else { return nil }
        return Frame(flags: flags, stream: stream, opcode: opcode, body: Array(buffer[try reader.take(length)]))
    }
}
