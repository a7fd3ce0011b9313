private import Glibc
private import Locking

/// A thread that runs the jobs of an actor, in order: for actors that wait in system calls or in C libraries.
///
/// Swift's own threads are as many as there are cores, and every task needs them; one that blocks is missing to all others.
package final class ThreadExecutor: SerialExecutor, @unchecked Sendable {
    // `@unchecked Sendable` is right because the jobs have a lock, and a semaphore is made for several threads.
    private let state = Locked(State())
    private let posted: UnsafeMutablePointer<sem_t>

    private struct State {
        var jobs: [UnownedJob] = []
        var isStopping = false
    }

    /// Starts the thread, which runs until `stop` is called.
    ///
    /// - Parameter name: what `top -H` and debuggers show; at most 15 bytes.
    package init(name: String) {
        posted = .allocate(capacity: 1)
        sem_init(posted, 0, 0)
        startThread(named: name) { self.run() }
    }

    deinit {
        sem_destroy(posted)
        posted.deallocate()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        sem_post(posted)
    }

    /// Ends the thread, after the jobs that it has. Call it when there can be no more, as in the `deinit` of the actor.
    package func stop() {
        state.withLock { $0.isStopping = true }
        sem_post(posted)
    }

    private func run() {
        while true {
            while sem_wait(posted) != 0 {}  // A signal handler interrupts it.
            let (jobs, isStopping) = state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.isStopping)
            }
            for job in jobs {
                job.runSynchronously(on: asUnownedSerialExecutor())
            }
            if isStopping { return }
        }
    }
}
