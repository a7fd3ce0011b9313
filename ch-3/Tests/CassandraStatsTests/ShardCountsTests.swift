import Stats
import Testing
import Wikimedia

@testable import CassandraStats

/// ``ShardCounts`` step by step.
struct ShardCountsTests {
    @Test func whatIsCountedIsWhatIsToBeWritten() {
        var counts = ShardCounts()
        counts.record(.make(1, user: "Mira", isBot: true, site: "a.org"))
        counts.record(.make(2, user: "Mira", site: "b.org"))

        #expect(counts.version == 2)
        #expect(counts.changedRowCount == 5)
        let changes = counts.takeChanges()
        #expect(changes.checkpoint == ShardCheckpoint(version: 2, messages: 2, bots: 1, users: 1))
        #expect(changes.rowCount == 5)
        #expect(changes.users.map(\.name) == ["Mira"] && changes.users.map(\.count) == [2])
        #expect(Set(changes.serverURLs.map(\.name)) == ["https://a.org", "https://b.org"])
        #expect(changes.serverNames.allSatisfy { $0.count == 1 })
    }

    @Test func whatHasNotChangedIsNotWrittenAgain() {
        var counts = ShardCounts()
        counts.record(.make(1, user: "Mira", site: "a.org"))
        _ = counts.takeChanges()
        #expect(counts.changedRowCount == 0)

        counts.record(.make(2, user: "Bea", site: "a.org"))

        let changes = counts.takeChanges()
        #expect(changes.users.map(\.name) == ["Bea"])
        #expect(changes.serverNames.map(\.name) == ["a.org"] && changes.serverNames.map(\.count) == [2])
        #expect(changes.checkpoint.users == 2)
    }

    @Test func whatIsGivenBackIsWrittenLaterWithWhatHasChangedSince() {
        var counts = ShardCounts()
        counts.record(.make(1, user: "Mira", site: "a.org"))
        let failed = counts.takeChanges()
        counts.record(.make(2, user: "Bea", site: "b.org"))
        counts.record(.make(3, user: "Mira", site: "b.org"))

        counts.giveBack(failed)

        let changes = counts.takeChanges()
        #expect(changes.checkpoint.version == 3)
        let users = [String: Int](uniqueKeysWithValues: changes.users.map { ($0.name, $0.count) })
        #expect(users == ["Mira": 2, "Bea": 1])
        let sites = [String: Int](uniqueKeysWithValues: changes.serverNames.map { ($0.name, $0.count) })
        #expect(sites == ["a.org": 1, "b.org": 2])
    }

    /// In Swift "é" is "é", however it is encoded; in Cassandra it is not, and what is read would depend on the order.
    @Test func namesThatAreOneToSwiftAreOneRow() {
        let (composed, decomposed) = ("Ren\u{E9}", "Rene\u{301}")
        var counts = ShardCounts()
        counts.record(.make(1, user: composed, site: composed))
        var rows = [counts.takeChanges()]
        counts.record(.make(2, user: decomposed, site: decomposed))
        rows.append(counts.takeChanges())

        for (index, changes) in rows.enumerated() {
            #expect(changes.checkpoint.users == 1)
            #expect(changes.users.map { Array($0.name.utf8) } == [Array(composed.utf8)])
            #expect(changes.serverNames.map { Array($0.name.utf8) } == [Array(composed.utf8)])
            #expect(changes.users.map(\.count) == [index + 1] && changes.serverNames.map(\.count) == [index + 1])
        }
    }

    @Test func aRowKeepsTheNameThatItWasReadWith() {
        var counts = ShardCounts(
            at: ShardCheckpoint(version: 5, messages: 5, bots: 0, users: 1), byServerURL: [:], byServerName: [:])
        counts.add(user: "Ren\u{E9}", count: 5, version: 5)

        counts.record(.make(6, user: "Rene\u{301}"))

        let users = counts.takeChanges().users
        #expect(users.map { Array($0.name.utf8) } == [Array("Ren\u{E9}".utf8)] && users.map(\.count) == [6])
    }

