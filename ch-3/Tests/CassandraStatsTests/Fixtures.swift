import CQL
import Logging
import ScriptedCassandra
import Stats
import TestSupport
import Wikimedia

@testable import CassandraStats

extension RecentChange {
    static let topic = "codfw.mediawiki.recentchange"

    /// The change at a position of the log, the first being 1.
    static func make(
        _ number: Int, user: String = "Mira", isBot: Bool = false, site: String = "als.wikipedia.org"
    ) -> RecentChange {
        let suffix = String(number)
        let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - suffix.count) + suffix
        return RecentChange(
            identity: EventIdentity(id: EventID(id), topic: topic, timestampMilliseconds: timestamp(number)),
            domain: site, serverURL: "https://\(site)", serverName: site, user: user, isBot: isBot)
    }

    static func timestamp(_ number: Int) -> Int { 1_772_120_976_000 + 1000 * number }

    /// What came with the change at a position of the log.
    static func positions(_ number: Int) -> [SourcePosition] {
        [SourcePosition(topic: topic, timestampMilliseconds: timestamp(number) + 1)]
    }

    /// So many changes by random users on random sites.
    static func log(
        count: Int, userCount: Int = 30, siteCount: Int = 5, _ random: inout SeededGenerator
    ) -> [RecentChange] {
        (0..<count).map { index in
            make(
                index + 1, user: "User \(Int.random(in: 0..<userCount, using: &random))",
                isBot: Bool.random(using: &random),
                site: "\(Int.random(in: 0..<siteCount, using: &random)).wikipedia.org")
        }
    }
}

/// The sums of all beginnings of a log, as simple as they can be said.
struct LogSums: Sendable {
    let changes: [RecentChange]
    /// At which positions, the first being 1, there is a change of this user, or on this site.
    private var byUser: [String: [Int]] = [:]
    private var bySite: [String: [Int]] = [:]
    /// How many bots, and how many different users, there are in each beginning.
    private var bots = [0]
    private var users = [0]

    init(_ changes: [RecentChange]) {
        self.changes = changes
        for (index, change) in changes.enumerated() {
            byUser[change.user, default: []].append(index + 1)
            bySite[change.serverName, default: []].append(index + 1)
            bots.append(bots[index] + (change.isBot ? 1 : 0))
            users.append(byUser.count)
        }
    }

    func count(ofUser user: String, in version: Int) -> Int { byUser[user, default: []].count { $0 <= version } }
    func count(ofSite name: String, in version: Int) -> Int { bySite[name, default: []].count { $0 <= version } }

    /// The users of the first `version` changes, with the position of the last one of each.
    func lastPositions(in version: Int) -> [String: Int] {
        byUser.compactMapValues { $0.last { $0 <= version } }
    }

    func checkpoint(_ version: Int) -> ShardCheckpoint {
        ShardCheckpoint(version: version, messages: version, bots: bots[version], users: users[version])
    }

    func snapshot(_ version: Int) -> StatsSnapshot {
        var snapshot = StatsSnapshot()
        snapshot.messages = version
        snapshot.bots = bots[version]
        snapshot.distinctUsers = users[version]
        snapshot.byServerName = bySite.mapValues { $0.count { $0 <= version } }.filter { $0.value > 0 }
        snapshot.byServerURL = [String: Int](
            uniqueKeysWithValues: snapshot.byServerName.map { ("https://\($0)", $1) })
        return snapshot
    }
}
