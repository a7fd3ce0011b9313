import CQL
import Configuration
import Foundation
import TestSupport
import Testing

/// The session and a real server: `TEST_CASSANDRA` names it, as host:port.
@Suite(
    .enabled(
        if: Cassandra.isConfigured,
        "set TEST_CASSANDRA to host:port of a Cassandra; scripts/test --help tells how to get one"),
    .timeLimit(.minutes(3)))
struct CassandraTests {
    @Test func theLaterTimestampWinsInWhateverOrderTheyCome() async throws {
        try await Cassandra.withKeyspace { session, keyspace in
            _ = try await session.query(
                "CREATE TABLE \(keyspace).fact (k text PRIMARY KEY, n bigint, s smallint, i int, x blob)")
            let update = try await session.prepare(
                "UPDATE \(keyspace).fact USING TIMESTAMP ? SET n = ?, s = ?, i = ?, x = ? WHERE k = ?")
            for version: Int64 in [5, 9, 7] {
                let values: [CQLValue] = [
                    .bigint(version), .bigint(version), .smallint(Int16(version)),
                    .int(Int32(version)),
                    .blob([UInt8(version)]), .text("Ключ"),
                ]
                _ = try await session.execute(update, values)
            }
            let select = try await session.prepare(
                "SELECT n, s, i, x, k, writetime(n) FROM \(keyspace).fact WHERE k = ?")
            let rows = try await session.execute(select, [.text("Ключ")]).rows
            let row = try #require(rows.first)
            #expect(rows.count == 1)
            #expect(try row.bigint(0) == 9 && row.smallint(1) == 9 && row.int(2) == 9 && row.blob(3) == [9])
            #expect(try row.text(4) == "Ключ" && row.bigint(5) == 9)
            #expect(try await session.execute(select, [.text("nobody")]).rows.isEmpty)
        }
    }

    @Test func batchesAreWrittenAndPagesRead() async throws {
        try await Cassandra.withKeyspace { session, keyspace in
            let table = "\(keyspace).user_count"
            _ = try await session.query(
                "CREATE TABLE \(table) (bucket smallint, name text, count bigint, total bigint static, PRIMARY KEY (bucket, name))"
            )
            let update = try await session.prepare(
                "UPDATE \(table) USING TIMESTAMP ? SET count = ? WHERE bucket = ? AND name = ?")
            let total = try await session.prepare("UPDATE \(table) USING TIMESTAMP ? SET total = ? WHERE bucket = ?")
            try await withThrowingTaskGroup { group in
                for part in 0..<20 {
                    group.addTask {
                        var batch = CQLBatch()
                        batch.add(total, [.bigint(Int64(part)), .bigint(Int64(part)), .smallint(1)])
                        for number in 0..<250 {
                            let count = Int64(part * 250 + number)
                            batch.add(update, [.bigint(1), .bigint(count), .smallint(1), .text("user \(count)")])
                        }
                        _ = try await session.execute(batch)
                    }
                }
                try await group.waitForAll()
            }

            let select = try await session.prepare("SELECT name, count, total FROM \(table) WHERE bucket = ?")
            var counts: Set<Int64> = []
            var pageCount = 0
            for try await page in session.pages(select, [.smallint(1)], rowsPerPage: 700) {
                pageCount += 1
                for row in page {
                    let count = try row.bigint(1)
                    #expect(try row.text(0) == "user \(count)")
                    #expect(try row.bigint(2) == 19)
                    counts.insert(count)
                }
            }
            #expect(counts == Set(0..<5000))
            #expect(pageCount >= 5000 / 700)
            #expect(try await session.execute(select, [.smallint(2)]).rows.isEmpty)
        }
    }

    @Test func aTableThatAnotherSessionHasMadeAnewNeedsNothingOfTheCaller() async throws {
        try await Cassandra.withKeyspace { session, keyspace in
            let create = "CREATE TABLE \(keyspace).t (k text PRIMARY KEY, n bigint)"
            _ = try await session.query(create)
            let update = try await session.prepare("UPDATE \(keyspace).t SET n = ? WHERE k = ?")
            let select = try await session.prepare("SELECT * FROM \(keyspace).t WHERE k = ?")
            _ = try await session.execute(update, [.bigint(1), .text("a")])

            try await withSession(Cassandra.settings()) { other in
                _ = try await other.query("DROP TABLE \(keyspace).t")
                _ = try await other.query(create)
            }
            _ = try await session.execute(update, [.bigint(2), .text("a")])
            #expect(try await session.execute(select, [.text("a")]).rows.first?.bigint(1) == 2)

            // With another column, the rows of `SELECT *` have one more, and say so.
            try await withSession(Cassandra.settings()) { other in
                _ = try await other.query("ALTER TABLE \(keyspace).t ADD a text")
            }
            let rows = try await session.execute(select, [.text("a")]).rows
            #expect(rows.columns.map(\.name) == ["k", "a", "n"])
            #expect(rows.first?.isNull(1) == true)
            #expect(try rows.first?.bigint(2) == 2)

            var batch = CQLBatch()
            for number in 0..<3 { batch.add(update, [.bigint(3), .text("\(number)")]) }
            _ = try await session.execute(batch)
        }
    }

