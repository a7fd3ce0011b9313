package import Wikimedia

/// Where changes are counted.
///
/// Every implementation keeps this contract, and one suite of tests checks it for each:
/// - A change that has been recorded is in every later snapshot; whoever calls takes care that each comes once.
/// - A snapshot is consistent: it shows what a certain number of changes add up to, so `bots + nonBots == messages`, and
///   each of the tables adds up to `messages` too.
/// - Snapshots of the same `version` are equal, and of two with other counts the later one has the greater `version`. So
///   what was made of a snapshot can be used again for as long as the version stays.
/// - Any number of tasks may take snapshots, whatever is being recorded meanwhile, and counting does not wait for them.
///
/// A store that outlives the process says where to go on: first `resume`, then what comes from there.
package protocol StatsStore: Sendable {
    /// Gets ready to count, and says from where: changes up to there have been recorded, and none behind it. Call it once,
    /// before the first `record`.
    func resume() async throws -> StreamPosition

    /// Counts a change. Waits while the store cannot take more: that is the back-pressure on the stream.
    ///
    /// - Parameter positions: those that came with the change, see ``ChangeStream/Element``.
    func record(_ change: RecentChange, at positions: [SourcePosition]?) async throws

    /// Takes note of an event that is not counted: it has a place in the stream, and comes again, like any other.
    func skip(_ event: EventIdentity, at positions: [SourcePosition]?)

    /// What has been counted.
    ///
    /// - Throws: ``StatsUnavailable`` before the first `resume`, if the store needs it.
    func snapshot() async throws -> StatsSnapshot
}

extension StatsStore {
    /// Nothing is noted by a store that does not outlive the process.
    package func skip(_ event: EventIdentity, at positions: [SourcePosition]?) {}
}

/// What was counted is not known yet: it is still to be read.
package struct StatsUnavailable: Error {
    package init() {}
}
