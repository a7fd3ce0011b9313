import Testing
import Wikimedia

@testable import CassandraStats

/// A flush writes the users, and the process ends before it has written the checkpoint.
struct RowsAheadTests {
    private let users = ["Ada", "Bob", "Ada", "Cleo", "Bob", "Ada", "Dora", "Cleo"]

    @Test func noUserIsCountedTwiceWhateverTheDistance() {
        for checkpoint in 0...users.count {
            for ahead in checkpoint...users.count {
                var counts = counts(at: checkpoint, withUsersAt: ahead)

                for user in users[checkpoint...] { counts.record(.make(user: user)) }

                let changes = counts.takeChanges()
                var stored = Self.counts(users[..<ahead])
                for user in changes.users { stored[user.name] = user.count }
                #expect(stored == Self.counts(users[...]), "checkpoint \(checkpoint), users \(ahead)")
                #expect(changes.checkpoint.users == 4)
            }
        }
    }

    @Test func itCatchesUpUntilTheNewestRowIsReached() {
        var counts = counts(at: 2, withUsersAt: 6)

        for user in users[2..<5] {
            counts.record(.make(user: user))
            #expect(counts.isCatchingUp)
        }
        counts.record(.make(user: users[5]))
        #expect(!counts.isCatchingUp)
    }

    /// What is read after the end of such a process.
    private func counts(at checkpoint: Int, withUsersAt ahead: Int) -> ShardCounts {
        var counts = ShardCounts(
            at: ShardCheckpoint(version: checkpoint, messages: checkpoint, users: Set(users[..<checkpoint]).count),
            byServerURL: [:], byServerName: [:])
        let changed = Set(users[checkpoint..<ahead])
        for (user, count) in Self.counts(users[..<ahead]) {
            counts.add(user: user, count: count, version: changed.contains(user) ? ahead : checkpoint)
        }
        return counts
    }

    private static func counts(_ users: ArraySlice<String>) -> [String: Int] {
        users.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}

extension RecentChange {
    fileprivate static func make(user: String) -> RecentChange {
        RecentChange(
            identity: EventIdentity(id: EventID("an id"), topic: nil, timestampMilliseconds: nil), domain: "a.org",
            serverURL: "https://a.org", serverName: "a.org", user: user, isBot: false)
    }
}
