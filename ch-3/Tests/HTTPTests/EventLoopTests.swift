import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test func jobsFromOtherThreadsRunOnTheLoop() async {
        let resident = Resident()

        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<100 { await resident.count() } }
            }
        }

        #expect(await resident.counted == 800)
        await resident.end()
    }

    @Test func theLoopKnowsItsOwnThread() async {
        let resident = Resident()

        #expect(await resident.isOnLoop())
        #expect(!resident.loop.isOnLoop)
        await resident.end()
    }

    @Test func whatLivesOnTheLoopIsIsolatedThereAndNowhereElse() async {
        let resident = Resident()

        #expect(await resident.seesItsOwnIsolation())
        #expect(resident.loop.isIsolatingCurrentContext() == false)
        await resident.end()
    }

    @Test func aTaskThatPrefersTheLoopRunsThereBetweenItsWaits() async throws {
        let resident = Resident()
        let loop = resident.loop

        let wasOnLoop = try await Task(executorPreference: loop) {
            var wasOnLoop = [loop.isOnLoop]
            try await Task.sleep(for: .milliseconds(1))
            wasOnLoop.append(loop.isOnLoop)
            await Task.yield()
            wasOnLoop.append(loop.isOnLoop)
            return wasOnLoop
        }.value

        #expect(wasOnLoop == [true, true, true])
        await resident.end()
    }

    @Test func jobsThatCameBeforeTheThreadRunOnIt() async {
        let resident = Resident(starts: false)
        async let isOnLoop = resident.isOnLoop()

        resident.loop.start(name: "late")

        #expect(await isOnLoop)
        await resident.end()
    }

    @Test func aJobThatComesAfterTheEndStillRuns() async {
        let resident = Resident()
        await resident.end()

        for _ in 0..<100 { await resident.count() }

        #expect(await resident.counted == 100)
        #expect(await resident.isOnLoop())
    }

    @Test func touchingTheLoopFromOutsideStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            EventLoop().stop()
        }
    }

    /// An actor that lives on a loop of its own.
    private actor Resident {
        nonisolated let loop = EventLoop()
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        private(set) var counted = 0

        init(starts: Bool = true) {
            if starts { loop.start(name: "loop") }
        }

        func count() {
            precondition(loop.isOnLoop)
            counted += 1
        }

        func isOnLoop() -> Bool { loop.isOnLoop }

        func seesItsOwnIsolation() -> Bool {
            assumeIsolated { _ in loop.isIsolatingCurrentContext() == true }
        }

        func end() { loop.stop() }
    }
}
