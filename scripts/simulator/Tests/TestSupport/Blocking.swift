private import Lifecycle

/// Runs what blocks on a thread of its own and waits for it without blocking.
///
/// Swift has one thread a core for all tasks: two tests that wait in a system call there would stop all the others.
package func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startThread(named: "test") {
            continuation.resume(with: .init(catching: body))
        }
    }
}
