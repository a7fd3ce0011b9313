/// How long to wait before the next connection: exponential backoff with full jitter, and never less than the server wishes.
///
/// Jitter, because a server that comes back is met by all its readers at once. The ceiling doubles with every connection
/// that has brought no event, and each wait is a random part of it (AWS, "Exponential Backoff And Jitter").
///
/// Pure: time and chance are the caller's.
package struct ReconnectPolicy: Sendable {
    /// The ceiling of the first wait.
    package var delayBase = Duration.seconds(1)
    /// The ceiling of all waits.
    package var delayMax = Duration.seconds(60)
    /// As much as a server may ask for, by `retry` or `Retry-After`.
    package var serverDelayMax = Duration.seconds(300)

    /// What the stream has asked for by `retry`, the "reconnection time" of WHATWG HTML § 9.2.
    package var retryDelay: Duration?
    /// Connections in a row that have brought no event.
    package private(set) var failureCount = 0

    package init() {}

    /// - Parameter deliveredEvents: whether the connection that has ended brought any.
    /// - Returns: how long to wait before the next one; `nil` if there should be none.
    package mutating func delay(
        after end: ConnectionEnd, deliveredEvents: Bool, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        if end == .noContent { return nil }
        failureCount = deliveredEvents ? 0 : failureCount + 1
        // A stream that works and wants to be followed closely says so by a short `retry`.
        let base = deliveredEvents ? min(delayBase, retryDelay ?? delayBase) : delayBase
        // 2^30 seconds are 34 years; beyond, the product could overflow.
        let ceiling = min(base * (1 << min(max(0, failureCount - 1), 30)), delayMax)
        let jitter = Double.random(in: 0..<1, using: &generator)
        // The server's wish is a minimum and the jitter comes on top: without it all would come back at the same moment.
        return min(serverDelay(after: end), serverDelayMax) + ceiling * jitter
    }

    private func serverDelay(after end: ConnectionEnd) -> Duration {
        let streamsWish = retryDelay ?? .zero
        return switch end {
        case .status(429, let retryAfter?), .status(503, let retryAfter?): max(retryAfter, streamsWish)
        default: streamsWish
        }
    }
}
