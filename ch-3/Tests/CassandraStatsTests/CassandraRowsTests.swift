import CQL
import Foundation
import Logging
import Stats
import TestSupport
import Testing
import Wikimedia

@testable import CassandraStats
@testable import Wikimedia

/// What a real Cassandra has in its tables, read by plain CQL: `TEST_CASSANDRA` names it, as host:port.
@Suite(
    .enabled(if: CassandraNode.isWanted, "set TEST_CASSANDRA to host:port of a server without sign-in"),
    .timeLimit(.minutes(3)), .serialized)
struct CassandraRowsTests {
    @Test func theRowsAreTheSumsAndTheirTimestampsAreTheirVersions() async throws {
        try await CassandraNode.withKeyspace { point, keyspace, session in
            var random = SeededGenerator(seed: 7)
            let sums = LogSums(RecentChange.log(count: 5000, userCount: 2000, siteCount: 300, &random))
            var settings = CassandraStatsStore.Settings.test(flushInterval: .milliseconds(20))
            settings.schema = Schema(keyspace: keyspace)
            for end in [2000, 5000] {
                try await withStore([point], settings) { store in
                    _ = try await store.resume()
                    #expect(try store.snapshot().messages == (end == 2000 ? 0 : 2000))
                    try await store.record(sums.changes, upTo: end)
                }
            }

            try await Self.expectUsers(sums, keyspace, session)
            try await Self.expectSites(sums, keyspace, session)

            try await withStore([point], settings) { store in
                _ = try await store.resume()
                #expect(try store.snapshot() == sums.snapshot(5000))
            }
        }
    }

    private static func expectUsers(_ sums: LogSums, _ keyspace: String, _ session: CQLSession) async throws {
        var names: Set<String> = []
        let text = "SELECT bucket, name, count, version, writetime(count) FROM \(keyspace).user_count"
        for row in try await session.query(text).rows {
            let name = try row.text(1)
            names.insert(name)
            #expect(try row.smallint(0) == ShardTable.bucket(of: name))
            #expect(try row.bigint(2) == sums.count(ofUser: name, in: 5000))
            // The last flush that has touched the user.
            #expect(try Int(row.bigint(3)) >= sums.lastPositions(in: 5000)[name] ?? .max)
            #expect(try row.bigint(4) == row.bigint(3))
        }
        #expect(names == Set(sums.changes.map(\.user)))
    }

    private static func expectSites(_ sums: LogSums, _ keyspace: String, _ session: CQLSession) async throws {
        var found: [String: [String: Int]] = [:]
        let text = """
            SELECT kind, name, count, row_version, writetime(count), version, writetime(version), messages, bots, users,
            position FROM \(keyspace).shard WHERE shard = 'stream'
            """
        for row in try await session.query(text).rows {
            found[try row.text(0), default: [:]][try row.text(1)] = Int(try row.bigint(2))
            #expect(try row.bigint(4) == row.bigint(3))
            let checkpoint = ShardCheckpoint(
                version: Int(try row.bigint(5)), messages: Int(try row.bigint(7)), bots: Int(try row.bigint(8)),
                users: Int(try row.bigint(9)))
            #expect(try row.bigint(6) == 5000 && checkpoint == sums.checkpoint(5000))
            let position = try StreamPosition(encoded: row.blob(10))
            #expect(
                position.histories[RecentChange.topic]?.ring.entriesInOrder.last?.id == sums.changes[4999].identity.id)
        }
        #expect(found["server_name"] == sums.snapshot(5000).byServerName)
        #expect(found["server_url"] == sums.snapshot(5000).byServerURL)
    }

    /// Names that are long, empty or strange are kept as they are.
    @Test func namesOfAllKindsAreKept() async throws {
        try await CassandraNode.withKeyspace { point, keyspace, _ in
            var settings = CassandraStatsStore.Settings.test(flushInterval: .milliseconds(20))
            settings.schema = Schema(keyspace: keyspace)
            let names = ["", " ", "'; DROP TABLE x; --", "a\0b", "🧀", String(repeating: "ä", count: 512), "Мира"]
            let changes = names.enumerated().map { RecentChange.make($0 + 1, user: $1, site: $1) }
            let sums = LogSums(changes)
            for _ in 0..<2 {
                try await withStore([point], settings) { store in
                    _ = try await store.resume()
                    try await store.record(changes)
                    #expect(try store.snapshot() == sums.snapshot(names.count))
                }
            }
        }
    }
}

/// The server that the environment names.
enum CassandraNode {
    static let isWanted = name != nil || ProcessInfo.processInfo.environment["REQUIRE_SERVERS"] == "1"

    private static let name = ProcessInfo.processInfo.environment["TEST_CASSANDRA"]

    /// Gives the test a keyspace of its own, which the store is to make, and removes it.
    static func withKeyspace(_ body: (ContactPoint, String, CQLSession) async throws -> Void) async throws {
        let point = try #require(name.flatMap { ContactPoint($0) }, "TEST_CASSANDRA is not host:port")
        let keyspace = "test_\(UUID().uuidString.filter { $0 != "-" }.lowercased())"
        let session = CQLSession(
            CQLSession.Settings(contactPoints: [point]), logger: Logger(destination: RecordedLog()))
        async let connected: Void = session.run()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(point, keyspace, session))
        } catch {
            result = .failure(error)
        }
        _ = try? await session.query("DROP KEYSPACE IF EXISTS \(keyspace)")
        session.stop()
        await connected
        try result.get()
    }
}
