import HTTP
import HTTPTestSupport
import Logging
import TestSupport
import Testing

/// A server that is asked to stop takes nothing new, and finishes what it has begun.
@Suite(.timeLimit(.minutes(1)))
struct ServerShutdownTests {
    @Test func idleConnectionsAreClosedAtOnce() async throws {
        try await withServer { server in
            let used = try await server.connect()
            let fresh = try await server.connect()
            _ = try await used.get("/")

            server.stop()
            await server.ended()

            #expect(try await used.receiveToEnd() == "")
            #expect(try await fresh.receiveToEnd() == "")
        }
    }

    @Test func aBusyConnectionGetsItsAnswerAndIsToldThatItIsTheLast() async throws {
        let (started, gate) = (Gate(), Gate())
        let handler: TestHandler = { request in
            if request.path == "/busy" {
                started.open()
                await gate.wait()
            }
            return echo(request)
        }
        try await withServer(loopCount: 1, handler: handler) { server in
            let idle = try await server.connect()
            _ = try await idle.get("/")
            let busy = try await server.connect()
            try await busy.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()

            try await Self.drain(server, idle: idle)
            gate.open()

            let response = try await busy.response()
            #expect(response.text == "GET /busy")
            #expect(response["Connection"] == "close")
            #expect(try await busy.receiveToEnd() == "")
        }
    }

    @Test func newConnectionsAreRefused() async throws {
        try await withServer(loopCount: 1) { server in
            let idle = try await server.connect()
            _ = try await idle.get("/")
            let busy = try await server.connect()
            try await busy.send("GET /")
            try await Self.waitUntilSeen(busy, by: server)

            try await Self.drain(server, idle: idle)

            await #expect(throws: TestSocketError.refused) { try await server.connect() }
            try await busy.send(" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
    }

    @Test(arguments: [
        ("GET /half HT", "TP/1.1\r\nHost: a\r\n\r\n"),
        ("POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nGET ", "/half"),
        ("POST /half HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nGET /ha", "lf\r\n0\r\n\r\n"),
    ])
    func aRequestThatIsHalfReceivedIsCompleted(first: String, rest: String) async throws {
        try await withServer(loopCount: 1) { server in
            let idle = try await server.connect()
            _ = try await idle.get("/")
            let half = try await server.connect()
            try await half.send(first)
            try await Self.waitUntilSeen(half, by: server)

            try await Self.drain(server, idle: idle)
            try await half.send(rest)

            let response = try await half.response()
            #expect(response.text == "GET /half")
            #expect(response["Connection"] == "close")
            #expect(try await half.receiveToEnd() == "")
        }
    }

    @Test func whatIsPipelinedBehindTheLastAnswerIsNotAnswered() async throws {
        let (started, gate) = (Gate(), Gate())
        let handler: TestHandler = { request in
            if request.path == "/busy" {
                started.open()
                await gate.wait()
            }
            return echo(request)
        }
        try await withServer(loopCount: 1, handler: handler) { server in
            let idle = try await server.connect()
            _ = try await idle.get("/")
            let client = try await server.connect()
            try await client.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()

            try await Self.drain(server, idle: idle)
            gate.open()

            // The client knows from `close` that it has to send the rest again, elsewhere.
            let response = try await client.response()
            #expect(response.text == "GET /busy")
            #expect(response["Connection"] == "close")
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func connectionsThatWaitToBeAcceptedAreServed() async throws {
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
        let client = try await TestClient.connect(port: socket.port)
        try await client.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n")
        let server = HTTPServer(
            socket: socket, limits: .forTests, loopCount: 2, logger: Logger(destination: RecordedLog()), handler: echo)

        server.stop()
        await server.run()

        let response = try await client.response()
        #expect(response.text == "GET /early")
        #expect(response["Connection"] == "close")
    }

    @Test func aServerThatIsStoppedBeforeItRunsEndsAtOnce() async throws {
        for _ in 0..<20 {
            let server = try Self.make()

            server.stop()
            server.stop()

            await server.run()
        }
    }

    @Test func aServerThatIsCancelledBeforeItRunsEndsAtOnce() async throws {
        let server = try Self.make()

        let running = Task { await server.run() }
        running.cancel()

        await running.value
    }

    @Test func stoppingTwiceIsStopping() async throws {
        try await withServer { server in
            server.stop()
            server.stop()
            await server.ended()
            server.stop()
        }
    }

    @Test func abortingCancelsHandlersAndClosesEverything() async throws {
        let (started, cancelled) = (Gate(), Gate())
        let handler: TestHandler = { request in
            if request.path == "/busy" {
                await withTaskCancellationHandler {
                    started.open()
                    await cancelled.wait()
                } onCancel: {
                    cancelled.open()
                }
            }
            return echo(request)
        }
        try await withServer(handler: handler) { server in
            let idle = try await server.connect()
            _ = try await idle.get("/")
            let half = try await server.connect()
            try await half.send("GET /")
            let busy = try await server.connect()
            try await busy.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()

            server.abort()
            await server.ended()

            await cancelled.wait()
            #expect(try await idle.receiveToEnd() == "")
            await #expect(throws: TestSocketError.self) { try await busy.response() }
        }
    }

    // MARK: Fixtures

    private static func make() throws -> HTTPServer {
        HTTPServer(
            socket: try ListeningSocket(host: "127.0.0.1", port: 0), limits: .forTests, loopCount: 2,
            logger: Logger(destination: RecordedLog()), handler: echo)
    }

    /// Asks the server to stop, and returns when it has begun to: an idle connection of its only loop is closed then.
    private static func drain(_ server: TestServer, idle: TestClient) async throws {
        server.stop()
        #expect(try await idle.receiveToEnd() == "")
    }

    /// Returns when the only loop has read what the client has sent: it serves connections in the order of their bytes.
    private static func waitUntilSeen(_ client: TestClient, by server: TestServer) async throws {
        #expect(try await server.connect().get("/after").status == 200)
    }
}
