package import Configuration
package import HTTP

/// Finds out who somebody is from a name and a password.
package struct PasswordLogin: Sendable {
    private let users: UserStore
    private let limiter: LoginLimiter
    private let verifier: PasswordVerifier
    private let now: @Sendable () -> ContinuousClock.Instant

    package init(
        users: UserStore, limiter: LoginLimiter = LoginLimiter(), verifier: PasswordVerifier = PasswordVerifier(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.users = users
        self.limiter = limiter
        self.verifier = verifier
        self.now = now
    }

    /// The user with this name and this password; `nil` if there is none. Which of the two is wrong is not told, not even by
    /// the time that it takes: a password is checked in either case.
    ///
    /// - Throws: ``TooManyFailedLogins``, and what `PasswordVerifier.matches` throws.
    package func user(_ name: UserName, _ password: Secret, from peer: PeerAddress) async throws -> UserName? {
        if let wait = limiter.admit(name, from: peer, at: now()) { throw TooManyFailedLogins(retryAfter: wait) }
        let (hash, user) = users.entry(for: name)
        do {
            guard try await verifier.matches(hash, password), let user else { return nil }
            limiter.forgive(name, from: peer)
            return user
        } catch {
            // The password was not looked at. That the server is busy must not keep a user out any longer.
            limiter.forgive(name, from: peer)
            throw error
        }
    }
}

/// There were too many wrong passwords for this user, or from this address.
package struct TooManyFailedLogins: Error, Equatable {
    package let retryAfter: Duration
}
