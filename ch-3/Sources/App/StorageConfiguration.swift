internal import CQL
internal import CassandraStats
package import Configuration
internal import Lifecycle
internal import Logging
internal import Metrics
internal import Stats

/// Where counts are kept: `STORAGE`, and what belongs to it.
package struct StorageConfiguration: Sendable {
    package enum Storage: String, Sendable, CaseIterable {
        case memory
        case cassandra
    }

    package let storage: Storage
    let contactPoints: [ContactPoint]
    let credentials: CQLCredentials?
    let schema: Schema
    let flushInterval: Duration

    /// - Throws: for the first key whose value cannot be used, also of those that matter for another storage.
    package init(environment: [String: String]) throws(ConfigurationError) {
        storage = try Keys.storage.value(in: environment)
        let points = try Keys.contactPoints.value(in: environment)
        contactPoints = try Self.contactPoints(points, or: Keys.contactPoints.error(points))
        schema = Schema(keyspace: try Keys.keyspace.value(in: environment))
        flushInterval = .milliseconds(try Keys.flushIntervalMilliseconds.value(in: environment))
        let username = try Keys.username.value(in: environment).text
        let password = try Keys.password.value(in: environment)
        switch (username, password) {
        case (nil, nil): credentials = nil
        case (let username?, let password?): credentials = CQLCredentials(username: username, password: password)
        case (nil, _):
            throw ConfigurationError(
                key: Keys.username.name, value: "", expected: "the user whose password \(Keys.password.name) is")
        case (_, nil):
            throw ConfigurationError(
                key: Keys.password.name, value: "", expected: "the password of the user in \(Keys.username.name)")
        }
    }

    private static func contactPoints(
        _ text: String, or error: ConfigurationError
    ) throws(ConfigurationError) -> [ContactPoint] {
        var points: [ContactPoint] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let point = ContactPoint(part.trimmingPrefix { $0 == " " }) else { throw error }
            points.append(point)
        }
        return points
    }

    /// The keys as `--help` lists them.
    static let help = [
        Keys.storage.help,
        Keys.contactPoints.help,
        Keys.keyspace.help,
        Keys.username.help,
        Keys.password.help,
        Keys.flushIntervalMilliseconds.help,
    ].joined(separator: "\n")

    private enum Keys {
        static let storage = ConfigurationKey.choice(
            "STORAGE", default: Storage.memory, summary: "where counts are kept: memory or cassandra")
        static let contactPoints = ConfigurationKey(
            "CASSANDRA_CONTACT_POINTS", default: "127.0.0.1:9042",
            expected: "one host or host:port, or several with commas between them",
            summary: "nodes of the cluster that are asked first", parse: { $0 })
        static let keyspace = ConfigurationKey(
            "CASSANDRA_KEYSPACE", default: Schema.defaultKeyspace,
            expected: "up to 48 lower-case letters, digits and underscores, beginning with a letter",
            summary: "where its tables are, or are made", parse: { Schema.isKeyspace($0) ? $0 : nil })
        static let username = ConfigurationKey.optionalText(
            "CASSANDRA_USERNAME", otherwise: "no sign-in", summary: "who signs in to Cassandra")
        static let password = SecretKey(
            "CASSANDRA_PASSWORD", summary: "the password of that user", otherwise: "no sign-in")
        static let flushIntervalMilliseconds = ConfigurationKey.integer(
            "FLUSH_INTERVAL_MS", default: 1000, in: 10...3_600_000, summary: "how often counts are written to Cassandra"
        )
    }
}

extension StorageConfiguration {
    /// A store, and the services that it consists of, in the order in which they are started.
    ///
    /// - Parameter shutdownTimeout: for all of the program; half of it is for what is left to write.
    func makeStore(
        measuredBy metrics: inout Metrics, shutdownTimeout: Duration, logger: Logger
    ) -> (store: any StatsStore, services: [any Service]) {
        switch storage {
        case .memory:
            return (InMemoryStatsStore(), [])
        case .cassandra:
            let session = CQLSession(
                CQLSession.Settings(contactPoints: contactPoints, credentials: credentials), logger: logger)
            var settings = CassandraStatsStore.Settings()
            settings.schema = schema
            settings.flushInterval = flushInterval
            settings.lastFlushTimeout = min(settings.lastFlushTimeout, shutdownTimeout / 2)
            let store = CassandraStatsStore(session: session, settings: settings, logger: logger)
            metrics.addStore(store, session)
            return (store, [session, store])
        }
    }
}
