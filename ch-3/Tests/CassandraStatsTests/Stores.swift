import CQL
import CassandraModel
import Logging
import ScriptedCassandra
import Stats
import TestSupport
import Testing
import Wikimedia

@testable import CassandraStats

extension CassandraStatsStore.Settings {
    /// In a hurry, unless told otherwise.
    static func test(
        flushInterval: Duration = .milliseconds(1), flushRowCount: Int = 10_000, unwrittenRowsMax: Int = 50_000,
        lastFlushTimeout: Duration = .seconds(60), shard: String = "stream"
    ) -> CassandraStatsStore.Settings {
        var settings = CassandraStatsStore.Settings()
        settings.schema = Schema(keyspace: "test")
        settings.shard = shard
        settings.flushInterval = flushInterval
        settings.flushRowCount = flushRowCount
        settings.unwrittenRowsMax = unwrittenRowsMax
        settings.retryDelayMax = .milliseconds(1)
        settings.lastFlushTimeout = lastFlushTimeout
        return settings
    }
}

extension Duration {
    /// So long that it is never over in a test.
    static let never = seconds(3600)
}

/// A process that counts into these tables: runs a session and a store until the body returns, and then stops them.
///
/// - Parameter isKilled: it ends without having written what is left.
func withStore<Success>(
    _ model: CassandraModel, _ settings: CassandraStatsStore.Settings = .test(), log: RecordedLog = RecordedLog(),
    isKilled: Bool = false, _ body: (CassandraStatsStore, ScriptedCassandra) async throws -> Success
) async throws -> Success {
    let server = model.makeServer()
    defer { server.stop() }
    return try await withStore(
        [ContactPoint(host: "127.0.0.1", port: server.port)], settings, log: log, isKilled: isKilled
    ) { store in
        try await body(store, server)
    }
}

func withStore<Success>(
    _ contactPoints: [ContactPoint], _ settings: CassandraStatsStore.Settings, log: RecordedLog = RecordedLog(),
    isKilled: Bool = false, _ body: (CassandraStatsStore) async throws -> Success
) async throws -> Success {
    var sessionSettings = CQLSession.Settings(contactPoints: contactPoints)
    // A server that does not answer is given up by the store, or not at all.
    sessionSettings.requestTimeout = .never
    sessionSettings.reconnectDelayBase = .milliseconds(1)
    sessionSettings.reconnectDelayMax = .milliseconds(10)
    let logger = Logger(level: .debug, destination: log)
    let session = CQLSession(sessionSettings, logger: logger)
    let store = CassandraStatsStore(session: session, settings: settings, logger: logger)
    let connected = Task { await session.run() }
    let writing = Task { await store.run() }
    let result: Result<Success, any Error>
    do { result = .success(try await body(store)) } catch { result = .failure(error) }
    if isKilled {
        connected.cancel()
        writing.cancel()
    }
    store.stop()
    await writing.value
    session.stop()
    await connected.value
    return try result.get()
}

extension CassandraStatsStore {
    /// Records what follows what has been recorded, up to a position of the log.
    func record(_ changes: [RecentChange], upTo end: Int? = nil) async throws {
        for number in try snapshot().messages..<(end ?? changes.count) {
            try await record(changes[number], at: RecentChange.positions(number + 1))
        }
    }

    /// Counts a log as the follower does, until it is written to its end.
    func follow(_ changes: [RecentChange], into model: CassandraModel) async throws {
        _ = try await resume()
        try await record(changes)
        try await writeAll(changes.count, into: model)
    }

    /// Returns when so many changes are written.
    func writeAll(_ count: Int, into model: CassandraModel) async throws {
        let isWritten = try await eventually {
            try Task.checkCancellation()
            return model.checkpoint().version >= count
        }
        try #require(isWritten)
    }
}
