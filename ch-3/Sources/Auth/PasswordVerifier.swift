package import Configuration
private import Glibc
private import Lifecycle
private import Locking

/// Checks passwords one after the other, on a thread of its own: what a flood of logins can take of the machine.
///
/// That is the memory of one hash, and what the event loops leave of one core: the thread has a low priority. A login waits
/// its turn, and no more than `waitingMax` do so. One whose client has gone, or whose deadline is over, is cancelled and costs
/// nothing when its turn comes.
package actor PasswordVerifier {
    private nonisolated let executor = ThreadExecutor(name: "passwords")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package nonisolated let waitingMax: Int
    private nonisolated let waitingCount = Locked(0)
    private let check: @Sendable (PasswordHash, Secret) throws -> Bool
    private var hasLowPriority = false

    /// - Parameters:
    ///   - waitingMax: how many logins may be here, the one that is being checked included. 64 take a second with hashes of
    ///     the standard cost, which is well within the time for a request.
    ///   - check: compares one hash with one password.
    package init(
        waitingMax: Int = 64, check: @escaping @Sendable (PasswordHash, Secret) throws -> Bool = { try $0.matches($1) }
    ) {
        self.waitingMax = waitingMax
        self.check = check
    }

    deinit {
        executor.stop()
    }

    /// Whether this is the password of the hash.
    ///
    /// - Throws: ``TooManyLogins``, `CancellationError`, ``PasswordError``.
    package nonisolated func matches(_ hash: PasswordHash, _ password: Secret) async throws -> Bool {
        let isAdmitted = waitingCount.withLock { count in
            guard count < waitingMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw TooManyLogins() }
        defer { waitingCount.withLock { $0 -= 1 } }
        return try await checkInTurn(hash, password)
    }

    private func checkInTurn(_ hash: PasswordHash, _ password: Secret) throws -> Bool {
        try Task.checkCancellation()
        if !hasLowPriority {
            // Of the calling thread alone, as Linux has it: a tenth of the share of the others where all want to run. Not the
            // last place, or logins would come to a standstill while anything else is busy.
            _ = nice(10)
            hasLowPriority = true
        }
        return try check(hash, password)
    }
}

/// As many logins wait as may.
package struct TooManyLogins: Error, Equatable {
    package init() {}
}
