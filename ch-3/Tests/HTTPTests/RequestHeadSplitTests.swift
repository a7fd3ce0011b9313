import HTTPTestSupport
import TestSupport
import Testing

@testable import HTTP

/// TCP delivers a stream: where one read ends and the next begins says nothing, and must change nothing.
struct RequestHeadSplitTests {
    /// Small, so that random heads reach them.
    private static let limits = HTTPServer.Limits.make {
        ($0.requestLineBytesMax, $0.headBytesMax, $0.fieldCountMax) = (60, 160, 4)
    }

    @Test(arguments: 0..<300)
    func anySplitGivesTheSameOutcome(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = Self.randomHead(&random)
        let whole = Outcome(of: [bytes[...]])

        for pieces in bytes.splitsInTwo + [bytes.singleBytes] {
            let outcome = Outcome(of: pieces)
            guard outcome != whole else { continue }
            Issue.record(
                "\(String(decoding: bytes, as: UTF8.self).debugDescription) in \(pieces.map(\.count)) gives \(outcome), not \(whole)"
            )
            return
        }
    }

    @Test func theSeedsReachEveryKindOfOutcome() {
        let statuses = (0..<300).map { seed in
            var random = SeededGenerator(seed: UInt64(seed))
            return Outcome(of: [Self.randomHead(&random)[...]]).status
        }

        #expect(Set(statuses).isSuperset(of: [nil, 400, 414, 417, 431, 501, 505]))
    }

    private enum Outcome: Equatable {
        case head(
            byteCount: Int, method: HTTPMethod, target: RequestTarget, body: RequestHead.BodyLength, hosts: [String])
        case incomplete
        case refused(Int)

        init(of pieces: [ArraySlice<UInt8>]) {
            do throws(Problem) {
                if let head = try RequestHead.parse(pieces, limits: limits) {
                    self = .head(
                        byteCount: head.byteCount, method: head.method, target: head.target, body: head.bodyLength,
                        hosts: head.fields.values("host"))
                } else {
                    self = .incomplete
                }
            } catch {
                self = .refused(error.status.code)
            }
        }

        var status: Int? {
            if case .refused(let status) = self { status } else { nil }
        }
    }

    /// A head put together from likely and unlikely parts, then damaged or not.
    private static func randomHead(_ random: inout SeededGenerator) -> [UInt8] {
        func any(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
        var head = any(["", "", "\r\n", "\u{16}"]) + any(["GET", "POST", "OPTIONS", "BREW"]) + " "
        head += any(["/", "/a%20b?c", "*", "http://a/b", "/" + String(repeating: "a", count: 60)])
        head += " " + any(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0"]) + "\r\n"
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            head += any([
                "Host: a", "Content-Length: 3", "Transfer-Encoding: chunked", "Connection: close",
                "Expect: 100-continue",
                "Expect: more", "B: " + String(repeating: "b", count: 70),
            ])
            head += "\r\n"
        }
        head += "\r\n" + any(["", "abc", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
        var bytes = Array(head.utf8)
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[index] = Array("\0\t\n\r :\u{7F}a".utf8).randomElement(using: &random) ?? 0
            case 1: bytes.remove(at: index)
            default: bytes.insert(bytes[index], at: index)
            }
        }
        return bytes
    }
}
