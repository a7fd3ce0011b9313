import HTTPTestSupport
import TestSupport
import Testing

@testable import HTTP

struct ChunkedBodyDecoderTests {
    @Test(arguments: [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"),
        ("00A\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("1;name=value\r\na\r\n0;last\r\n\r\n", "a"),
        ("1 ;b\r\na\r\n0 \t;\r\n\r\n", "a"),
        ("1;a=\"b;c\"\r\na\r\n0\r\n\r\n", "a"),
        ("1\r\na\r\n0\r\nExpires: never\r\nX:\r\n\r\n", "a"),
    ])
    func takesChunksExtensionsAndTrailersApart(_ text: String, body: String?) {
        #expect(Self.decode(Array(text.utf8)) == body.map { .complete($0, left: 0) } ?? .refused(.badRequest))
    }

    @Test(arguments: [
        "\r\n", ";a\r\n", "g\r\n", "-1\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "1 1;\r\n", "1\t\n",
        "1\na\n", "1\r\r\na",
        "1\r\na0\r\n",
        "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "1\r\na\r\r\n", "1;\n\r\n", "1;\0\r\n", "0\r\n\n", "0\r\nno colon\r\n\r\n",
        "0\r\n: a\r\n\r\n", "0\r\na : b\r\n\r\n", "0\r\n a: b\r\n\r\n", "0\r\na: \0\r\n\r\n", "0\r\na: b\n\r\n",
        "0\r\na: b\r\r\n",
    ])
    func whatIsMalformedIs400(_ text: String) {
        #expect(Self.decode(Array(text.utf8)) == .refused(.badRequest))
    }

    @Test func whatFollowsTheBodyIsLeft() {
        #expect(Self.decode(Array("1\r\na\r\n0\r\n\r\nGET /".utf8)) == .complete("a", left: 5))
    }

    @Test(arguments: [
        "", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "0\r\n", "0\r\n\r", "0\r\na: b\r\n",
    ])
    func aBodyIsNotCompleteBeforeItsEnd(_ text: String) {
        #expect(Self.decode(Array(text.utf8)) == .incomplete)
    }

    @Test(arguments: 0..<100)
    func anySplitGivesTheSameOutcome(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = Self.randomBody(&random)
        let whole = Self.decode(bytes)

        for pieces in bytes.splitsInTwo + [bytes.singleBytes] {
            let outcome = Self.decode(pieces)
            guard outcome != whole else { continue }
            Issue.record(
                "\(String(decoding: bytes, as: UTF8.self).debugDescription) in \(pieces.map(\.count)) gives \(outcome), not \(whole)"
            )
            return
        }
    }

    // MARK: Limits

    @Test func aBodyMayBeAsLongAsTheLimitAndNoLonger() {
        let limits = HTTPServer.Limits.make { $0.bodyBytesMax = 10 }
        let body = { (first: Int, second: Int) in
            [first, second].map { "\(String($0, radix: 16))\r\n\(String(repeating: "a", count: $0))\r\n" }.joined()
                + "0\r\n\r\n"
        }

        #expect(Self.decode(Array(body(7, 3).utf8), limits: limits) == .complete("aaaaaaaaaa", left: 0))
        #expect(Self.decode(Array(body(7, 4).utf8), limits: limits) == .refused(.contentTooLarge))
    }

    @Test(arguments: ["b\r\n", "B;", "FFFFFFFFFFFFFFF\r\n", "10000000000000000", "FFFFFFFFFFFFFFFFFFFFFFFF"])
    func aChunkThatIsTooLongIsRefusedWithoutWaitingForIt(_ text: String) {
        let limits = HTTPServer.Limits.make { $0.bodyBytesMax = 10 }

        #expect(Self.decode(Array(text.utf8), limits: limits) == .refused(.contentTooLarge))
    }

    @Test func extensionsAndTrailersMayTakeAsMuchAsTheHeadAndTheBodyAndNoMore() {
        let limits = HTTPServer.Limits.make { ($0.headBytesMax, $0.bodyBytesMax) = (90, 10) }
        let body = { (length: Int) in
            "0;" + String(repeating: "a", count: length - 6) + "\r\n\r\n"
        }

        #expect(Self.decode(Array(body(100).utf8), limits: limits) == .complete("", left: 0))
        #expect(Self.decode(Array(body(101).utf8), limits: limits) == .refused(.contentTooLarge))
    }

    // MARK: Fixtures

    private enum Outcome: Equatable {
        case complete(String, left: Int)
        case incomplete
        case refused(HTTPStatus)
    }

    private static func decode(_ bytes: [UInt8], limits: HTTPServer.Limits = .init()) -> Outcome {
        decode([bytes[...]], limits: limits)
    }

    private static func decode(_ pieces: [ArraySlice<UInt8>], limits: HTTPServer.Limits = .init()) -> Outcome {
        var decoder = ChunkedBodyDecoder(limits: limits)
        var left = 0
        do throws(Problem) {
            for piece in pieces { left += piece.count - (try decoder.decode(piece)) }
        } catch {
            return .refused(error.status)
        }
        return decoder.isComplete ? .complete(String(decoding: decoder.body, as: UTF8.self), left: left) : .incomplete
    }

    /// A body, two times in three with a byte that does not belong there.
    private static func randomBody(_ random: inout SeededGenerator) -> [UInt8] {
        var text = ""
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let size = Int.random(in: 1...20, using: &random)
            text += String(size, radix: 16) + (["", ";a=b"].randomElement(using: &random) ?? "")
            text += "\r\n" + String(repeating: "x", count: size) + "\r\n"
        }
        text += ["0\r\n\r\n", "0;z\r\nA: b\r\n\r\n", "0\r\n\r\nGET"].randomElement(using: &random) ?? ""
        var bytes = Array(text.utf8)
        if Int.random(in: 0..<3, using: &random) > 0 {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            bytes[index] = Array("\0\n\r0f;: x".utf8).randomElement(using: &random) ?? 0
        }
        return bytes
    }
}
