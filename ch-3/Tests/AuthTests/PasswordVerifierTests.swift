import Auth
import Configuration
import Dispatch
import Glibc
import Locking
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PasswordVerifierTests {
    @Test func aPasswordIsCheckedAgainstTheHash() async throws {
        let verifier = PasswordVerifier()

        #expect(try await verifier.matches(.ofPassword, Secret("password")))
        #expect(try await !verifier.matches(.ofPassword, Secret("passwort")))
    }

    @Test func oneIsCheckedAtATimeInAFlood() async throws {
        let counts = Locked((now: 0, most: 0, all: 0))
        let verifier = PasswordVerifier(waitingMax: 500) { _, _ in
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
                counts.all += 1
            }
            sched_yield()
            counts.withLock { $0.now -= 1 }
            return true
        }

        try await withThrowingTaskGroup { group in
            for _ in 0..<500 {
                group.addTask { _ = try await verifier.matches(.ofPassword, password) }
            }
            try await group.waitForAll()
        }

        #expect(counts.withLock { $0.most } == 1)
        #expect(counts.withLock { $0.all } == 500)
    }

    @Test func itHasAThreadOfItsOwnWithALowPriority() async throws {
        let seen = Locked((priority: Int32(0), thread: pthread_t()))
        let verifier = PasswordVerifier { _, _ in
            let priority = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            seen.withLock { $0 = (priority, pthread_self()) }
            return true
        }
        let before = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)

        _ = try await verifier.matches(.ofPassword, password)

        #expect(seen.withLock { $0.priority } == min(before + 10, 19))
        #expect(seen.withLock { $0.thread } != pthread_self())
        #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) == before)
    }

    @Test func asManyWaitAsTheLimitAndTheNextIsRefused() async throws {
        let check = HeldCheck()
        let verifier = PasswordVerifier(waitingMax: 3, check: check.run)
        // Immediate tasks: each of them is counted before the next line.
        let tasks = (0..<3).map { _ in Task.immediate { try await verifier.matches(.ofPassword, password) } }

        await #expect(throws: TooManyLogins()) { try await verifier.matches(.ofPassword, password) }

        check.release(3)
        for task in tasks { #expect(try await task.value) }
        #expect(check.count == 3)
    }

    @Test func whoHasHadTheirTurnMakesRoom() async throws {
        let verifier = PasswordVerifier(waitingMax: 1)

        for _ in 0..<5 { #expect(try await verifier.matches(.ofPassword, password)) }
    }

    @Test func whoIsCancelledWhileWaitingCostsNothing() async throws {
        let check = HeldCheck()
        let verifier = PasswordVerifier(waitingMax: 3, check: check.run)
        let first = Task.immediate { try await verifier.matches(.ofPassword, password) }
        let second = Task.immediate { try await verifier.matches(.ofPassword, password) }
        let third = Task.immediate { try await verifier.matches(.ofPassword, password) }

        second.cancel()
        check.release(2)

        #expect(try await first.value)
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(try await third.value)
        #expect(check.count == 2)
    }

    @Test func afterCancellationAndFailureThereIsRoomAgain() async throws {
        let verifier = PasswordVerifier(waitingMax: 1) { _, password in
            guard password.reveal() == "good" else { throw PasswordError.failed(errno: ENOMEM) }
            return true
        }

        for _ in 0..<3 {
            await #expect(throws: PasswordError.failed(errno: ENOMEM)) {
                try await verifier.matches(.ofPassword, Secret("bad"))
            }
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await verifier.matches(.ofPassword, Secret("good"))
            }
            await #expect(throws: CancellationError.self) { try await cancelled.value }
        }
        #expect(try await verifier.matches(.ofPassword, Secret("good")))
    }

    // MARK: Fixtures

    /// A check that waits until it is let go.
    private final class HeldCheck: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        private let state = Locked(0)

        var count: Int { state.withLock { $0 } }

        @Sendable func run(_ hash: PasswordHash, _ password: Secret) -> Bool {
            semaphore.wait()
            state.withLock { $0 += 1 }
            return true
        }

        func release(_ count: Int) {
            for _ in 0..<count { semaphore.signal() }
        }
    }
}
