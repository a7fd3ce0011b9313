import Configuration
import Locking
import Testing

@testable import Auth
@testable import HTTP

@Suite(.timeLimit(.minutes(1)))
struct PasswordLoginTests {
    @Test func theRightPasswordIsTheUser() async throws {
        #expect(try await Self.make().user(.mira, password, from: Self.peer) == .mira)
    }

    @Test func aWrongPasswordIsNobody() async throws {
        #expect(try await Self.make().user(.mira, Secret("passwort"), from: Self.peer) == nil)
    }

    /// The hash that stands in for the one that there is not is that of mira here, and the password is hers.
    @Test func aNameThatNobodyHasIsNobodyWhateverThePassword() async throws {
        #expect(try await Self.make().user(.nobody, password, from: Self.peer) == nil)
    }

    @Test(arguments: [("mira", "password"), ("mira", "wrong"), ("nobody", "password"), ("nobody", "wrong")])
    func oneHashIsComputedWhoeverAsks(name: String, given: String) async throws {
        let hashes = Locked<[String]>([])
        let verifier = PasswordVerifier { hash, password in
            hashes.withLock { $0.append(hash.text) }
            return try hash.matches(password)
        }

        _ = try await Self.make(verifier: verifier).user(.make(name), Secret(given), from: Self.peer)

        #expect(hashes.withLock { $0 } == [PasswordHash.ofPassword.text])
    }

    @Test(arguments: [UserName.mira, .nobody])
    func failuresAreLimitedForUsersThatThereAreAndThatThereAreNot(_ name: UserName) async throws {
        let checks = Locked(0)
        let login = Self.make(
            verifier: PasswordVerifier { _, _ in
                checks.withLock { $0 += 1 }
                return false
            })
        for _ in 0..<10 { #expect(try await login.user(name, Secret("wrong"), from: Self.peer) == nil) }

        await #expect(throws: TooManyFailedLogins(retryAfter: .seconds(30))) {
            try await login.user(name, password, from: Self.peer)
        }
        #expect(checks.withLock { $0 } == 10)
    }

    @Test func successIsNotLimited() async throws {
        let login = Self.make()

        for _ in 0..<100 { #expect(try await login.user(.mira, password, from: Self.peer) == .mira) }
    }

    @Test(arguments: [0, 1])
    func aPasswordThatWasNotLookedAtIsNoFailure(waitingMax: Int) async throws {
        let verifier = PasswordVerifier(waitingMax: waitingMax) { _, _ in throw PasswordError.failed(errno: 12) }
        let login = Self.make(verifier: verifier)

        for _ in 0..<100 {
            let error = await #expect(throws: (any Error).self) {
                try await login.user(.mira, password, from: Self.peer)
            }
            #expect(!(error is TooManyFailedLogins))
        }
    }

    @Test func aFailureThatIsLongAgoIsForgotten() async throws {
        let time = Locked(ContinuousClock.now)
        let login = Self.make(now: { time.withLock { $0 } })
        for _ in 0..<10 { _ = try await login.user(.mira, Secret("wrong"), from: Self.peer) }
        await #expect(throws: TooManyFailedLogins.self) { try await login.user(.mira, password, from: Self.peer) }

        time.withLock { $0 += .seconds(30) }

        #expect(try await login.user(.mira, password, from: Self.peer) == .mira)
    }

    // MARK: Fixtures

    private static let peer = PeerAddress(ipv4: 0xC000_0201)
    private static let start = ContinuousClock.now

    private static func make(
        verifier: PasswordVerifier = PasswordVerifier(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { start }
    ) -> PasswordLogin {
        PasswordLogin(users: UserStore(.mira, .ofPassword), verifier: verifier, now: now)
    }
}
