private import Glibc
private import Locking

/// SIGINT (Ctrl-C) and SIGTERM (`kill`, `docker stop`) as a request to shut down.
///
/// The first one calls what was given to `onFirst`; the second ends the process at once, with 128 + its number, as shells
/// report it. No code runs inside a signal handler, where hardly anything is allowed, and the second signal works even if
/// all of Swift's threads hang.
package final class ShutdownSignals: Sendable {
    private let state = Locked(State.waiting)

    private enum State {
        case waiting
        case handled(@Sendable () -> Void)
        case received
    }

    /// Runs the program: `body` on Swift's threads, while the main thread waits for the signals. Call it first in `main`.
    ///
    /// The signals are blocked here, before there is a second thread, and every thread inherits that; so they reach the
    /// one that waits for them. An asynchronous `main` would not do: it ends in `dispatch_main`, which unblocks them.
    /// SIGPIPE is ignored: writing into a closed pipe is an error code.
    ///
    /// - Parameter body: the program; gives the exit status of the process.
    package static func runMain(_ body: @escaping @Sendable (ShutdownSignals) async -> Int32) -> Never {
        occupyStandardDescriptors()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        let shutdown = ShutdownSignals()
        Task { exit(await body(shutdown)) }
        var number: Int32 = 0
        sigwait(&signals, &number)
        shutdown.receive()
        sigwait(&signals, &number)
        _exit(128 + number)
    }

    /// Says what to do at the first signal: done at once if it has already come.
    package func onFirst(_ handler: @escaping @Sendable () -> Void) {
        let hasCome = state.withLock { state in
            if case .received = state { return true }
            state = .handled(handler)
            return false
        }
        if hasCome { handler() }
    }

    private func receive() {
        let handler: (@Sendable () -> Void)? = state.withLock { state in
            defer { state = .received }
            return if case .handled(let handler) = state { handler } else { nil }
        }
        handler?()
    }
}
