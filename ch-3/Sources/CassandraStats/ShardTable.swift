internal import CQL
internal import CZlib

/// The rows of one shard in Cassandra: how they are read and written, not when.
///
/// All that is small is one partition of the table `shard`, so one batch changes it atomically: the checkpoint, with its
/// position in the stream, and the sites. Users are many, and have a table of their own with 16 partitions for each shard.
struct ShardTable: Sendable {
    /// For ever: a user must stay in the bucket it is in.
    static let bucketCount = 16
    /// Of one bucket, and about 10 KB: larger batches are not faster, and smaller ones are slower.
    static let batchRowCount = 250
    static let batchesInFlightMax = 16

    private enum Kind: String {
        case serverURL = "server_url"
        case serverName = "server_name"
    }

    private let session: CQLSession
    private let shard: CQLValue
    private let selectCheckpoint, selectSites, selectUsers: CQLStatement
    private let updateCheckpoint, updateSite, updateUser: CQLStatement

    /// Makes the tables if they are not there.
    init(_ schema: Schema, shard: String, session: CQLSession) async throws {
        do {
            try await self.init(prepare: schema, shard: shard, session: session)
        } catch let CQLError.server(error) where error.kind == .invalid {
            for statement in schema.statements { _ = try await session.query(statement) }
            try await self.init(prepare: schema, shard: shard, session: session)
        }
    }

    private init(prepare schema: Schema, shard: String, session: CQLSession) async throws {
        let (shards, users) = ("\(schema.keyspace).shard", "\(schema.keyspace).user_count")
        self.session = session
        self.shard = .text(shard)
        selectCheckpoint = try await session.prepare(
            "SELECT DISTINCT shard, version, messages, bots, users, position FROM \(shards) WHERE shard = ?")
        selectSites = try await session.prepare("SELECT kind, name, count FROM \(shards) WHERE shard = ?")
        selectUsers = try await session.prepare(
            "SELECT name, count, version FROM \(users) WHERE shard = ? AND bucket = ?")
        updateCheckpoint = try await session.prepare(
            """
            UPDATE \(shards) USING TIMESTAMP ? SET version = ?, messages = ?, bots = ?, users = ?, position = ?
            WHERE shard = ?
            """)
        updateSite = try await session.prepare(
            "UPDATE \(shards) USING TIMESTAMP ? SET count = ?, row_version = ? WHERE shard = ? AND kind = ? AND name = ?"
        )
        updateUser = try await session.prepare(
            "UPDATE \(users) USING TIMESTAMP ? SET count = ?, version = ? WHERE shard = ? AND bucket = ? AND name = ?")
    }

    // MARK: Reading

    /// What is stored, and the connection over which that was read.
    struct Stored {
        let counts: ShardCounts
        /// Empty where nothing has been stored.
        let position: [UInt8]
        let epoch: Int
    }

    /// The version of the stored checkpoint, 0 if there is none, and the connection over which it was read.
    func storedVersion() async throws -> (version: Int, epoch: Int) {
        let result = try await session.execute(selectCheckpoint, [shard])
        return (try result.rows.first.map(Self.checkpoint)?.version ?? 0, result.epoch)
    }

    /// Reads the shard: first the checkpoint, and after it the rows, so that these are never behind it.
    ///
    /// The sites are of the same version as the checkpoint: if another process has written in between, all is read again.
    func read() async throws -> Stored {
        while true {
            let result = try await session.execute(selectCheckpoint, [shard])
            let checkpoint = try result.rows.first.map(Self.checkpoint) ?? ShardCheckpoint()
            let position = try result.rows.first?.blob(5) ?? []
            var sites: [Kind: [String: Int]] = [:]
            for try await page in session.pages(selectSites, [shard], in: result.epoch) {
                // A partition without rows answers with one that has nothing but its static columns.
                for row in page where !row.isNull(0) {
                    if let kind = Kind(rawValue: try row.text(0)) {
                        sites[kind, default: [:]][try row.text(1)] = Int(try row.bigint(2))
                    }
                }
            }
            let again = try await session.execute(selectCheckpoint, [shard], in: result.epoch)
            guard try again.rows.first.map(Self.checkpoint) ?? ShardCheckpoint() == checkpoint else { continue }

            var counts = ShardCounts(
                at: checkpoint, byServerURL: sites[.serverURL, default: [:]],
                byServerName: sites[.serverName, default: [:]])
            for bucket in 0..<Self.bucketCount {
                for try await page in session.pages(selectUsers, [shard, .smallint(Int16(bucket))], in: result.epoch) {
                    for row in page {
                        counts.add(
                            user: try row.text(0), count: Int(try row.bigint(1)), version: Int(try row.bigint(2)))
                    }
                }
            }
            return Stored(counts: counts, position: position, epoch: result.epoch)
        }
    }

    private static func checkpoint(_ row: CQLRow) throws -> ShardCheckpoint {
        ShardCheckpoint(
            version: Int(try row.bigint(1)), messages: Int(try row.bigint(2)), bots: Int(try row.bigint(3)),
            users: Int(try row.bigint(4)))
    }

    // MARK: Writing

    /// Writes the users, and when all of these are acknowledged, in one batch, the checkpoint and the sites.
    ///
    /// - Parameter epoch: the connection to write over, or to fail.
    func write(_ changes: ShardChanges, position: [UInt8], in epoch: Int) async throws {
        let version = CQLValue.bigint(Int64(changes.checkpoint.version))
        try await writeUsers(changes.users, version: version, in: epoch)

        var batch = CQLBatch()
        for (kind, rows) in [(Kind.serverURL, changes.serverURLs), (.serverName, changes.serverNames)] {
            for row in rows {
                batch.add(
                    updateSite,
                    [version, .bigint(Int64(row.count)), version, shard, .text(kind.rawValue), .text(row.name)])
            }
        }
        batch.add(
            updateCheckpoint,
            [
                version, version, .bigint(Int64(changes.checkpoint.messages)), .bigint(Int64(changes.checkpoint.bots)),
                .bigint(Int64(changes.checkpoint.users)), .blob(position), shard,
            ])
        _ = try await session.execute(batch, in: epoch)
    }

    private func writeUsers(_ users: [ShardChanges.Row], version: CQLValue, in epoch: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var batchCount = 0
            for (bucket, users) in Dictionary(grouping: users, by: { Self.bucket(of: $0.name) }) {
                for start in stride(from: 0, to: users.count, by: Self.batchRowCount) {
                    var batch = CQLBatch()
                    for user in users[start..<min(start + Self.batchRowCount, users.count)] {
                        batch.add(
                            updateUser,
                            [version, .bigint(Int64(user.count)), version, shard, .smallint(bucket), .text(user.name)])
                    }
                    if batchCount >= Self.batchesInFlightMax { try await group.next() }
                    batchCount += 1
                    group.addTask { [session, batch] in _ = try await session.execute(batch, in: epoch) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// `crc32(name) % 16`, with the CRC of zlib.
    static func bucket(of user: String) -> Int16 {
        var user = user
        let checksum = user.withUTF8 { crc32(0, $0.baseAddress, uInt($0.count)) }
        return Int16(checksum % UInt(bucketCount))
    }
}