    // MARK: Rows that are ahead

    /// A checkpoint at 2; Mira's row at 4, Bea's at 5, Ada's not ahead.
    private static var ahead: ShardCounts {
        var counts = ShardCounts(
            at: ShardCheckpoint(version: 2, messages: 2, bots: 0, users: 1), byServerURL: ["https://a.org": 2],
            byServerName: ["a.org": 2])
        counts.add(user: "Ada", count: 2, version: 2)
        counts.add(user: "Mira", count: 2, version: 4)
        counts.add(user: "Bea", count: 1, version: 5)
        return counts
    }

    @Test func aRowThatIsAheadHasCountedWhatComesUpToItsVersion() {
        var counts = Self.ahead
        for (number, user) in [(3, "Mira"), (4, "Mira"), (5, "Bea"), (6, "Mira")] {
            #expect(counts.isCatchingUp == (number <= 5))
            counts.record(.make(number, user: user, site: "a.org"))
        }
        counts.record(.make(7, user: "Bea", site: "a.org"))

        let changes = counts.takeChanges()
        #expect(changes.checkpoint == ShardCheckpoint(version: 7, messages: 7, bots: 0, users: 3))
        let users = [String: Int](uniqueKeysWithValues: changes.users.map { ($0.name, $0.count) })
        #expect(users == ["Mira": 3, "Bea": 2])
        #expect(changes.serverNames.map(\.count) == [7])
    }

    /// Another process may be ahead with one row, and not yet with another.
    @Test func aUserWithoutARowAheadIsCountedAlsoWhileOthersAreAhead() {
        var counts = Self.ahead
        for (number, user) in [(3, "Mira"), (4, "Ada"), (5, "Bea"), (6, "Eva")] {
            counts.record(.make(number, user: user))
        }
        let users = [String: Int](uniqueKeysWithValues: counts.takeChanges().users.map { ($0.name, $0.count) })
        // No checkpoint has covered the rows of those who were ahead: they are written again.
        #expect(users == ["Ada": 3, "Eva": 1, "Mira": 2, "Bea": 1])
    }

    @Test func usersWhoAreAheadAreNotAmongTheDistinctOnesUntilAllIsAtOnePosition() {
        var counts = Self.ahead
        #expect(counts.snapshot.distinctUsers == 1)
        counts.record(.make(3, user: "Mira"))
        counts.record(.make(4, user: "Mira"))
        #expect(counts.isCatchingUp && counts.snapshot.distinctUsers == 1)
        counts.record(.make(5, user: "Bea"))
        #expect(!counts.isCatchingUp && counts.snapshot.distinctUsers == 3)
    }

    @Test func nothingIsWrittenWhileSomeRowsAreAhead() throws {
        var shard = try ShardState(ShardTable.Stored(counts: Self.ahead, position: [], epoch: 1))
        var isNothing = shard.takeChanges() == nil
        #expect(isNothing)

        shard = try ShardState(ShardTable.Stored(counts: ShardCounts(), position: [], epoch: 1))
        // Nor where nothing has changed.
        isNothing = shard.takeChanges() == nil
        #expect(isNothing)
    }

    @Test func aDamagedPositionIsToldAndNotTakenForTheBeginning() {
        #expect(throws: StreamPositionError.self) {
            try ShardState(ShardTable.Stored(counts: ShardCounts(), position: [9, 9], epoch: 1))
        }
    }

    // MARK: Buckets

    /// For ever: these are stored.
    @Test(
        arguments: [("Mira", 0x2880_E5E9), ("", 0), ("🧀", 0x5D93_9F78), ("123456789", 0xCBF4_3926)] as [(String, Int)])
    func theBucketOfAUserIsItsCRC32Modulo16(user: String, checksum: Int) {
        #expect(ShardTable.bucket(of: user) == Int16(checksum % 16))
    }
}
