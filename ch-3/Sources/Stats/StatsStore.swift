package import Wikimedia

/// Where changes are counted.
///
/// Every implementation keeps this contract, and one suite of tests checks it for each:
/// - A change that has been recorded is in every later snapshot; whoever calls takes care that each comes once.
/// - A snapshot is consistent: it shows what a certain number of changes add up to, so `bots + nonBots == messages`, and
///   each of the tables adds up to `messages` too.
/// - Any number of tasks may take snapshots, whatever is being recorded meanwhile, and counting does not wait for them.
package protocol StatsStore: Sendable {
    /// Counts a change. Waits while the store cannot take more: that is the back-pressure on the stream.
    func record(_ change: RecentChange) async throws

    /// What has been counted.
    func snapshot() async throws -> StatsSnapshot
}
