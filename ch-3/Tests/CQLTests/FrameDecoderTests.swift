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

        #expect(frames == [Frame(flags: [], stream: 258, opcode: .result, body: [0, 0, 0, 1])])
    }

    @Test func readsAnEventOnANegativeStream() throws {
        var event = Self.ready
        event.replaceSubrange(2...4, with: [0xFF, 0xFF, 0x0C])

        #expect(try Self.decode([event]) == [Frame(flags: [], stream: -1, opcode: .event, body: [])])
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

    @Test(arguments: [0x00, 0x04, 0x48, 0x81, 0x82] as [UInt8])
    func whatIsNoResponseOfVersion3OrLaterIsRefusedAtItsFirstByte(byte: UInt8) {
        #expect(throws: FrameError.notAResponse(byte)) { try Self.decode([[byte]]) }
    }

    @Test func aRequestIsNoAnswer() {
        var frame = Self.ready
        frame[4] = 0x07
        #expect(throws: FrameError.notAnswer(opcode: 0x07)) { try Self.decode([frame]) }
        frame[4] = 0x04
        #expect(throws: FrameError.notAnswer(opcode: 0x04)) { try Self.decode([frame]) }
    }

    @Test func compressionThatNobodyHasAskedForIsRefused() {
        var frame = Self.ready
        frame[1] = 0x01
        #expect(throws: FrameError.compressed) { try Self.decode([frame]) }
    }

    @Test func theLongestBodyIsReadAndALongerOneRefusedByItsHeader() throws {
        #expect(try Self.decode([Self.void], bodyBytesMax: 4).count == 1)
        #expect(throws: FrameError.tooLarge(bytes: 4, bytesMax: 3)) {
            try Self.decode([Array(Self.void[..<9])], bodyBytesMax: 3)
        }
        var lie = Self.ready
        lie.replaceSubrange(5...8, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: FrameError.tooLarge(bytes: 4_294_967_295, bytesMax: 1 << 24)) { try Self.decode([lie]) }
    }

    /// A server without version 4 answers in the version that it has.
    @Test func aServerOfAnotherVersionIsQuoted() {
        let refusal: [UInt8] =
            [0x83, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0A]  // ERROR of version 3, 10 bytes
            + [0x00, 0x00, 0x00, 0x0A]  // protocol error
            + [0x00, 0x04] + Array("Nope".utf8)

        #expect(throws: FrameError.unsupportedVersion(server: 3, message: "Nope")) { try Self.decode([refusal]) }
        var ready = Self.ready
        ready[0] = 0x85
        #expect(throws: FrameError.unsupportedVersion(server: 5, message: "")) { try Self.decode([ready]) }
    }

    private static func decode(_ pieces: [[UInt8]], bodyBytesMax: Int = 1 << 24) throws -> [Frame] {
        var decoder = FrameDecoder(bodyBytesMax: bodyBytesMax)
        var frames: [Frame] = []
        for piece in pieces {
            piece.withUnsafeBytes { decoder.append($0) }
            while let frame = try decoder.next() { frames.append(frame) }
        }
        return frames
    }
}
