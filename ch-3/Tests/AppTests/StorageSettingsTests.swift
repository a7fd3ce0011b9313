import CQL
import CassandraStats
import Configuration
import Testing

@testable import App

/// `STORAGE`, and the settings that belong to it.
struct StorageSettingsTests {
    @Test func theDefaultsAreTheDocumentedOnes() throws {
        let storage = try AppConfiguration(environment: [:]).storage

        #expect(storage.storage == .memory)
        #expect(storage.contactPoints == [ContactPoint(host: "127.0.0.1", port: 9042)])
        #expect(storage.credentials == nil)
        #expect(storage.schema.keyspace == "wiki_stats")
        #expect(storage.flushInterval == .seconds(1))
    }

    @Test func theEnvironmentSetsThem() throws {
        let storage = try AppConfiguration(environment: [
            "STORAGE": "cassandra", "CASSANDRA_CONTACT_POINTS": "a.example, b.example:9142,[::1]:9043",
            "CASSANDRA_KEYSPACE": "mine_2", "CASSANDRA_USERNAME": "mira", "CASSANDRA_PASSWORD": "s3cr3t",
            "FLUSH_INTERVAL_MS": "250",
        ]).storage

        #expect(storage.storage == .cassandra)
        #expect(
            storage.contactPoints == [
                ContactPoint(host: "a.example", port: 9042), ContactPoint(host: "b.example", port: 9142),
                ContactPoint(host: "::1", port: 9043),
            ])
        #expect(storage.schema.keyspace == "mine_2")
        #expect(storage.credentials?.username == "mira")
        #expect(storage.flushInterval == .milliseconds(250))
    }

    @Test(arguments: [
        ("STORAGE", "disk", "memory or cassandra"),
        ("STORAGE", "Cassandra", "memory or cassandra"),
        ("CASSANDRA_CONTACT_POINTS", "a:port", "one host or host:port, or several with commas between them"),
        ("CASSANDRA_CONTACT_POINTS", "a,,b", "one host or host:port, or several with commas between them"),
        ("CASSANDRA_CONTACT_POINTS", "a:0", "one host or host:port, or several with commas between them"),
        ("CASSANDRA_CONTACT_POINTS", "a:65536", "one host or host:port, or several with commas between them"),
        ("CASSANDRA_KEYSPACE", "wiki-stats", "up to 48 lower-case letters, digits and underscores"),
        ("CASSANDRA_KEYSPACE", "a; DROP KEYSPACE b", "up to 48 lower-case letters, digits and underscores"),
        ("FLUSH_INTERVAL_MS", "9", "10 to 3600000"),
        ("FLUSH_INTERVAL_MS", "1s", "10 to 3600000"),
    ])
    func anInvalidValueIsToldWithKeyValueAndRemedy(key: String, value: String, remedy: String) {
        let error = #expect(throws: ConfigurationError.self) { try AppConfiguration(environment: [key: value]) }

        #expect(error?.key == key && error?.value == value)
        #expect(error?.description.contains(remedy) == true, "\(error?.description ?? "")")
        #expect(error.map(ExitCode.init) == .usage)
    }

    @Test func userAndPasswordBelongTogether() {
        let error = #expect(throws: ConfigurationError.self) {
            try AppConfiguration(environment: ["CASSANDRA_PASSWORD": "s3cr3t"])
        }
        #expect(error?.key == "CASSANDRA_USERNAME")
        #expect(error?.description.contains("s3cr3t") == false)

        let missing = #expect(throws: ConfigurationError.self) {
            try AppConfiguration(environment: ["CASSANDRA_USERNAME": "mira"])
        }
        #expect(missing?.key == "CASSANDRA_PASSWORD")
        #expect(missing?.description.contains("CASSANDRA_USERNAME") == true)
    }

    @Test func thePasswordIsNotInWhatIsPrintedOfTheSettings() throws {
        let configuration = try AppConfiguration(environment: [
            "STORAGE": "cassandra", "CASSANDRA_USERNAME": "mira", "CASSANDRA_PASSWORD": "s3cr3t",
        ])
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("s3cr3t"))
        for text in ["\(configuration)", String(reflecting: configuration)] { #expect(!text.contains("s3cr3t")) }
    }

    @Test(arguments: [
        "STORAGE", "CASSANDRA_CONTACT_POINTS", "CASSANDRA_KEYSPACE", "CASSANDRA_USERNAME", "CASSANDRA_PASSWORD",
        "FLUSH_INTERVAL_MS",
    ])
    func everyKeyIsInTheHelp(key: String) {
        #expect(Command.usage.contains(key))
    }
}
