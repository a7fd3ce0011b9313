package import HTTP
private import Locking

/// Bounds how often passwords can be guessed: for each user, and for each client address.
///
/// Only failures count in the end: an attempt takes a token from both before its password is looked at, so that attempts made
/// at the same time count as well, and gets them back if it succeeds, or if nobody came to look. People and programs with the
/// right password are not limited by this; what their logins cost is bounded by ``PasswordVerifier``.
///
/// The price of a limit for each user: somebody else can use it up, and so keep a user from signing in for as long as they go
/// on. Without it, whoever has many addresses could guess as often as those allow together.
package final class LoginLimiter: Sendable {
    /// What is limited, and how much of it is remembered.
    package struct Settings: Sendable {
        /// 2,880 guesses a day at most, from wherever they come.
        package var perUser = RateLimiter<UserName>.Rate(burst: 10, interval: .seconds(30))
        /// More than for one user: many may share an address.
        package var perAddress = RateLimiter<PeerAddress>.Rate(burst: 30, interval: .seconds(5))
        /// Names, whether there are such users or not, and addresses; with what is kept of each, 2 MB at most.
        package var keysMax = 10_000

        package init() {}
    }

    private let limiters: Locked<Limiters>

    private struct Limiters {
        var users: RateLimiter<UserName>
        /// An IPv4 address, or a /64 network of IPv6.
        var networks: RateLimiter<PeerAddress>
    }

    package init(_ settings: Settings = Settings()) {
        limiters = Locked(
            Limiters(
                users: RateLimiter(settings.perUser, keysMax: settings.keysMax),
                networks: RateLimiter(settings.perAddress, keysMax: settings.keysMax)))
    }

    /// Counts an attempt.
    ///
    /// - Returns: how long to wait before the next one; `nil` if this one may go on.
    package func admit(_ user: UserName, from peer: PeerAddress, at now: ContinuousClock.Instant) -> Duration? {
        limiters.withLock { limiters in
            // The address first: an address that has no attempts left does not use up those of a user.
            if let wait = limiters.networks.take(peer.network, at: now) { return wait }
            guard let wait = limiters.users.take(user, at: now) else { return nil }
            // Nobody looks at the password, so others behind this address do not pay for it.
            limiters.networks.giveBack(peer.network)
            return wait
        }
    }

    /// Takes back what `admit` has counted.
    package func forgive(_ user: UserName, from peer: PeerAddress) {
        limiters.withLock { limiters in
            limiters.networks.giveBack(peer.network)
            limiters.users.giveBack(user)
        }
    }
}
