private import Glibc

/// A value that several threads share, reachable only while its lock is held.
///
/// It is a plain `pthread_mutex_t` and not `Synchronization.Mutex` because ThreadSanitizer does not see the latter on
/// Linux: it would report races inside correct code, and a sanitizer run would prove nothing.
///
/// Keep the body short and never `await`, log or do I/O in it: whoever else wants the value waits, blocking a thread.
package final class Locked<Value>: @unchecked Sendable {
    // `@unchecked Sendable` is right because `value` is only touched by `withLock`, between lock and unlock, and enters
    // and leaves as `sending`, so that no reference to its inside can be kept by anybody else.
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init(_ value: consuming sending Value) {
        self.value = value
        // A mutex must not move in memory, so it gets an address of its own.
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let error = pthread_mutex_init(mutex, nil)
        precondition(error == 0, "pthread_mutex_init failed with \(error)")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` while no other thread can see the value. Calling it again from inside `body` deadlocks.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
