import EventSource
import ScriptedServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventSourceCancellationTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    @Test func cancellationEndsItBeforeItHasBegun() async throws {
        let port = ListeningDescriptor().port

        let result = try await Self.cancel("http://127.0.0.1:\(port)/") {}

        #expect(result.connections + result.failures == 0)
    }

    @Test func cancellationEndsItWhileItConnects() async throws {
        let listener = ListeningDescriptor(backlog: 0)
        for _ in 0..<4 { _ = listener.connectToItself() }
        let log = RecordedLog()

        _ = try await Self.cancel("http://127.0.0.1:\(listener.port)/", log: log) {
            await log.waitForLine(containing: "connecting")
        }
    }

    @Test func cancellationEndsItDuringTheTLSHandshake() async throws {
        let server = ScriptedServer([[.waitForClient]])

        _ = try await Self.cancel("https://127.0.0.1:\(server.port)/") {
            #expect(await server.observe() == .accepted)
        }

        #expect(await server.observe() == .clientHasEnded)
    }

    @Test(arguments: ["", head, head + "data: a\n\ndata"])
    func cancellationEndsItWhileItWaitsForBytes(sent: String) async throws {
        let server = ScriptedServer([[.receiveRequest, .send(sent), .waitForClient]])

        _ = try await Self.cancel(server.url()) {
            #expect(await server.observeRequest() != nil)
        }

        #expect(await server.observe() == .clientHasEnded)
    }

    @Test func cancellationEndsItWhileItWaitsToReconnect() async throws {
        let server = ScriptedServer([.status(503, "Retry-After: 300")])
        let log = RecordedLog()

        let values = try await Self.cancel(server.url(), log: log) {
            await log.waitForLine(containing: "disconnected")
        }

        #expect(values.failures == 1)
    }

    @Test func cancellationEndsItWhileEventsAreLeft() async throws {
        let server = ScriptedServer([.stream("data: a\n\ndata: b\n\n") + [.waitForClient]])

        let texts = try await Task {
            let source = try EventSource.make(server.url())
            let first = await source.texts(1)
            withUnsafeCurrentTask { $0?.cancel() }
            return await first + source.texts(1)
        }.value

        #expect(texts == ["a"])
        _ = await server.observeRequest()
        #expect(await server.observe() == .clientHasEnded)
    }

    @Test func aSourceThatIsGivenUpClosesItsConnection() async throws {
        let server = ScriptedServer([.stream("data: a\n\n") + [.waitForClient]])
        var source: EventSource? = try EventSource.make(server.url())
        #expect(await source?.texts(1) == ["a"])

        source = nil

        _ = await server.observeRequest()
        #expect(await server.observe() == .clientHasEnded)
    }

    // MARK: Arrangement

    /// Reads from a source in a task, cancels it when `reached` returns, and waits for its end: every timeout is so long that
    /// only the cancellation can be what ends it.
    private static func cancel(
        _ url: String, log: RecordedLog = RecordedLog(), when reached: () async -> Void
    ) async throws -> EventSourceCounters.Values {
        let task = Task {
            let source = try EventSource.make(url, clock: ContinuousClock(), log: log) {
                $0.connectTimeout = .seconds(3600)
                $0.idleTimeout = .seconds(3600)
            }
            while await source.next() != nil {}
            return source.counters.values
        }
        await reached()
        task.cancel()
        return try await task.value
    }
}
