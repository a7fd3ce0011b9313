import CLinux
import Glibc
import HTTPTestSupport
import TestSupport
import Testing

@testable import HTTP

/// How many connections there may be, and what happens beyond.
@Suite(.timeLimit(.minutes(1)))
struct ServerLimitTests {
    @Test func oneConnectionTooManyIs503AndComesInWhenAnotherHasGone() async throws {
        try await withServer(limits: .make { $0.connectionsMax = 2 }) { server in
            let first = try await server.connect()
            let second = try await server.connect()
            #expect(try await first.get("/").status == 200)
            #expect(try await second.get("/").status == 200)

            try await Self.expectRefusal(try await server.connect())
            try await Self.expectRefusal(try await server.connect(source: "127.0.0.2"))
            #expect(server.log.contains("connection refused: too many"))

            first.disconnect()
            try await Self.waitForPlace(at: server)
            #expect(try await second.get("/").status == 200)
        }
    }

    @Test func aFloodOfRefusalsDoesNotFloodTheLog() async throws {
        try await withServer(limits: .make { $0.connectionsMax = 1 }, loopCount: 1) { server in
            let first = try await server.connect()
            #expect(try await first.get("/").status == 200)

            for _ in 0..<100 { try await Self.expectRefusal(try await server.connect()) }

            let lines = server.log.lines.filter { $0.contains("connection refused: too many") }
            #expect(lines.count == 7, "the 1st, 2nd, 4th, 8th, 16th, 32nd and 64th of 100")
        }
    }

    @Test func oneAddressCannotTakeThePlacesOfAllOthers() async throws {
        try await withServer(limits: .make { $0.connectionsPerAddressMax = 2 }) { server in
            let first = try await server.connect()
            let second = try await server.connect()
            #expect(try await first.get("/").status == 200)
            #expect(try await second.get("/").status == 200)

            try await Self.expectRefusal(try await server.connect())
            #expect(try await server.connect(source: "127.0.0.2").get("/").status == 200)

            second.disconnect()
            try await Self.waitForPlace(at: server)
            #expect(try await first.get("/").status == 200)
        }
    }

    @Test func aHandlerThatGoesOnWithoutItsClientTakesItsPlace() async throws {
        let (started, gate) = (Gate(), Gate())
        let handler: TestHandler = { request in
            if request.path == "/stuck" {
                started.open()
                await gate.wait()
            }
            return echo(request)
        }
        let limits = HTTPServer.Limits.make {
            $0.connectionsMax = 1
            $0.handlerTimeout = .milliseconds(100)
        }
        try await withServer(limits: limits, handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            #expect(try await client.response().status == 503)
            #expect(try await client.receiveToEnd() == "")

            try await Self.expectRefusal(try await server.connect())
            gate.open()

            try await Self.waitForPlace(at: server)
        }
    }

    @Test func aConnectionTakesItsPlaceUntilItIsClosedAlsoWhenItsHandlerHasEnded() async throws {
        let handler: TestHandler = { request in
            // Its cancellation is what ends it, so the error says nothing new.
            if request.path == "/slow" { try? await Task.sleep(for: .seconds(60)) }
            return echo(request)
        }
        let limits = HTTPServer.Limits.make {
            $0.connectionsMax = 1
            $0.handlerTimeout = .milliseconds(100)
            $0.lingerTimeout = .seconds(60)
        }
        try await withServer(limits: limits, handler: handler) { server in
            let client = try await server.connect()
            #expect(try await client.get("/slow").status == 503)

            try await Self.expectRefusal(try await server.connect())
            client.disconnect()

            try await Self.waitForPlace(at: server)
        }
    }

    /// In a process of its own, as the next one, since descriptors belong to the whole process.
    @Test(arguments: [(1000, 2000, 1900), (150, 150, 75)])
    func connectionsLeaveDescriptorsForTheRest(soft: UInt, hard: UInt, forConnections: Int) async {
        await #expect(processExitsWith: .success) { [soft, hard, forConnections] in
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            var limit = rlimit(rlim_cur: soft, rlim_max: hard)
            #expect(setrlimit(resource, &limit) == 0)

            #expect(descriptorsForConnections() == forConnections)

            getrlimit(resource, &limit)
            #expect(limit.rlim_cur == hard)
        }
    }

    /// In a process of its own, since descriptors belong to the whole process.
    @Test(arguments: [false, true])
    func withoutDescriptorsConnectionsWaitUntilThereAreSome(stops: Bool) async {
        await #expect(processExitsWith: .success) { [stops] in
            try await withServer(loopCount: 1) { server in
                let first = try await server.connect()
                #expect(try await first.get("/").status == 200)
                let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
                var limit = rlimit()
                getrlimit(resource, &limit)
                limit.rlim_cur = 100
                #expect(setrlimit(resource, &limit) == 0)
                var fillers: [Int32] = []
                while let filler = Optional(dup(0)), filler >= 0 { fillers.append(filler) }

                // One is free for the client's end, and none for the server's.
                close(fillers.removeLast())
                let client = try await server.connect()
                try await client.send("GET /waits HTTP/1.1\r\nHost: a\r\n\r\n")
                await server.log.waitForLine(containing: "cannot accept connections for now")
                for filler in fillers { close(filler) }
                if stops { server.stop() }

                #expect(try await client.response().text == "GET /waits")
                if !stops { #expect(try await first.get("/").status == 200) }
            }
        }
    }

    private static func expectRefusal(
        _ client: TestClient, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await client.response()
        #expect(response.status == 503, sourceLocation: sourceLocation)
        #expect(response["Retry-After"] == "1", sourceLocation: sourceLocation)
        #expect(response["Content-Type"] == "application/problem+json", sourceLocation: sourceLocation)
        #expect(response["Connection"] == "close", sourceLocation: sourceLocation)
        #expect(try await client.receiveToEnd() == "", sourceLocation: sourceLocation)
    }

    /// Tries until the server has seen that a connection is gone.
    private static func waitForPlace(at server: TestServer) async throws {
        #expect(
            await eventually {
                let response = try? await server.connect().get("/")
                return response?.status == 200
            })
    }
}
