extension CQLSession {
    package struct Settings: Sendable {
        /// Asked in this order, one at a time. More than one, so that the cluster is found while one of them is away.
        package var contactPoints: [ContactPoint]
        package var credentials: CQLCredentials?
        /// From the name of the host to the end of the sign-in, for each contact point.
        package var connectTimeout = Duration.seconds(5)
        /// For the answer to a request, from its sending. Cassandra itself gives up after 2 to 10 s, and says so.
        package var requestTimeout = Duration.seconds(15)
        /// Requests without an answer yet; those that come beyond wait for their turn.
        package var requestsInFlightMax = 128
        /// A message, either way. The protocol allows 256 MB, Cassandra's default is 16 MiB.
        package var frameBytesMax = 16 * 1024 * 1024
        /// The ceiling of the wait before the first attempt to reconnect; it doubles with each that fails.
        package var reconnectDelayBase = Duration.milliseconds(100)
        /// The ceiling of all waits.
        package var reconnectDelayMax = Duration.seconds(10)

        package init(contactPoints: [ContactPoint], credentials: CQLCredentials? = nil) {
            self.contactPoints = contactPoints
            self.credentials = credentials
        }

        /// Exponential backoff with full jitter: a server that comes back is not met by all its clients at once.
        ///
        /// - Parameter failureCount: rounds in a row in which no contact point could be used.
        func reconnectDelay(failureCount: Int, using generator: inout some RandomNumberGenerator) -> Duration {
            // 2^30 tenths of a second are three years; beyond, the product could overflow.
            let ceiling = min(reconnectDelayBase * (1 << min(failureCount, 30)), reconnectDelayMax)
            return ceiling * Double.random(in: 0..<1, using: &generator)
        }
    }
}
