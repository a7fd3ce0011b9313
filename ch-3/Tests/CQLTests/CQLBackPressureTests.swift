import CQL
import Locking
import Logging
import ScriptedCassandra
import TestSupport
import Testing

/// How many requests there are at once, and what becomes of those whose task is cancelled or whose session is stopped.
@Suite(.timeLimit(.minutes(1)))
struct CQLBackPressureTests {
    @Test func requestsBeyondTheLimitWaitForTheirTurn() async throws {
        let held = Locked<Set<Int>>([])
        let wasTwice = Locked(false)
        let server = ScriptedCassandra { request in
            let isNew = held.withLock { $0.insert(request.stream).inserted }
            if !isNew { wasTwice.withLock { $0 = true } }
            // Each pair is answered when it is there.
            let pair = held.withLock { held in
                defer { if held.count == 2 { held = [] } }
                return held
            }
            return pair.count < 2 ? [] : pair.map { .reply(.void, stream: $0) }
        }
        try await withSession(server, settings: .test(requestsInFlightMax: 2)) { session in
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try await session.query("SELECT 1").epoch } }
                for try await epoch in group { #expect(epoch == 1) }
            }
            // The ids of requests in flight are distinct, and here are only two of them.
            var streams: [Int] = []
            while streams.count < 21, let request = await server.nextRequest() { streams.append(request.stream) }
            #expect(Set(streams) == [0, 1])
            #expect(!wasTwice.withLock { $0 })
        }
    }

    @Test func aCancelledRequestEndsAtOnceAndItsAnswerIsNobodyElses() async throws {
        let held = Locked<[Int]>([])
        let server = ScriptedCassandra { request in
            if request.text == "hold" {
                held.withLock { $0.append(request.stream) }
                return []
            }
            return held.withLock { held in
                defer { held = [] }
                return held.map { .reply(.numbers([666]), stream: $0) } + request.reply(.numbers([1]))
            }
        }
        try await withSession(server) { session in
            for _ in 0..<5 {
                let task = Task { try await session.query("hold") }
                while let request = await server.nextRequest(), request.opcode == 0x01 || request.text != "hold" {}
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                let result = try await session.query("SELECT 1")
                #expect(try result.rows.first?.bigint(0) == 1)
                #expect(result.epoch == 1)
            }
        }
    }

    @Test func aRequestThatWaitsForItsTurnCanBeCancelled() async throws {
        let server = ScriptedCassandra { _ in [] }
        try await withSession(server, settings: .test(requestsInFlightMax: 1)) { session in
            #expect(await eventually { session.epoch == 1 })
            let first = Task.immediate { try await session.query("hold") }
            let second = Task.immediate { try await session.query("never sent") }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
        }
    }

    @Test func aRequestThatWaitsForAConnectionCanBeCancelled() async throws {
        let session = CQLSession(
            CQLSession.Settings(contactPoints: [ContactPoint(host: "db")]), logger: Logger(destination: RecordedLog()))
        let before = Task.immediate { try await session.query("SELECT 1") }
        before.cancel()
        await #expect(throws: CancellationError.self) { try await before.value }
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await session.query("SELECT 1")
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }

    // MARK: Stopping

    @Test(arguments: [true, false])
    func stoppingOrCancellingEndsRequestsAtOnceAndTakesNoMore(isCancelled: Bool) async throws {
        let server = ScriptedCassandra { _ in [] }
        let settings = CQLSession.Settings(contactPoints: [ContactPoint(host: "127.0.0.1", port: server.port)])
        let session = CQLSession(settings, logger: Logger(destination: RecordedLog()))
        let running = Task { await session.run() }
        let request = Task { await failure { try await session.query("SELECT 1") } }
        while let request = await server.nextRequest(), request.opcode != 0x07 {}
        if isCancelled {
            running.cancel()
        } else {
            session.stop()
            session.stop()
        }
        #expect(await request.value == .stopped)
        await running.value
        #expect(await failure { try await session.query("SELECT 2") } == .stopped)
        #expect(session.epoch == nil)
        server.stop()
    }

    @Test func stoppingEndsTheWaitForAServerThatIsAway() async throws {
        let points = [ContactPoint(host: "127.0.0.1", port: closedPort())]
        var settings = CQLSession.Settings(contactPoints: points)
        settings.reconnectDelayBase = .seconds(1000)
        settings.reconnectDelayMax = .seconds(1000)
        let log = RecordedLog()
        let session = CQLSession(settings, logger: Logger(destination: log))
        let running = Task { await session.run() }
        await log.waitForLine(containing: "cannot connect to Cassandra")
        session.stop()
        await running.value
    }

    @Test func stoppingEndsAHandshakeThatIsNotAnswered() async throws {
        let server = ScriptedCassandra(startUp: { _ in [] }, respond: { _ in [] })
        let settings = CQLSession.Settings(contactPoints: [ContactPoint(host: "127.0.0.1", port: server.port)])
        let session = CQLSession(settings, logger: Logger(destination: RecordedLog()))
        let running = Task { await session.run() }
        #expect(await server.nextRequest()?.opcode == 0x01)
        session.stop()
        await running.value
        server.stop()
    }

    @Test func aSessionThatIsStoppedBeforeItRunsDoesNothing() async {
        let session = CQLSession(
            CQLSession.Settings(contactPoints: [ContactPoint(host: "db")]), logger: Logger(destination: RecordedLog()))
        session.stop()
        await session.run()
        #expect(await failure { try await session.query("SELECT 1") } == .stopped)
    }
}
