private import Lifecycle
private import Locking

/// Runs what blocks on a thread of its own and waits for it without blocking.
///
/// Swift has one thread a core for all tasks: two tests that wait in a system call there would stop all the others.
package func blocking<Success: Sendable>(_ body: @escaping @Sendable () throws -> Success) async throws -> Success {
    // The result goes through a lock. ThreadSanitizer would not see what orders the two threads if the continuation
    // carried it: Swift's runtime, which is not compiled for it, says nothing where the result comes before the wait.
    let outcome = Locked<Result<Success, any Error>?>(nil)
    await withCheckedContinuation { continuation in
        startThread(named: "test") {
            let result = Result(catching: body)
            outcome.withLock { $0 = result }
            continuation.resume()
        }
    }
    guard let result = outcome.withLock({ $0 }) else { preconditionFailure("the thread has not set its result") }
    return try result.get()
}
