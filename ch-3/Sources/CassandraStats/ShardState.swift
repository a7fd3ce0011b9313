internal import CQL
internal import Stats
internal import Wikimedia

/// One shard in memory: what has been counted of it, up to where, and what is known of the stored part.
struct ShardState: Sendable {
    fileprivate(set) var counts: ShardCounts
    /// Where the stream stood when the last of them was counted.
    private(set) var position: StreamPosition
    /// Where it stood before the first; `nil` if there is a checkpoint, or nothing to write one for.
    private var beginning: StreamPosition?
    /// The version that was acknowledged last, or read since.
    fileprivate(set) var storedVersion: Int
    /// The connection over which that version was last seen; `nil` if it must be looked at again.
    fileprivate(set) var epoch: Int?
    private var rowsInFlight = 0

    /// What one flush writes, as it all was at one moment.
    struct Flush {
        let changes: ShardChanges
        let position: StreamPosition
        /// To be written before it, if there is no checkpoint yet: whoever reads rows that are ahead needs to know of what.
        let beginning: StreamPosition?
    }

    init(_ stored: ShardTable.Stored) throws {
        counts = stored.counts
        position = try stored.position.isEmpty ? StreamPosition() : StreamPosition(encoded: stored.position)
        beginning = counts.version == 0 && !stored.position.isEmpty ? position : nil
        storedVersion = stored.counts.version
        epoch = stored.epoch
    }

    var unwrittenRowCount: Int { counts.changedRowCount + rowsInFlight }

    fileprivate mutating func record(_ change: RecentChange, at positions: [SourcePosition]?) {
        if counts.version == 0 && beginning == nil {
            beginning = StreamPosition(before: change.identity, at: positions)
        }
        counts.record(change)
        _ = position.admit(change.identity, at: positions)
    }

    /// The server may resume at this event, and sends again what follows it: also what is older, and would not be remembered
    /// without it.
    mutating func skip(_ event: EventIdentity, at positions: [SourcePosition]?) {
        _ = position.admit(event, at: positions)
    }

    /// - Returns: `nil` if there is nothing to write now.
    mutating func takeChanges() -> Flush? {
        guard counts.changedRowCount > 0, !counts.isCatchingUp else { return nil }
        let changes = counts.takeChanges()
        rowsInFlight = changes.rowCount
        return Flush(changes: changes, position: position, beginning: storedVersion == 0 ? beginning : nil)
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
    /// `nil` before it has been read.
    var shard: ShardState?
    var table: ShardTable?
    var isStopping = false
    /// How often in a row Cassandra has failed to do what it was asked.
    private var failureCount = 0
    private var fullCount = 0
    private var waitingForRoom: [AsyncStream<Never>.Continuation] = []

    enum Outcome {
        case recorded
        case flushIsDue
        /// Nothing was recorded. `room` ends when it may be tried again. It has been so `count` times.
        case full(room: AsyncStream<Never>, count: Int)
    }

    mutating func record(
        _ change: RecentChange, at positions: [SourcePosition]?, _ settings: CassandraStatsStore.Settings
    ) -> Outcome {
        guard let before = shard?.unwrittenRowCount else { preconditionFailure("resume comes before record") }
        // While catching up nothing can be written, so to wait would be for ever. There is an end to it, and the rows that
        // change are those that some process had in memory.
        guard before < settings.unwrittenRowsMax || shard?.counts.isCatchingUp == true else {
            let (room, continuation) = AsyncStream<Never>.makeStream()
            waitingForRoom.append(continuation)
            fullCount += 1
            return .full(room: room, count: fullCount)
        }
        shard?.record(change, at: positions)
        let isDue = before < settings.flushRowCount && (shard?.unwrittenRowCount ?? 0) >= settings.flushRowCount
        return isDue ? .flushIsDue : .recorded
    }

    mutating func begin(_ shard: ShardState) {
        self.shard = shard
        failureCount = 0
    }

    /// Takes note of the version that is stored. If it is older than the last one that was acknowledged, Cassandra has lost
    /// what came between; but nothing of it is missing here, and all is written again.
    ///
    /// - Returns: in that case, the version that was acknowledged.
    mutating func noteStored(_ version: Int, in epoch: Int) -> Int? {
        shard?.epoch = epoch
        guard let acknowledged = shard?.storedVersion, version < acknowledged else { return nil }
        shard?.storedVersion = version
        shard?.counts.changeAll()
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
