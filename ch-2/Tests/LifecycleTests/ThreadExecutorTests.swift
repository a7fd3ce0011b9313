import Dispatch
import Glibc
import Lifecycle
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ThreadExecutorTests {
    @Test func anActorRunsOnTheThreadAndOnlyThere() async {
        let worker = Worker()
        var threads: Set<pthread_t> = []
        for _ in 0..<20 { threads.insert(await worker.thread()) }

        #expect(threads.count == 1)
        #expect(threads != [pthread_self()])
    }

    @Test func jobsRunOneAfterTheOther() async {
        let worker = Worker()

        await withTaskGroup { group in
            for _ in 0..<10 {
                group.addTask {
                    for _ in 0..<20 { await worker.incrementSlowly() }
                }
            }
        }

        #expect(await worker.count == 200)
    }

    /// With as many as there are cores, and one more, all of Swift's own threads would be waiting.
    @Test func jobsThatBlockLeaveSwiftsThreadsAlone() async {
        let workers = (0..<20).map { _ in Worker() }

        await withTaskGroup { group in
            for worker in workers {
                group.addTask { await worker.waitUntilUnblocked() }
            }
            // Comes to run only if there is a thread left to run it.
            group.addTask {
                for worker in workers { worker.unblock() }
            }
        }
    }

    @Test func theThreadEndsWithItsActor() async {
        let name = "test-\(UInt16.random(in: 0...UInt16.max))"
        var worker: Worker? = Worker(name: name)
        _ = await worker?.thread()
        #expect(ThreadExecutorTests.threadNames().contains(name))

        worker = nil

        #expect(await eventually { !ThreadExecutorTests.threadNames().contains(name) })
    }

    @Test func whatWasEnqueuedBeforeTheEndIsStillRun() async {
        for _ in 0..<20 {
            // The last reference to the actor goes with its job.
            await Worker().incrementSlowly()
        }
    }

    // MARK: Fixtures

    /// The names of all threads of this process, as `top -H` shows them.
    private static func threadNames() -> [String] {
        guard let directory = opendir("/proc/self/task") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let id = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let file = fopen("/proc/self/task/\(id)/comm", "re") else { continue }
            defer { fclose(file) }
            var text = [UInt8](repeating: 0, count: 32)
            let count = fread(&text, 1, text.count, file)
            names.append(String(decoding: text[..<max(0, count - 1)], as: UTF8.self))
        }
        return names
    }

    private actor Worker {
        private let executor: ThreadExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private nonisolated let semaphore = DispatchSemaphore(value: 0)
        private(set) var count = 0

        init(name: String = "test") {
            executor = ThreadExecutor(name: name)
        }

        deinit {
            executor.stop()
        }

        func thread() -> pthread_t { pthread_self() }

        /// Loses counts if another job runs meanwhile.
        func incrementSlowly() {
            let before = count
            sched_yield()
            count = before + 1
        }

        func waitUntilUnblocked() {
            semaphore.wait()
        }

        nonisolated func unblock() {
            semaphore.signal()
        }
    }
}
