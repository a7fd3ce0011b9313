import Stats
import TestSupport
import Testing
import Wikimedia

@testable import CassandraStats

/// Processes that count one log and write what they have counted: they end at any moment, are two at once, write late; and
/// Cassandra forgets. Whatever happens, what is stored is true, and at the end complete.
struct ShardCountsModelTests {
    @Test(arguments: 0..<10)
    func whateverHappensTheTotalsAreThoseOfThePlainSum(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let sums = LogSums(RecentChange.log(count: 300, _: &random))
        var world = World(sums, ownerCount: 1 + seed % 2)
        var lastVersions: [String: Int] = [:]
        for _ in 0..<2000 {
            let hasForgotten = world.step(&random)
            try #require(world.tables.faults(sums).isEmpty, "\(world.tables.faults(sums)), \(world.tables)")
            // M: the version of a row does not go back.
            for (user, row) in world.tables.users {
                try #require(hasForgotten || row.version >= lastVersions[user, default: 0], "\(user)")
            }
            lastVersions = world.tables.users.mapValues(\.version)
        }
        #expect(world.forgottenCount > 0 && world.crashCount > 0 && world.lateCount > 0 && world.catchingUpCount > 0)
        #expect(world.stepBackCount > 0)

        world.finish(&random)
        let end = sums.changes.count
        #expect(world.tables.checkpoint == sums.checkpoint(end))
        #expect(
            world.tables.users.mapValues(\.count)
                == sums.lastPositions(in: end).reduce(into: [:]) { counts, user in
                    counts[user.key] = sums.count(ofUser: user.key, in: end)
                })
        let loaded = world.tables.load()
        #expect(loaded.snapshot == sums.snapshot(end))
        #expect(!loaded.isCatchingUp)
        for owner in world.owners { #expect(owner.counts.snapshot == sums.snapshot(end)) }
    }
}

/// The tables, and the processes at work on them.
private struct World {
    private(set) var tables = ModelTables()
    private(set) var owners: [Owner]
    /// Under way from processes that are gone, or that have given up waiting.
    private var late: [ModelTables.Write] = []
    private let sums: LogSums
    private(set) var (crashCount, forgottenCount, stepBackCount, lateCount, catchingUpCount) = (0, 0, 0, 0, 0)

    /// A process: as much of ``CassandraStatsStore`` as is not its session.
    struct Owner {
        var counts: ShardCounts
        /// The last version that was read, or acknowledged.
        var storedVersion: Int
        /// Whether the connection has been lost since that version was last seen.
        var mustCheck = false
        var flush: Flush?

        init(_ counts: ShardCounts) {
            self.counts = counts
            storedVersion = counts.version
        }
    }

    struct Flush {
        let changes: ShardChanges
        var users: [ShardChanges.Row]
    }

    init(_ sums: LogSums, ownerCount: Int) {
        self.sums = sums
        owners = Array(repeating: Owner(tables.load()), count: ownerCount)
    }

    /// - Returns: whether Cassandra has forgotten something.
    mutating func step(_ random: inout SeededGenerator) -> Bool {
        let index = Int.random(in: 0..<owners.count, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<3:
            crashCount += 1
            leaveUnderWay(owners[index], &random)
            owners[index] = Owner(tables.load())
            if owners[index].counts.isCatchingUp { catchingUpCount += 1 }
        case 3..<6:
            // The connection is lost: what is under way may still arrive, or not.
            leaveUnderWay(owners[index], &random)
            owners[index].fail()
        case 6..<7:
            // The node ends, and what is under way with it.
            forgottenCount += 1
            tables.forget(last: Int.random(in: 0..<20, using: &random))
            late = []
            for owner in owners.indices { owners[owner].fail() }
            return true
        case 7..<15:
            guard let write = late.indices.randomElement(using: &random) else { break }
            lateCount += 1
            tables.apply(late.remove(at: write))
        case 15..<45: record(Int.random(in: 1...3, using: &random), by: index)
        default: write(by: index)
        }
        return false
    }

    private mutating func record(_ count: Int, by index: Int) {
        for change in sums.changes.dropFirst(owners[index].counts.version).prefix(count) {
            owners[index].counts.record(change)
        }
    }

    /// The next write of a flush; before the first one, what belongs before it.
    private mutating func write(by index: Int) {
        guard let flush = owners[index].flush else {
            if owners[index].mustCheck {
                if tables.checkpoint.version < owners[index].storedVersion {
                    stepBackCount += 1
                    owners[index].storedVersion = tables.checkpoint.version
                    owners[index].counts.changeAll()
                }
                owners[index].mustCheck = false
            } else if owners[index].counts.changedRowCount > 0 && !owners[index].counts.isCatchingUp {
                let changes = owners[index].counts.takeChanges()
                // In any order: that of a set.
                owners[index].flush = Flush(changes: changes, users: changes.users)
            }
            return
        }
        if let user = flush.users.last {
            tables.apply(.user(user, version: flush.changes.checkpoint.version))
            owners[index].flush?.users.removeLast()
        } else {
            tables.apply(.small(flush.changes))
            owners[index].storedVersion = flush.changes.checkpoint.version
            owners[index].flush = nil
        }
    }

    /// Some of what has been sent arrives after its sender has given it up: of the users, or else the rest.
    private mutating func leaveUnderWay(_ owner: Owner, _ random: inout SeededGenerator) {
        guard let flush = owner.flush else { return }
        if flush.users.isEmpty {
            late.append(.small(flush.changes))
        } else {
            late += flush.users.filter { _ in Bool.random(using: &random) }
                .map { .user($0, version: flush.changes.checkpoint.version) }
        }
    }

    /// Nothing happens any more but that all is counted and written, late writes too.
    mutating func finish(_ random: inout SeededGenerator) {
        for index in owners.indices {
            repeat {
                record(.max, by: index)
                write(by: index)
            } while owners[index].mustCheck || owners[index].flush != nil || owners[index].counts.changedRowCount > 0
                || owners[index].counts.version < sums.changes.count
        }
        for write in late.shuffled(using: &random) { tables.apply(write) }
    }
}

extension World.Owner {
    mutating func fail() {
        mustCheck = true
        if let flush { counts.giveBack(flush.changes) }
        flush = nil
    }
}
