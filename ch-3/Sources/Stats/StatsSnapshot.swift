/// What a number of changes add up to.
package struct StatsSnapshot: Sendable, Equatable {
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
