import Foundation
import HTTP
import HTTPTestSupport
import Testing

/// What cannot be read on from is answered as problem+json, and the connection ends there.
@Suite(.timeLimit(.minutes(1)))
struct ServerRefusalTests {
    @Test(arguments: [
        (400, "GET / HTTP/1.1\r\n\r\n"),
        (400, "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (400, "\u{16}\u{03}\u{01}"),
        (413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n"),
        (414, "GET /\(String(repeating: "a", count: 8 * 1024)) HTTP/1.1\r\nHost: a\r\n\r\n"),
        (417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n"),
        (431, "GET / HTTP/1.1\r\nHost: a\r\nB: \(String(repeating: "b", count: 16 * 1024))\r\n\r\n"),
        (431, "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "B: c\r\n", count: 100))\r\n"),
        (501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"),
        (505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    ])
    func aRefusalIsAProblemAndTheEnd(status: Int, request: String) async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send(request)
            let response = try await client.response()

            #expect(response.status == status)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response["Connection"] == "close")
            let problem = try JSONDecoder().decode(Body.self, from: Data(response.body))
            #expect(problem.type == "about:blank")
            #expect(problem.status == status)
            #expect(problem.title == response.reason)
            #expect(!problem.detail.isEmpty)
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func whatCameBeforeInThePipelineIsAnswered() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send(
                "GET /a HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")

            #expect(try await client.response().text == "GET /a")
            #expect(try await client.response().status == 400)
            #expect(try await client.receiveToEnd() == "")
        }
    }

    private struct Body: Decodable {
        let type: String
        let title: String
        let status: Int
        let detail: String
    }
}
