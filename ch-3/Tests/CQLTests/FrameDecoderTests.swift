import Testing

@testable import CQL

struct FrameDecoderTests {
    /// RESULT, kind Void, as the answer to stream 258.
    private static let void: [UInt8] = [
        0x84,  // version: a response of version 4
        0x00,  // flags
        0x01, 0x02,  // stream 258
        0x08,  // opcode: RESULT
        0x00, 0x00, 0x00, 0x04,  // length of the body
        0x00, 0x00, 0x00, 0x01,  // kind: Void
    ]
    /// READY, whose body is empty.
    private static let ready: [UInt8] = [0x84, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00]

    @Test func readsAFrame() throws {
        let frames = try Self.decode([Self.void])

        #expect(frames == [Frame(stream: 258, opcode: .result, body: [0, 0, 0, 1])])
    }

    @Test func readsAnEventOnANegativeStream() throws {
        var event = Self.ready
        event.replaceSubrange(2...4, with: [0xFF, 0xFF, 0x0C])

        #expect(try Self.decode([event]) == [Frame(stream: -1, opcode: .event, body: [])])
    }

    @Test func howFramesAreSplitMakesNoDifference() throws {
        let bytes = Self.void + Self.ready + Self.void
        let expected = try Self.decode([bytes])
        #expect(expected.count == 3)

        for first in 0...bytes.count {
            #expect(try Self.decode([Array(bytes[..<first]), Array(bytes[first...])]) == expected)
        }
        #expect(try Self.decode(bytes.map { [$0] }) == expected)
    }

    @Test func aPartOfAFrameIsNone() throws {
        for count in 0..<Self.void.count {
            #expect(try Self.decode([Array(Self.void[..<count])]).isEmpty)
        }
    }

    @Test(arguments: [0x00, 0x04, 0x48, 0x81, 0x83, 0x85] as [UInt8])
    func whatIsNoResponseOfVersion4IsRefusedAtItsFirstByte(byte: UInt8) {
        #expect(throws: CQLError.self) { try Self.decode([[byte]]) }
    }

    @Test func anOpcodeThatDoesNotExistIsRefused() {
        var frame = Self.ready
        frame[4] = 0x04
        #expect(throws: CQLError.self) { try Self.decode([frame]) }
    }

    /// Compression, tracing, custom payloads.
    @Test(arguments: [0x01, 0x02, 0x04, 0x10, 0x80] as [UInt8])
    func whatNobodyHasAskedForIsRefused(flag: UInt8) {
        var frame = Self.ready
        frame[1] = flag
        #expect(throws: CQLError.self) { try Self.decode([frame]) }
    }

    @Test func theLongestBodyIsReadAndALongerOneRefusedByItsHeader() throws {
        #expect(try Self.decode([Self.void], bodyBytesMax: 4).count == 1)
        #expect(throws: CQLError.malformedAnswer("a frame has 4 bytes, and 3 are allowed")) {
            try Self.decode([Array(Self.void[..<9])], bodyBytesMax: 3)
        }
        var lie = Self.ready
        lie.replaceSubrange(5...8, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: CQLError.malformedAnswer("a frame has 4294967295 bytes, and 16777216 are allowed")) {
            try Self.decode([lie])
        }
    }

    private static func decode(_ pieces: [[UInt8]], bodyBytesMax: Int = 1 << 24) throws -> [Frame] {
        var decoder = FrameDecoder(bodyBytesMax: bodyBytesMax)
        var frames: [Frame] = []
        for piece in pieces {
            decoder.append(piece)
            while let frame = try decoder.next() { frames.append(frame) }
        }
        return frames
    }
}
