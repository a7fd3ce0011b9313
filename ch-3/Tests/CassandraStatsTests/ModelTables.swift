import Stats
import Wikimedia

@testable import CassandraStats

/// The tables as Cassandra keeps them: of two writes to a row the one with the larger timestamp stays; and, on demand, the
/// last ones that were acknowledged are forgotten.
struct ModelTables {
    struct Row: Equatable {
        var count: Int
        var version: Int
    }

    enum Write {
        case user(ShardChanges.Row, version: Int)
        /// The checkpoint and the sites: one batch on one partition, so all of it or nothing.
        case small(ShardChanges)
    }

    private(set) var users: [String: Row] = [:]
    private(set) var serverURLs: [String: Row] = [:]
    private(set) var serverNames: [String: Row] = [:]
    private(set) var checkpoint = ShardCheckpoint()
    private var log: [Write] = []

    mutating func apply(_ write: Write) {
        log.append(write)
        switch write {
        case .user(let row, let version):
            Self.write(row, version, to: &users)
        case .small(let changes):
            let version = changes.checkpoint.version
            for row in changes.serverURLs { Self.write(row, version, to: &serverURLs) }
            for row in changes.serverNames { Self.write(row, version, to: &serverNames) }
            if version > checkpoint.version { checkpoint = changes.checkpoint }
        }
    }

    /// With equal timestamps Cassandra keeps the larger value, of each cell.
    private static func write(_ row: ShardChanges.Row, _ version: Int, to rows: inout [String: Row]) {
        let old = rows[row.name] ?? Row(count: 0, version: 0)
        if version >= old.version {
            let count = version == old.version ? max(row.count, old.count) : row.count
            rows[row.name] = Row(count: count, version: version)
        }
    }

    mutating func forget(last count: Int) {
        let rest = log.dropLast(count)
        self = ModelTables()
        for write in rest { apply(write) }
    }

    /// What a process that starts finds: the checkpoint, then the rows.
    func load() -> ShardCounts {
        var counts = ShardCounts(
            at: checkpoint, byServerURL: serverURLs.mapValues(\.count), byServerName: serverNames.mapValues(\.count))
        for (user, row) in users { counts.add(user: user, count: row.count, version: row.version) }
        return counts
    }

    /// What is promised of the tables at every moment, whoever has written them.
    ///
    /// - Returns: what is not as it should be.
    func faults(_ sums: LogSums) -> [String] {
        var faults: [String] = []
        // F: a row is a fact about the beginning of the log that its version names.
        for (user, row) in users where row.count != sums.count(ofUser: user, in: row.version) {
            faults.append("\(user) has \(row)")
        }
        // The small rows and the checkpoint are of one moment.
        let snapshot = sums.snapshot(checkpoint.version)
        if checkpoint != sums.checkpoint(checkpoint.version) { faults.append("\(checkpoint)") }
        if serverNames.mapValues(\.count) != snapshot.byServerName { faults.append("\(serverNames) at \(checkpoint)") }
        if serverURLs.mapValues(\.count) != snapshot.byServerURL { faults.append("\(serverURLs) at \(checkpoint)") }
        // C: a checkpoint says that each row which its beginning touches is there, and not older than the last touch.
        for (user, last) in sums.lastPositions(in: checkpoint.version) where users[user]?.version ?? 0 < last {
            faults.append(
                "\(user) is at \(users[user]?.version ?? 0), touched at \(last), checkpoint \(checkpoint.version)")
        }
        return faults
    }
}
