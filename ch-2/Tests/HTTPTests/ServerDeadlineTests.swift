import HTTP
import HTTPTestSupport
import TestSupport
import Testing

/// Each phase of a request has a deadline of its own, which no byte now and then moves.
@Suite(.timeLimit(.minutes(1)))
struct ServerDeadlineTests {
    private static let short = Duration.milliseconds(100)

    @Test func aHeadThatDripsByteByByteIs408() async throws {
        try await withServer(limits: .make { ($0.headTimeout, $0.headBytesMax) = (Self.short, 10_000_000) }) { server in
            let client = try await server.connect()

            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nB: ")
            while try await !client.canReceive(withinMilliseconds: 2) { try await client.send("b") }

            #expect(try await client.response().status == 408)
        }
    }

    @Test func aConnectionWithoutAnyRequestIsClosedWithoutAWord() async throws {
        try await withServer(limits: .make { $0.headTimeout = Self.short }) { server in
            let client = try await server.connect()

            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test(arguments: ["\r\n", "G", "GET / HTTP/1.1\r\n"])
    func aHeadThatStopsIs408(_ start: String) async throws {
        try await withServer(limits: .make { $0.headTimeout = Self.short }) { server in
            let client = try await server.connect()

            try await client.send(start)

            let response = try await client.response()
            #expect(response.status == 408)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response["Connection"] == "close")
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func aSecondHeadThatStopsIs408() async throws {
        try await withServer(limits: .make { $0.headTimeout = Self.short }) { server in
            let client = try await server.connect()
            _ = try await client.get("/")

            try await client.send("GET /b")

            #expect(try await client.response().status == 408)
        }
    }

    @Test func aBodyThatDripsByteByByteIs408() async throws {
        try await withServer(limits: .make { $0.bodyTimeout = Self.short }) { server in
            let client = try await server.connect()

            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            while try await !client.canReceive(withinMilliseconds: 2) { try await client.send("b") }

            #expect(try await client.response().status == 408)
        }
    }

    @Test func aChunkedBodyThatStopsIs408() async throws {
        try await withServer(limits: .make { $0.bodyTimeout = Self.short }) { server in
            let client = try await server.connect()

            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")

            #expect(try await client.response().status == 408)
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func aConnectionWithoutAnotherRequestIsClosedWithoutAWord() async throws {
        try await withServer(limits: .make { $0.idleTimeout = Self.short }) { server in
            let client = try await server.connect()

            _ = try await client.get("/")

            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func theDeadlineOfAPhaseEndsWithThePhase() async throws {
        let limits = HTTPServer.Limits.make { ($0.headTimeout, $0.bodyTimeout) = (Self.short, Self.short) }
        let gate = Gate()
        let handler: TestHandler = { request in
            await gate.wait()
            return echo(request)
        }
        try await withServer(limits: limits, handler: handler) { server in
            let slow = try await server.connect()
            try await slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")

            // Another connection's deadline, set later, passes while the first one's handler works.
            let other = try await server.connect()
            #expect(try await other.receiveToEnd() == "")
            gate.open()

            #expect(try await slow.response().text == "hello")
        }
    }

    @Test func aHandlerThatNeverReturnsIs503AndTheServerGoesOn() async throws {
        let gate = Gate()
        let handler: TestHandler = { request in
            if request.path == "/stuck" { await gate.wait() }
            return echo(request)
        }
        try await withServer(limits: .make { $0.handlerTimeout = Self.short }, loopCount: 1, handler: handler) {
            server in
            let stuck = try await server.connect()
            try await stuck.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")

            #expect(try await server.connect().get("/quick").text == "GET /quick")
            let response = try await stuck.response()
            #expect(response.status == 503)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(try await stuck.receiveToEnd() == "")
            #expect(try await server.connect().get("/quick").text == "GET /quick")
            gate.open()
        }
    }

    /// A reset could take the answer with it (RFC 9112 §9.6).
    @Test func theAnswerOfTheDeadlineIsNotFollowedByAResetWhateverElseWasSent() async throws {
        let (started, gate) = (Gate(), Gate())
        let handler: TestHandler = { request in
            started.open()
            await gate.wait()
            return echo(request)
        }
        try await withServer(limits: .make { $0.handlerTimeout = Self.short }, handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            try await client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")

            #expect(try await client.response().status == 503)
            #expect(try await client.receiveToEnd() == "")
            gate.open()
        }
    }

    @Test func aHandlerThatNeverReturnsDoesNotHoldUpTheEnd() async throws {
        let gate = Gate()
        let handler: TestHandler = { request in
            await gate.wait()
            return echo(request)
        }
        try await withServer(limits: .make { $0.handlerTimeout = Self.short }, handler: handler) { server in
            let stuck = try await server.connect()
            #expect(try await stuck.get("/stuck").status == 503)

            server.stop()
            await server.ended()

            gate.open()
        }
    }

    @Test func aHandlerThatTakesTooLongIsCancelled() async throws {
        let cancelled = Gate()
        let handler: TestHandler = { request in
            do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.open() }
            return echo(request)
        }
        try await withServer(limits: .make { $0.handlerTimeout = Self.short }, handler: handler) { server in
            let response = try await server.connect().get("/")

            #expect(response.status == 503)
            await cancelled.wait()
        }
    }

    @Test func aClientThatDoesNotReadIsGivenUp() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "a"), count: 16 * 1024 * 1024)
        let limits = HTTPServer.Limits.make { $0.writeTimeout = Self.short }
        let handler: TestHandler = { _ in HTTPResponse(.ok, body: .bytes(body)) }
        try await withServer(limits: limits, handler: handler) { server in
            let client = try await server.connect(receiveBufferBytes: 4096)

            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            // The server ends without having been able to send all: it waits for nobody any more.
            server.stop()
            await server.ended()

            await #expect(throws: TestSocketError.self) { try await client.response() }
        }
    }

    @Test func aClientThatReadsSlowlyIsNot() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "a"), count: 4 * 1024 * 1024)
        let limits = HTTPServer.Limits.make { ($0.writeTimeout, $0.handlerTimeout) = (.seconds(5), Self.short) }
        let handler: TestHandler = { _ in HTTPResponse(.ok, body: .bytes(body)) }
        try await withServer(limits: limits, loopCount: 1, handler: handler) { server in
            let slow = try await server.connect(receiveBufferBytes: 4096)
            try await slow.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")

            // Others are served meanwhile, although there is only one loop.
            for _ in 0..<3 { #expect(try await server.connect().get("/").body.count == body.count) }

            #expect(try await slow.response().body == body)
        }
    }
}
