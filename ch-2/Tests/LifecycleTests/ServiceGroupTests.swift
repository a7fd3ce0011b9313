import Lifecycle
import Logging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ServiceGroupTests {
    @Test func servicesAreStartedInOrderAndStoppedInReverseOrderEachOneAwaited() async throws {
        let record = Record()
        let services = ["a", "b", "c"].map { ScriptedService($0, record: record) }
        let group = Self.make(services)

        let running = Task { try await group.run() }
        for service in services { await service.hasStarted.wait() }
        group.shutdown()
        try await running.value

        #expect(
            record.events == [
                "a runs", "b runs", "c runs",
                "c is asked", "c ends", "b is asked", "b ends", "a is asked", "a ends",
            ])
    }

    @Test func whenOneFailsTheOthersAreStoppedAndItsErrorIsThrown() async throws {
        let record = Record()
        let gate = Gate()
        let last = ScriptedService("c", record: record)
        let services = [ScriptedService("a", record: record), ScriptedService("b", .fails(gate), record: record), last]
        let log = RecordedLog()
        let group = Self.make(services, log: log)

        let running = Task { try await group.run() }
        await last.hasStarted.wait()
        gate.open()

        await #expect(throws: ScriptedService.Failure(name: "b")) { try await running.value }
        #expect(record.events.suffix(5) == ["b fails", "c is asked", "c ends", "a is asked", "a ends"])
        #expect(log.contains(#""level":"error","message":"service failed","service":"b""#))
    }

    @Test func theFirstOfSeveralFailuresIsThrown() async throws {
        let (first, second) = (Gate(), Gate())
        let log = RecordedLog()
        let group = Self.make([ScriptedService("a", .fails(second)), ScriptedService("b", .fails(first))], log: log)

        let running = Task { try await group.run() }
        first.open()
        await log.waitForLine(containing: #""service":"b""#)
        second.open()

        await #expect(throws: ScriptedService.Failure(name: "b")) { try await running.value }
    }

    @Test func whenOneEndsByItselfTheOthersAreStopped() async throws {
        let record = Record()
        let gate = Gate()
        let group = Self.make([ScriptedService("a", record: record), ScriptedService("b", .ends(gate), record: record)])

        let running = Task { try await group.run() }
        gate.open()
        try await running.value

        #expect(record.events.suffix(2) == ["a is asked", "a ends"])
    }

    @Test func shutdownBeforeRunStopsWhatHasJustStarted() async throws {
        let record = Record()
        let group = Self.make([ScriptedService("a", record: record)])

        group.shutdown()
        try await group.run()

        #expect(Set(record.events) == ["a runs", "a is asked", "a ends"])
    }

    @Test func shutdownTwiceIsShutdown() async throws {
        let record = Record()
        let group = Self.make([ScriptedService("a", record: record), ScriptedService("b", record: record)])

        group.shutdown()
        group.shutdown()
        try await group.run()
        group.shutdown()

        #expect(record.events.filter { $0.hasSuffix("ends") } == ["b ends", "a ends"])
    }

    @Test func noServicesEndAtOnceWhenAsked() async throws {
        let group = Self.make([])

        group.shutdown()

        try await group.run()
    }

    // MARK: Services that do not end

    @Test func whatDoesNotEndInTimeIsCancelledAndNamed() async throws {
        let record = Record()
        let log = RecordedLog()
        let group = Self.make(
            [ScriptedService("a", record: record), ScriptedService("b", .busy, record: record)],
            shutdownTimeout: .milliseconds(50), log: log)

        group.shutdown()

        // All that were left are cancelled, also those that had not been asked yet: they may depend on the time.
        let error = await #expect(throws: ShutdownTimeoutError.self) { try await group.run() }
        #expect(error?.services == ["a", "b"])
        #expect(record.events.contains("a ends"))
        #expect(log.contains(#""message":"shutdown timeout is over","cancelling":"a, b""#))
    }

    @Test func whatIgnoresItsCancellationIsLeftBehind() async throws {
        let record = Record()
        let gate = Gate()
        let group = Self.make(
            [ScriptedService("a", .stuck(gate), record: record), ScriptedService("b", .stuck(gate), record: record)],
            shutdownTimeout: .milliseconds(50), cancellationTimeout: .milliseconds(50))

        group.shutdown()

        let error = await #expect(throws: ShutdownTimeoutError.self) { try await group.run() }
        #expect(error?.description == "not finished in time and cancelled: a, b")
        #expect(Set(record.events) == ["a runs", "b runs", "b is asked"])
        gate.open()
    }

    @Test func aFailureIsToldRatherThanTheTimeout() async throws {
        let gate = Gate()
        let group = Self.make(
            [ScriptedService("a", .busy), ScriptedService("b", .fails(gate))], shutdownTimeout: .milliseconds(50))

        gate.open()

        await #expect(throws: ScriptedService.Failure(name: "b")) { try await group.run() }
    }

    private static func make(
        _ services: [any Service], shutdownTimeout: Duration = .seconds(30),
        cancellationTimeout: Duration = .seconds(30),
        log: RecordedLog = RecordedLog()
    ) -> ServiceGroup {
        ServiceGroup(
            services, shutdownTimeout: shutdownTimeout, cancellationTimeout: cancellationTimeout,
            logger: Logger(destination: log))
    }
}
