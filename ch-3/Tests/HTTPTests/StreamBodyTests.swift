import HTTP
import HTTPTestSupport
import Locking
import TestSupport
import Testing

/// Bodies that are written while they come to be, in the form that the client understands.
@Suite(.timeLimit(.minutes(1)))
struct StreamBodyTests {
    @Test func piecesAreSentAsChunks() async throws {
        try await withServer(handler: streaming("Hello", ", ", "world")) { server in
            let client = try await server.connect()

            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

            let answer = try await client.receiveToEnd()
            #expect(answer.contains("\r\nTransfer-Encoding: chunked\r\n") && !answer.contains("Content-Length"))
            #expect(answer.hasSuffix("\r\n\r\n5\r\nHello\r\n2\r\n, \r\n5\r\nworld\r\n0\r\n\r\n"))
        }
    }

    @Test(arguments: [1, 9, 10, 15, 16, 255, 256, 4096, 65_535, 65_536, 1_000_000])
    func aPieceOfAnySizeArrivesWhole(byteCount: Int) async throws {
        var random = SeededGenerator(seed: UInt64(byteCount))
        let piece = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        try await withServer(handler: streaming { try await $0.write(piece) }) { server in
            let response = try await server.connect().get("/")

            #expect(response["Transfer-Encoding"] == "chunked")
            #expect(response.body == piece)
        }
    }

    @Test func manyPiecesArriveInOrder() async throws {
        let pieces = (0..<5000).map { "\($0)," }
        try await withServer(handler: streaming(pieces)) { server in
            let response = try await server.connect().get("/")

            #expect(response.text == pieces.joined())
        }
    }

    /// An empty chunk would be the end of the body.
    @Test func emptyPiecesAreLeftOut() async throws {
        try await withServer(handler: streaming("", "a", "", "", "b", "")) { server in
            let client = try await server.connect()

            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

            #expect(try await client.receiveToEnd().hasSuffix("\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n"))
        }
    }

    @Test(arguments: [[], [""], ["", ""]])
    func aBodyMayBeEmpty(pieces: [String]) async throws {
        try await withServer(handler: streaming(pieces)) { server in
            let client = try await server.connect()

            let response = try await client.get("/")

            #expect(response.body == [])
            #expect(response["Transfer-Encoding"] == "chunked")
            #expect(try await client.get("/").status == 200)
        }
    }

    @Test func aPieceArrivesBeforeTheNextIsWritten() async throws {
        let gate = Gate()
        let handler = streaming { writer in
            try await writer.write(Array("first".utf8))
            await gate.wait()
            try await writer.write(Array("second".utf8))
        }
        try await withServer(handler: handler) { server in
            let socket = try TestSocket(port: server.port)
            try socket.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)

            let beginning = try await blocking { try socket.receiveText(upTo: "5\r\nfirst\r\n") }
            #expect(!beginning.contains("second"))
            gate.open()

            #expect(try await blocking { try socket.receiveText(upTo: "0\r\n\r\n") } == "6\r\nsecond\r\n0\r\n\r\n")
        }
    }

    // MARK: Clients and methods

    @Test(arguments: ["", "Connection: keep-alive\r\n"])
    func aClientOfHTTP10GetsTheBodyUpToTheEndOfTheConnection(field: String) async throws {
        try await withServer(handler: streaming("Hello", "", ", ", "world")) { server in
            let client = try await server.connect()

            try await client.send("GET / HTTP/1.0\r\nHost: a\r\n\(field)\r\n")

            let answer = try await client.receiveToEnd()
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(!answer.contains("Transfer-Encoding") && !answer.contains("Content-Length"))
            #expect(answer.hasSuffix("\r\n\r\nHello, world"))
        }
    }

    @Test func toHEADThereIsTheHeadAndNothingIsProduced() async throws {
        let hasBegun = Locked(false)
        let handler = streaming { _ in hasBegun.withLock { $0 = true } }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()

            try await client.send(
                "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

            #expect(try await client.response(isToHEAD: true)["Transfer-Encoding"] == "chunked")
            #expect(try await client.response(isToHEAD: true)["Connection"] == "close")
            #expect(try await client.receiveToEnd() == "")
            #expect(!hasBegun.withLock { $0 })
        }
    }

    @Test func toHEADOfHTTP10ThereIsTheHeadToo() async throws {
        try await withServer(handler: streaming("body")) { server in
            let client = try await server.connect()

            try await client.send("HEAD / HTTP/1.0\r\nHost: a\r\n\r\n")

            #expect(try await client.receiveToEnd().hasSuffix("\r\nConnection: close\r\n\r\n"))
        }
    }

    @Test func aPipelinedRequestIsAnsweredAfterTheStream() async throws {
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
            guard request.path == "/stream" else { return echo(request) }
            return await streaming("a", "b")(request)
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()

            try await client.send(
                ["/1", "/stream", "/stream", "/2"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())

            #expect(try await client.response().text == "GET /1")
            #expect(try await client.response().text == "ab")
            #expect(try await client.response().text == "ab")
            #expect(try await client.response().text == "GET /2")
        }
    }

    /// What the client sends during a stream waits for its end, and does not disturb it.
    @Test func aRequestThatArrivesDuringTheStreamIsAnsweredAfterIt() async throws {
        let (begun, gate) = (Gate(), Gate())
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
            guard request.path == "/stream" else { return echo(request) }
            return await streaming { writer in
                try await writer.write(Array("a".utf8))
                begun.open()
                await gate.wait()
                try await writer.write(Array("b".utf8))
            }(request)
        }
        try await withServer(loopCount: 1, handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            try await client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await server.connect().get("/other").text == "GET /other")
            gate.open()

            #expect(try await client.response().text == "ab")
            #expect(try await client.response().text == "GET /next")
        }
    }
}
