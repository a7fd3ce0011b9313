import Lifecycle
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TaskServiceTests {
    @Test func itEndsWithItsOperation() async throws {
        let done = Gate()
        let service = TaskService(name: "short") { done.open() }

        try await service.run()

        await done.wait()
        #expect(service.name == "short")
    }

    @Test func itFailsWithItsOperation() async {
        let service = TaskService(name: "failing") { throw Failure() }

        await #expect(throws: Failure()) { try await service.run() }
    }

    @Test func toStopItCancelsItsOperation() async {
        let started = Gate()
        let service = TaskService.endless(started: started)
        let running = Task { try await service.run() }
        await started.wait()

        service.stop()

        await #expect(throws: CancellationError.self) { try await running.value }
    }

    @Test func anOperationMayEndWellWhenItIsCancelled() async throws {
        let started = Gate()
        let service = TaskService(name: "obliging") {
            started.open()
            try? await Task.sleep(for: .seconds(60))
        }
        let running = Task { try await service.run() }
        await started.wait()

        service.stop()

        try await running.value
    }

    @Test func itWaitsForAnOperationThatStillHasSomethingToDo() async throws {
        let (started, gate, done) = (Gate(), Gate(), Gate())
        let service = TaskService(name: "thorough") {
            started.open()
            await gate.wait()
            #expect(Task.isCancelled)
            done.open()
        }
        let running = Task { try await service.run() }
        await started.wait()

        service.stop()
        gate.open()
        try await running.value

        await done.wait()
    }

    @Test func whatIsStoppedBeforeItRunsDoesNotBegin() async throws {
        let service = TaskService(name: "stopped") { Issue.record("it has begun") }

        service.stop()

        try await service.run()
    }

    @Test func itMayBeStoppedAnyNumberOfTimes() async {
        let started = Gate()
        let service = TaskService.endless(started: started)
        let running = Task { try await service.run() }
        await started.wait()

        service.stop()
        service.stop()

        await #expect(throws: CancellationError.self) { try await running.value }
        service.stop()
    }

    @Test func itMayBeStoppedAtTheMomentItStarts() async {
        for _ in 0..<100 {
            let service = TaskService.endless()
            async let stopping: Void = service.stop()

            // It ends, whether it has begun or not.
            try? await service.run()
            await stopping
        }
    }

    @Test func itsOperationIsCancelledWithTheTaskThatRunsIt() async {
        let started = Gate()
        let service = TaskService.endless(started: started)
        let running = Task { try await service.run() }
        await started.wait()

        running.cancel()

        await #expect(throws: CancellationError.self) { try await running.value }
    }

    private struct Failure: Error, Equatable {}
}

extension TaskService {
    /// One that works until it is stopped.
    fileprivate static func endless(started: Gate = Gate()) -> TaskService {
        TaskService(name: "endless") {
            started.open()
            try await Task.sleep(for: .seconds(60))
        }
    }
}
