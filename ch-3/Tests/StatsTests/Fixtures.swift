import Stats
import TestSupport
import Wikimedia

extension RecentChange {
    static func make(
        user: String = "Mira", isBot: Bool = false, serverURL: String, serverName: String
    ) -> RecentChange {
        RecentChange(
            identity: EventIdentity(id: EventID("an id"), topic: nil, timestampMilliseconds: nil), domain: serverName,
            serverURL: serverURL, serverName: serverName, user: user, isBot: isBot)
    }

    static func make(user: String = "Mira", isBot: Bool = false, site: String = "als.wikipedia.org") -> RecentChange {
        make(user: user, isBot: isBot, serverURL: "https://\(site)", serverName: site)
    }

    /// One of some hundred users, on one of ten sites.
    static func random(_ random: inout SeededGenerator) -> RecentChange {
        make(
            user: "User \(Int.random(in: 0..<500, using: &random))", isBot: Bool.random(using: &random),
            site: "\(Int.random(in: 0..<10, using: &random)).wikipedia.org")
    }
}

extension StatsSnapshot {
    /// The sum of these changes, as simple as it can be said.
    init(adding changes: [RecentChange]) {
        self.init()
        messages = changes.count
        distinctUsers = Set(changes.map(\.user)).count
        bots = changes.count { $0.isBot }
        byServerURL = Dictionary(grouping: changes, by: \.serverURL).mapValues(\.count)
        byServerName = Dictionary(grouping: changes, by: \.serverName).mapValues(\.count)
    }
}

extension StatsStore {
    /// Where it does not matter how far the stream has come.
    func record(_ change: RecentChange) async throws {
        try await record(change, at: nil)
    }
}
