import Glibc
import HTTP
import HTTPTestSupport
import Locking
import TestSupport
import Testing

/// Handlers run on the loop of their connection, and may suspend there.
@Suite(.timeLimit(.minutes(1)))
struct ServerHandlerTests {
    @Test func aHandlerThatSuspendsResumesOnItsLoop() async throws {
        let counter = Counter()
        let handler: TestHandler = { _ in
            var threads: Set<pthread_t> = [pthread_self()]
            await counter.add()
            threads.insert(pthread_self())
            try? await Task.sleep(for: .milliseconds(1))
            threads.insert(pthread_self())
            await Task.yield()
            threads.insert(pthread_self())
            return HTTPResponse(.ok, body: .bytes(Array("\(threads.count)".utf8)))
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()

            for _ in 0..<10 { #expect(try await client.get("/").text == "1") }
            #expect(await counter.value == 10)
        }
    }

    @Test func workThatBlocksCanBeMovedOffTheLoop() async throws {
        let handler: TestHandler = { _ in
            let loop = pthread_self()
            let elsewhere = await withTaskExecutorPreference(globalConcurrentExecutor) { pthread_self() }
            let isBack = pthread_self() == loop
            return HTTPResponse(.ok, body: .bytes(Array("elsewhere: \(elsewhere != loop), back: \(isBack)".utf8)))
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()

            #expect(try await client.get("/").text == "elsewhere: true, back: true")
        }
    }

    @Test func handlersOfSeveralConnectionsWaitAtTheSameTime() async throws {
        let count = 10
        let arrived = Counter()
        let allHaveArrived = Gate()
        let handler: TestHandler = { request in
            if await arrived.add() == count { allHaveArrived.open() }
            await allHaveArrived.wait()
            return echo(request)
        }
        try await withServer(loopCount: 1, handler: handler) { server in
            var clients: [TestClient] = []
            for index in 0..<count {
                let client = try await server.connect()
                try await client.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
                clients.append(client)
            }

            for (index, client) in clients.enumerated() {
                #expect(try await client.response().text == "GET /\(index)")
            }
        }
    }

    @Test func aHandlerIsCancelledWhenItsClientIsGone() async throws {
        let (started, cancelled) = (Gate(), Gate())
        let handler: TestHandler = { request in
            started.open()
            do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.open() }
            return echo(request)
        }
        try await withServer(limits: .make { $0.handlerTimeout = .seconds(30) }, handler: handler) { server in
            var client: TestClient? = try await server.connect()
            client?.resetWhenClosed()
            try await client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()

            client = nil

            await cancelled.wait()
        }
    }

    @Test func aHandlerIsNotCancelledWhenItsClientHasOnlyEndedItsSide() async throws {
        let (started, gate) = (Gate(), Gate())
        let handler: TestHandler = { _ in
            started.open()
            await gate.wait()
            return HTTPResponse(.ok, body: .bytes(Array("cancelled: \(Task.isCancelled)".utf8)))
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()

            client.endSending()
            gate.open()

            #expect(try await client.response().text == "cancelled: false")
        }
    }

    @Test func theHandlerSeesWhoAsks() async throws {
        let handler: TestHandler = { HTTPResponse(.ok, body: .bytes(Array($0.peer.description.utf8))) }
        try await withServer(handler: handler) { server in
            let client = try await server.connect(source: "127.0.0.7")

            #expect(try await client.get("/").text == "127.0.0.7")
        }
    }

    private actor Counter {
        var value = 0

        @discardableResult
        func add() -> Int {
            value += 1
            return value
        }
    }
}
