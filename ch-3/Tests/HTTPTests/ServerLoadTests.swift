import Glibc
import HTTP
import HTTPTestSupport
import TestSupport
import Testing

/// Many clients at once: made for ThreadSanitizer as much as for the answers.
@Suite(.timeLimit(.minutes(1)))
struct ServerLoadTests {
    @Test func fiveHundredConnectionsAreServedAtTheSameTime() async throws {
        let handler: TestHandler = { request in
            if request.path.hasSuffix("1") { await Task.yield() }
            if request.path.hasSuffix("2") {
                await withTaskExecutorPreference(globalConcurrentExecutor) { await Task.yield() }
            }
            return echo(request)
        }
        try await withServer(handler: handler) { server in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<5 {
                    group.addTask {
                        try await blocking {
                            try Self.exchange(connections: 100, requests: 4, worker: worker, port: server.port)
                        }
                    }
                }

                let answered = try await group.reduce(0, +)
                #expect(answered == 5 * 100 * 4)
            }
        }
    }

    /// In a process of its own, since descriptors belong to the whole process.
    @Test func allDescriptorsAreGivenBack() async {
        await #expect(processExitsWith: .success) {
            // The first server brings up what stays for good.
            try await ServerLoadTests.serveClientsOfAllKinds()
            let before = try ServerLoadTests.openDescriptors()

            for _ in 0..<3 { try await ServerLoadTests.serveClientsOfAllKinds() }

            // A loop's thread ends, and closes what it has, a moment after its server.
            #expect(try await eventually { try ServerLoadTests.openDescriptors() <= before })
        }
    }

    private static func serveClientsOfAllKinds() async throws {
        let limits = HTTPServer.Limits.make { ($0.connectionsMax, $0.handlerTimeout) = (20, .milliseconds(50)) }
        let handler: TestHandler = { request in
            if request.path == "/slow" { try? await Task.sleep(for: .seconds(60)) }
            return echo(request)
        }
        try await withServer(limits: limits, handler: handler) { server in
            var clients: [TestClient] = []
            for kind in 0..<30 {
                let client = try await server.connect()
                switch kind % 6 {
                case 0: try? await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                case 1: try? await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
                case 2: try? await client.send("nonsense\r\n\r\n")
                case 3: client.endSending()
                case 4: client.resetWhenClosed()
                default: break
                }
                if kind % 2 == 0 { clients.append(client) }
            }
            for client in clients { client.disconnect() }
        }
    }

    private static func openDescriptors() throws -> Int {
        let folder = try #require(opendir("/proc/self/fd"))
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    /// - Returns: how many requests were answered as they should be.
    private static func exchange(connections: Int, requests: Int, worker: Int, port: Int) throws -> Int {
        let sockets = try (0..<connections).map { _ in try TestSocket(port: port) }
        var readers = sockets.map(TestResponseReader.init)
        var answered = 0
        for request in 0..<requests {
            let path = "/\(worker)/\(request)"
            for socket in sockets { try socket.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8) }
            for index in readers.indices where try readers[index].read().text == "GET \(path)" { answered += 1 }
        }
        return answered
    }
}
