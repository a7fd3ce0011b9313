import CassandraModel
import Locking
import Stats
import TestSupport
import Wikimedia

@testable import CassandraStats
@testable import Wikimedia

/// What the tables hold, read without the program's own reading.
extension CassandraTables {
    func checkpoint(_ shard: String = "stream", keyspace: String = "test") -> ShardCheckpoint {
        let statics = tables["\(keyspace).shard"]?.partitions[[Array(shard.utf8)]]?.statics ?? [:]
        let integer = { (name: String) in statics[name]?.value.integer ?? 0 }
        return ShardCheckpoint(
            version: integer("version"), messages: integer("messages"), bots: integer("bots"), users: integer("users"))
    }

    func position(_ shard: String = "stream") throws -> StreamPosition {
        let cell = tables["test.shard"]?.partitions[[Array(shard.utf8)]]?.statics["position"]
        return try cell.map { try StreamPosition(encoded: $0.value) } ?? StreamPosition()
    }

    /// By kind and name.
    func sites(_ shard: String = "stream") -> [String: [String: (count: Int, version: Int)]] {
        var sites: [String: [String: (count: Int, version: Int)]] = [:]
        for (key, cells) in tables["test.shard"]?.partitions[[Array(shard.utf8)]]?.rows ?? [:] {
            sites[key[0].text, default: [:]][key[1].text] = (
                cells["count"]?.value.integer ?? 0, cells["row_version"]?.value.integer ?? 0
            )
        }
        return sites
    }

    func users(_ shard: String = "stream") -> [String: (count: Int, version: Int)] {
        var users: [String: (count: Int, version: Int)] = [:]
        for (key, partition) in tables["test.user_count"]?.partitions ?? [:] where key[0] == Array(shard.utf8) {
            for (row, cells) in partition.rows {
                users[row[0].text] = (cells["count"]?.value.integer ?? 0, cells["version"]?.value.integer ?? 0)
            }
        }
        return users
    }

    /// What is promised of the tables at every moment: see `ModelTables.faults`. And the position is that of the checkpoint.
    func faults(_ sums: LogSums) -> [String] {
        var faults: [String] = []
        let checkpoint = checkpoint()
        let (users, sites) = (users(), sites())
        if checkpoint != sums.checkpoint(checkpoint.version) { faults.append("\(checkpoint)") }
        for (user, row) in users where row.count != sums.count(ofUser: user, in: row.version) {
            faults.append("\(user) has \(row)")
        }
        let snapshot = sums.snapshot(checkpoint.version)
        if sites["server_name", default: [:]].mapValues(\.count) != snapshot.byServerName
            || sites["server_url", default: [:]].mapValues(\.count) != snapshot.byServerURL
        {
            faults.append("sites at \(checkpoint)")
        }
        for (user, last) in sums.lastPositions(in: checkpoint.version) where users[user]?.version ?? 0 < last {
            faults.append(
                "\(user) is at \(users[user]?.version ?? 0), touched at \(last), checkpoint \(checkpoint.version)")
        }
        let newest = (try? position())?.histories[RecentChange.topic]?.ring.entriesInOrder.last?.id
        let expected = checkpoint.version > 0 ? sums.changes[checkpoint.version - 1].identity.id : nil
        if newest != expected { faults.append("the position is that of \(newest as Any), not of \(expected as Any)") }
        return faults
    }
}

extension CassandraModel {
    func checkpoint() -> ShardCheckpoint { tables.checkpoint() }

    /// Checks the tables after every write.
    ///
    /// - Returns: what will have been found.
    func watch(_ sums: LogSums) -> Faults {
        let faults = Faults()
        observe { tables, updates in
            for update in updates {
                // M: the version is the timestamp.
                let version = update.values["version"] ?? update.values["row_version"]
                if version?.integer != update.timestamp { faults.add("\(update)") }
                // F: what is written is a fact, whether or not it stays.
                if update.table == "test.user_count",
                    update.values["count"]?.integer != sums.count(ofUser: update.row[0].text, in: update.timestamp)
                {
                    faults.add("\(update)")
                }
            }
            guard updates.contains(where: { $0.table == "test.shard" }) else { return }
            for fault in tables.faults(sums) { faults.add(fault) }
        }
        return faults
    }

    final class Faults: Sendable {
        private let found = Locked<[String]>([])

        var all: [String] { found.withLock { $0 } }

        func add(_ fault: String) {
            found.withLock { $0.append(fault) }
        }
    }
}
