/// What a number of changes add up to.
package struct StatsSnapshot: Sendable {
    /// Grows whenever the counts of the store change: two snapshots of one store with the same version are equal. Says
    /// nothing about another store, nor about the same one in another process.
    package var version = 0
    /// How many changes there were.
    package var messages = 0
    /// How many users made them.
    package var distinctUsers = 0
    /// How many of them bots made.
    package var bots = 0
    /// How many changes there were on each site, by its address: `https://en.wikipedia.org`.
    package var byServerURL: [String: Int] = [:]
    /// The same by its name: `en.wikipedia.org`.
    package var byServerName: [String: Int] = [:]

    package init() {}

    package var nonBots: Int { messages - bots }
}

extension StatsSnapshot: Equatable {
    /// Whether the counts are the same, whatever their version.
    package static func == (one: StatsSnapshot, other: StatsSnapshot) -> Bool {
        one.messages == other.messages && one.distinctUsers == other.distinctUsers && one.bots == other.bots
            && one.byServerURL == other.byServerURL && one.byServerName == other.byServerName
    }
}
