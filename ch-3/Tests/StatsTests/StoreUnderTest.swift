import CQL
import CassandraModel
import CassandraStats
import Foundation
import Logging
import ScriptedCassandra
import Stats
import TestSupport
import Testing

/// An implementation of ``StatsStore``, and how to make an empty one.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    typealias Body = (any StatsStore) async throws -> Void

    let testDescription: String
    /// Makes an empty store that is ready to count, for as long as the body runs.
    let withStore: @Sendable (_ body: Body) async throws -> Void

    static let all = [inMemory, inModelOfCassandra] + (realCassandra.map { [inCassandra($0)] } ?? [])

    private static let inMemory = StoreUnderTest(testDescription: "in memory") { body in
        let store = InMemoryStatsStore()
        _ = store.resume()
        try await body(store)
    }

    private static let inModelOfCassandra = StoreUnderTest(testDescription: "in a model of Cassandra") { body in
        let server = CassandraModel().makeServer()
        defer { server.stop() }
        try await withCassandraStore(at: ContactPoint(host: "127.0.0.1", port: server.port), shard: "stream", body)
    }

    // MARK: Cassandra

    private static let realCassandra = ProcessInfo.processInfo.environment["TEST_CASSANDRA"].flatMap {
        ContactPoint($0)
    }

    /// All tests share a keyspace, since to make one takes a second, and have a shard each.
    private static func inCassandra(_ point: ContactPoint) -> StoreUnderTest {
        StoreUnderTest(testDescription: "in Cassandra") { body in
            try await withCassandraStore(at: point, shard: UUID().uuidString, body)
        }
    }

    private static func withCassandraStore(at point: ContactPoint, shard: String, _ body: Body) async throws {
        let logger = Logger(destination: RecordedLog())
        let session = CQLSession(CQLSession.Settings(contactPoints: [point]), logger: logger)
        var settings = CassandraStatsStore.Settings()
        settings.schema = Schema(keyspace: "test_of_stats_store")
        settings.shard = shard
        settings.flushInterval = .milliseconds(10)
        let store = CassandraStatsStore(session: session, settings: settings, logger: logger)
        let running = Task {
            async let connected: Void = session.run()
            await store.run()
            session.stop()
            await connected
        }
        let result: Result<Void, any Error>
        do {
            _ = try await store.resume()
            result = .success(try await body(store))
        } catch {
            result = .failure(error)
        }
        store.stop()
        await running.value
        try result.get()
    }
}
