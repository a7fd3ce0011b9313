/// Says how often something may happen, for each key by itself: token buckets in a table of bounded size.
///
/// A bucket holds `burst` tokens, taking one is what is limited, and one comes back each `interval`. Kept of a bucket is a single
/// instant, when it will be full again (the generic cell rate algorithm); one that is full needs no place in the table.
///
/// Nobody is forgotten before their bucket is full, so nobody gets free by filling the table. While it is full, new keys share
/// a few buckets, chosen by the key: then those who come pay for each other, and those who are known do not.
///
/// A plain value, told the time: put it in a `Locked`.
package struct RateLimiter<Key: Hashable & Sendable>: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// How often something may happen.
    package struct Rate: Sendable {
        /// How often at once, after a rest.
        package let burst: Int
        /// How long until it may happen once more.
        package let interval: Duration

        package init(burst: Int, interval: Duration) {
            precondition(burst > 0 && interval > .zero)
            self.burst = burst
            self.interval = interval
        }
    }

    private enum Bucket: Hashable {
        case own(Key)
        case shared(Int)
    }

    private let rate: Rate
    private let keysMax: Int
    private var fullAt: [Bucket: Instant] = [:]
    private var nextSweep: Instant?

    static var sharedBucketCount: Int { 64 }
    /// Looking for buckets that are full again goes through all of them, so not for each key that finds no place.
    private static var sweepInterval: Duration { .seconds(1) }

    /// - Parameter keysMax: how many keys have a bucket of their own.
    package init(_ rate: Rate, keysMax: Int) {
        self.rate = rate
        self.keysMax = keysMax
    }

    /// How many buckets there are at present; at most `keysMax`, and the shared ones.
    package var count: Int { fullAt.count }

    /// Takes a token, if there is one.
    ///
    /// - Returns: how long to wait for the next one; `nil` if there was one. Asking in vain costs nothing.
    package mutating func take(_ key: Key, at now: Instant) -> Duration? {
        let bucket = bucket(of: key, at: now)
        let fullAgain = max(fullAt[bucket] ?? now, now) + rate.interval
        let wait = now.duration(to: fullAgain) - rate.interval * rate.burst
        guard wait <= .zero else { return wait }
        fullAt[bucket] = fullAgain
        return nil
    }

    /// Puts a token back that turned out not to be due. What was taken from a shared bucket stays taken.
    package mutating func giveBack(_ key: Key) {
        guard let fullAgain = fullAt[.own(key)] else { return }
        fullAt[.own(key)] = fullAgain - rate.interval
    }

    private mutating func bucket(of key: Key, at now: Instant) -> Bucket {
        if fullAt[.own(key)] != nil { return .own(key) }
        if fullAt.count >= keysMax && (nextSweep ?? now) <= now {
            fullAt = fullAt.filter { $0.value > now }
            nextSweep = now + Self.sweepInterval
        }
        return fullAt.count < keysMax
            ? .own(key) : .shared(Int(UInt(bitPattern: key.hashValue) % UInt(Self.sharedBucketCount)))
    }
}

extension HTTPStatus {
    /// RFC 6585 §4.
    package static let tooManyRequests = HTTPStatus(code: 429, reason: "Too Many Requests")
}

extension HTTPResponse.Field {
    /// `Retry-After` in whole seconds (RFC 9110 §10.2.3), rounded up: whoever keeps to it is not too early.
    package static func retryAfter(_ wait: Duration) -> Self {
        Self("Retry-After", "\(max(1, Int((wait / .seconds(1)).rounded(.up))))")
    }
}
