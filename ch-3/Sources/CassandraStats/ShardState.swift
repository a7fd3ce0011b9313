internal import CQL
internal import Stats
internal import Wikimedia

/// One shard in memory: what has been counted of it, up to where, and what is known of the stored part.
struct ShardState: Sendable {
    fileprivate(set) var counts: ShardCounts
    /// Where the stream stood when the last of them was counted.
    private(set) var position: StreamPosition
    /// The largest version that has been acknowledged, or read.
    fileprivate(set) var storedVersion: Int
    /// The connection over which that version was last seen; `nil` if it must be looked at again.
    fileprivate(set) var epoch: Int?
    private var rowsInFlight = 0

    init(_ stored: ShardTable.Stored) throws {
        counts = stored.counts
        position = try stored.position.isEmpty ? StreamPosition() : StreamPosition(encoded: stored.position)
        storedVersion = stored.counts.version
        epoch = stored.epoch
    }

    var unwrittenRowCount: Int { counts.changedRowCount + rowsInFlight }

    fileprivate mutating func record(_ change: RecentChange, at positions: [SourcePosition]?) {
        counts.record(change)
        _ = position.admit(change.identity, at: positions)
    }

    /// The server may resume at this event, and sends again what follows it: also what is older, and would not be remembered
    /// without it.
    mutating func skip(_ event: EventIdentity, at positions: [SourcePosition]?) {
        _ = position.admit(event, at: positions)
    }

    /// - Returns: `nil` if there is nothing to write now.
    mutating func takeChanges() -> (ShardChanges, StreamPosition)? {
        guard counts.changedRowCount > 0, !counts.isCatchingUp else { return nil }
        let changes = counts.takeChanges()
        rowsInFlight = changes.rowCount
        return (changes, position)
    }

    mutating func giveBack(_ changes: ShardChanges) {
        rowsInFlight = 0
        counts.giveBack(changes)
    }

    fileprivate mutating func noteWritten(_ changes: ShardChanges) {
        rowsInFlight = 0
        storedVersion = changes.checkpoint.version
    }
}

/// What ``CassandraStatsStore`` keeps behind its lock.
struct StoreState: Sendable {
    /// `nil` before the first reading, and from a step back to the next one.
    var shard: ShardState?
    var table: ShardTable?
    /// What was last counted, while there is no shard.
    private(set) var lastSnapshot: StatsSnapshot?
    var isStopping = false
    /// How often in a row Cassandra has failed to do what it was asked.
    private var failureCount = 0
    private var waitingForRoom: [AsyncStream<Never>.Continuation] = []
    private var waitingForStepBack: [AsyncStream<Never>.Continuation] = []

    enum Outcome {
        case recorded
        case flushIsDue
        /// Nothing was recorded. `room` ends when it may be tried again.
        case full(room: AsyncStream<Never>, isFirst: Bool)
    }

    mutating func record(
        _ change: RecentChange, at positions: [SourcePosition]?, _ settings: CassandraStatsStore.Settings
    ) -> Outcome {
        // Without a shard, there was a step back, and the change comes again.
        guard let before = shard?.unwrittenRowCount else { return .recorded }
        // While catching up nothing can be written, so to wait would be for ever. There is an end to it, and the rows that
        // change are those that some process had in memory.
        guard before < settings.unwrittenRowsMax || shard?.counts.isCatchingUp == true else {
            let (room, continuation) = AsyncStream<Never>.makeStream()
            waitingForRoom.append(continuation)
            return .full(room: room, isFirst: waitingForRoom.count == 1)
        }
        shard?.record(change, at: positions)
        let isDue = before < settings.flushRowCount && (shard?.unwrittenRowCount ?? 0) >= settings.flushRowCount
        return isDue ? .flushIsDue : .recorded
    }

    mutating func begin(_ shard: ShardState) {
        let last = self.shard?.counts.snapshot ?? lastSnapshot
        self.shard = shard
        self.shard?.counts.numberSnapshots(after: last?.version ?? 0)
        lastSnapshot = nil
        failureCount = 0
    }

    /// - Returns: what ends with a step back; `nil` if there is no shard.
    mutating func waitForStepBack() -> AsyncStream<Never>? {
        guard shard != nil else { return nil }
        let (lost, continuation) = AsyncStream<Never>.makeStream()
        waitingForStepBack.append(continuation)
        return lost
    }

    /// Takes note of the version that is stored; if it is older than the last one that was acknowledged, steps back.
    ///
    /// - Returns: in that case, the version that was acknowledged.
    mutating func noteStored(_ version: Int, in epoch: Int) -> Int? {
        guard let acknowledged = shard?.storedVersion, version < acknowledged else {
            shard?.epoch = epoch
            return nil
        }
        lastSnapshot = shard?.counts.snapshot
        shard = nil
        makeRoom()
        for continuation in waitingForStepBack { continuation.finish() }
        waitingForStepBack = []
        return acknowledged
    }

    /// - Returns: how many failures there were before, and whether there is so much to write that the next flush is due.
    mutating func noteWritten(_ changes: ShardChanges, _ settings: CassandraStatsStore.Settings) -> (Int, Bool) {
        shard?.noteWritten(changes)
        makeRoom()
        defer { failureCount = 0 }
        return (failureCount, shard?.unwrittenRowCount ?? 0 >= settings.flushRowCount)
    }

    /// - Returns: how many failures there have been in a row, and how many rows are to be written.
    mutating func noteFailure(_ remedy: CQLError.Remedy) -> (Int, Int) {
        // The tables may not be what they were: then the statements are prepared again, and what is stored is looked at.
        if remedy != .retry {
            table = nil
            shard?.epoch = nil
        }
        failureCount += 1
        return (failureCount, shard?.unwrittenRowCount ?? 0)
    }

    private mutating func makeRoom() {
        for continuation in waitingForRoom { continuation.finish() }
        waitingForRoom = []
    }
}