    @Test func whatIsWrongIsSaidAndIsNotToBeRepeated() async throws {
        try await Cassandra.withKeyspace { session, keyspace in
            let replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
            for (text, kind) in [
                ("SELEKT", .syntaxError), ("SELECT * FROM \(keyspace).missing", .invalid),
                ("CREATE KEYSPACE \(keyspace) WITH replication = \(replication)", .alreadyExists),
            ] as [(String, ServerError.Kind)] {
                let error = await failure { try await session.query(text) }
                guard case .server(let answer) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(answer.kind == kind, "\(answer)")
                #expect(error?.remedy == .giveUp)
            }
            let error = await failure {
                try await session.query("SELECT release_version FROM system_schema.keyspaces LIMIT 1")
            }
            #expect(error?.remedy == .giveUp)
        }
    }

    @Test func aConsistencyLevelThatCannotBeHadIsWorthAnotherAttempt() async throws {
        try await Cassandra.withKeyspace(replicationFactor: 2) { session, keyspace in
            _ = try await session.query("CREATE TABLE \(keyspace).t (k text PRIMARY KEY, n bigint)")
            let update = try await session.prepare("UPDATE \(keyspace).t SET n = ? WHERE k = ?")
            let error = await failure {
                try await session.execute(update, [.bigint(1), .text("a")], consistency: .all)
            }
            #expect(error?.remedy == .retry)
            guard case .server(let answer) = error, answer.kind == .unavailable else {
                Issue.record("\(String(describing: error))")
                return
            }
            _ = try await session.execute(update, [.bigint(1), .text("a")], consistency: .one)
        }
    }
}

/// The same where a user and a password are wanted: `TEST_CASSANDRA_AUTH` names that server, whose superuser is
/// cassandra with the password cassandra, as in a new cluster.
@Suite(
    .enabled(
        if: Cassandra.isConfiguredWithSignIn,
        "set TEST_CASSANDRA_AUTH to host:port of a Cassandra with sign-in; scripts/test --help tells how to get one"),
    .timeLimit(.minutes(1)))
struct CassandraSignInTests {
    @Test func userAndPasswordLetOneIn() async throws {
        let credentials = CQLCredentials(username: "cassandra", password: Secret("cassandra"))
        try await withSession(Cassandra.settingsWithSignIn(credentials)) { session in
            let answer = try await session.query("SELECT release_version FROM system.local")
            #expect(answer.rows.count == 1)
        }
    }

    @Test func aWrongPasswordDoesNot() async throws {
        let log = RecordedLog()
        let credentials = CQLCredentials(username: "cassandra", password: Secret("s3cr3t"))
        try await withSession(Cassandra.settingsWithSignIn(credentials), log: log) { session in
            let error = await failure { try await session.query("SELECT release_version FROM system.local") }
            guard case .server(let answer) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(answer.kind == .badCredentials)
            #expect(error?.remedy == .giveUp)
            #expect(!"\(answer)".contains("s3cr3t"))
        }
        #expect(!log.contains("s3cr3t"))
    }

    @Test func noPasswordNeitherAndItIsSaid() async throws {
        try await withSession(Cassandra.settingsWithSignIn(nil)) { session in
            let error = await failure { try await session.query("SELECT release_version FROM system.local") }
            guard case .credentialsNeeded = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}

/// The servers that the environment names.
enum Cassandra {
    static let isConfigured = point != nil || areRequired
    static let isConfiguredWithSignIn = pointWithSignIn != nil || areRequired

    private static let point = ProcessInfo.processInfo.environment["TEST_CASSANDRA"].flatMap { ContactPoint($0) }
    private static let pointWithSignIn = ProcessInfo.processInfo.environment["TEST_CASSANDRA_AUTH"]
        .flatMap { ContactPoint($0) }
    /// Where everything has to be tested, a test without its server fails.
    private static let areRequired = ProcessInfo.processInfo.environment["REQUIRE_SERVERS"] == "1"

    static func settings() throws -> CQLSession.Settings {
        CQLSession.Settings(contactPoints: [try #require(point, "TEST_CASSANDRA is not host:port")])
    }

    static func settingsWithSignIn(_ credentials: CQLCredentials?) throws -> CQLSession.Settings {
        CQLSession.Settings(
            contactPoints: [try #require(pointWithSignIn, "TEST_CASSANDRA_AUTH is not host:port")],
            credentials: credentials)
    }

    /// Gives the test a keyspace of its own, and removes it.
    static func withKeyspace(
        replicationFactor: Int = 1, _ body: (CQLSession, String) async throws -> Void
    ) async throws {
        let keyspace = "test_\(UUID().uuidString.filter { $0 != "-" }.lowercased())"
        try await withSession(settings()) { session in
            _ = try await session.query(
                """
                CREATE KEYSPACE \(keyspace)
                WITH replication = {'class': 'SimpleStrategy', 'replication_factor': \(replicationFactor)}
                """)
            do {
                try await body(session, keyspace)
            } catch {
                _ = try? await session.query("DROP KEYSPACE \(keyspace)")
                throw error
            }
            _ = try await session.query("DROP KEYSPACE \(keyspace)")
        }
    }
}
