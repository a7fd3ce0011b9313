package import CQL
internal import Lifecycle
internal import Locking
package import Logging
internal import Metrics
package import Stats
package import Wikimedia

/// Counts in memory, and keeps what it has counted in Cassandra: after a restart it goes on as if there had been none.
///
/// One flush after the other writes the rows that have changed, and last the checkpoint: how many changes the stored rows
/// cover at least, and with it, in the same atomic batch, the position in the stream. Whenever the process ends, what comes
/// after the checkpoint comes again from the stream, and is counted again: once. See ``ShardCounts`` for why that is right.
///
/// While Cassandra is away, counting goes on in memory, until `unwrittenRowsMax` rows wait to be written; then `record` waits,
/// and the stream with it. Nothing is lost by that either.
///
/// A node that is killed may have forgotten what it had acknowledged. So nothing is written over a new connection before the
/// checkpoint has been read over it; if that is older than the last one that was acknowledged, a step back, everything is
/// written again.
package final class CassandraStatsStore: StatsStore, Service {
    package let name = "store"
    package let counters = CassandraStatsCounters()
    private let session: CQLSession
    private let settings: Settings
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state = Locked(StoreState())
    /// Something to do for `run`.
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    /// Ends when the store is to stop.
    private let stopping: AsyncStream<Never>
    private let stoppingContinuation: AsyncStream<Never>.Continuation

    package struct Settings: Sendable {
        package var schema = Schema()
        /// The part of the log that is counted here: there is but one stream.
        package var shard = "stream"
        package var flushInterval = Duration.seconds(1)
        /// With so many rows to write the next flush begins at once.
        package var flushRowCount = 10_000
        /// With so many rows to write `record` waits. About 100 bytes of memory each; all sites must fit into one batch, which
        /// takes 65,535.
        package var unwrittenRowsMax = 50_000
        /// After what has failed, it is tried again after `flushInterval`, and not later than this.
        package var retryDelayMax = Duration.seconds(1)
        /// For what is under way and what is left at the end.
        package var lastFlushTimeout = Duration.seconds(5)

        package init() {}
    }

    /// Does no I/O.
    ///
    /// - Parameter session: a running one, which goes on until the store has ended.
    package init(
        session: CQLSession, settings: Settings = Settings(), clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.session = session
        self.settings = settings
        self.clock = clock
        self.logger = logger
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (stopping, stoppingContinuation) = AsyncStream.makeStream()
    }

    // MARK: Counting

    package func record(_ change: RecentChange, at positions: [SourcePosition]?) async throws {
        while let room = recordOrWait(change, at: positions) {
            for await _ in room {}
            try Task.checkCancellation()
        }
    }

    package func skip(_ event: EventIdentity, at positions: [SourcePosition]?) {
        state.withLock { $0.shard?.skip(event, at: positions) }
    }

    /// - Returns: where there is no room, what ends when there may be.
    private func recordOrWait(_ change: RecentChange, at positions: [SourcePosition]?) -> AsyncStream<Never>? {
        switch state.withLock({ $0.record(change, at: positions, settings) }) {
        case .recorded: break
        case .flushIsDue: wakeUp.yield()
        case .full(let room, let count):
            if count.nonzeroBitCount == 1 {
                logger.warning(
                    "the stream waits: too much is to be written",
                    ["unwrittenRows": .integer(settings.unwrittenRowsMax), "count": .integer(count)])
            }
            return room
        }
        return nil
    }

    package func snapshot() throws -> StatsSnapshot {
        guard let snapshot = state.withLock({ $0.shard?.counts.snapshot }) else { throw StatsUnavailable() }
        return snapshot
    }

    /// How many rows have changed since they were written.
    package var unwrittenRowCount: Int { state.withLock { $0.shard?.unwrittenRowCount ?? 0 } }

    // MARK: Reading

    package func resume() async throws -> StreamPosition {
        while true {
            do {
                let shard = try await ShardState(table().read())
                state.withLock { $0.begin(shard) }
                logger.info(
                    "counts read from Cassandra",
                    [
                        "messages": .integer(shard.counts.snapshot.messages),
                        "rowsAhead": .boolean(shard.counts.isCatchingUp),
                    ])
                return shard.position
            } catch {
                if error is CancellationError { throw error }
                // At the start of the program a refusal means that somebody must act: a wrong password, say.
                if error.remedy == .giveUp { throw error }
                noteFailure("cannot read from Cassandra", error)
                try await clock.sleep(for: min(settings.flushInterval, settings.retryDelayMax))
            }
        }
    }

    /// Made anew when something was wrong with the one before.
    private func table() async throws -> ShardTable {
        if let table = state.withLock({ $0.table }) { return table }
        let table = try await ShardTable(settings.schema, shard: settings.shard, session: session)
        state.withLock { $0.table = table }
        return table
    }

    // MARK: Writing

    /// Writes what has changed, every `flushInterval`, until it is stopped; then once more.
    package func run() async {
        await withTaskGroup { group in
            group.addTask { [self] in
                while (try? await clock.sleep(for: settings.flushInterval)) != nil { wakeUp.yield() }
            }
            // What is under way at the end is given up, too, when a server does not answer.
            group.addTask { [self] in
                for await _ in stopping {}
                try? await clock.sleep(for: settings.lastFlushTimeout)
            }
            group.addTask { [self] in
                for await _ in wakeUps {
                    let isLast = state.withLock { $0.isStopping }
                    let hasFailed = await !flush()
                    if isLast { break }
                    if hasFailed { await waitToRetry() }
                }
            }
            await group.next()
            group.cancelAll()
        }
        noteUnwritten()
    }

    package func stop() {
        state.withLock { $0.isStopping = true }
        stoppingContinuation.finish()
        wakeUp.yield()
    }

    /// A long `flushInterval` is no reason to be long without what is stored.
    private func waitToRetry() async {
        try? await clock.sleep(for: min(settings.flushInterval, settings.retryDelayMax))
        wakeUp.yield()
    }

    private func noteUnwritten() {
        let unwrittenRows = unwrittenRowCount
        if unwrittenRows > 0 {
            logger.warning(
                "not all is written: what is missing will come again from the stream",
                ["unwrittenRows": .integer(unwrittenRows)])
        }
    }

    /// - Returns: whether nothing has failed.
    private func flush() async -> Bool {
        guard state.withLock({ $0.shard != nil }) else { return true }
        do {
            let table = try await table()
            let epoch = try await checkedEpoch(table)
            guard let flush = state.withLock({ $0.shard?.takeChanges() }) else { return true }
            do {
                let duration = try await clock.measure {
                    if let beginning = flush.beginning {
                        try await table.write(.none, position: beginning.encoded, in: epoch)
                    }
                    try await table.write(flush.changes, position: flush.position.encoded, in: epoch)
                }
                noteWritten(flush.changes, in: duration)
            } catch {
                state.withLock { $0.shard?.giveBack(flush.changes) }
                throw error
            }
            return true
        } catch {
            if !(error is CancellationError) { noteFailure("cannot write to Cassandra", error) }
            return false
        }
    }

    /// A connection over which the stored version has been seen.
    private func checkedEpoch(_ table: ShardTable) async throws -> Int {
        let known = state.withLock { $0.shard?.epoch }
        if let known, known == session.epoch { return known }
        let (version, epoch) = try await table.storedVersion()
        if let acknowledged = state.withLock({ $0.noteStored(version, in: epoch) }) {
            counters.add(stepBacks: 1)
            logger.warning(
                "Cassandra has lost what it had acknowledged: all is written again",
                ["acknowledgedVersion": .integer(acknowledged), "storedVersion": .integer(version)])
        }
        return epoch
    }

    private func noteWritten(_ changes: ShardChanges, in duration: Duration) {
        let (failureCount, isDue) = state.withLock { $0.noteWritten(changes, settings) }
        counters.add(flushes: 1, rowsWritten: changes.rowCount)
        counters.flushDurations.observe(duration)
        logger.log(
            failureCount > 0 ? .info : .debug, "written to Cassandra",
            [
                "rows": .integer(changes.rowCount), "version": .integer(changes.checkpoint.version),
                "milliseconds": .integer(Int(duration / .milliseconds(1))), "failuresBefore": .integer(failureCount),
            ])
        if isDue { wakeUp.yield() }
    }

    /// Logs the 1st, 2nd, 4th, 8th … failure in a row. Nothing is lost by them; but what is refused will be refused again,
    /// until somebody does something about it.
    private func noteFailure(_ message: StaticString, _ error: any Error) {
        let (failureCount, unwrittenRows) = state.withLock { $0.noteFailure(error.remedy) }
        counters.add(failures: 1)
        guard failureCount.nonzeroBitCount == 1 else { return }
        logger.log(
            error.remedy == .giveUp ? .error : .warning, message,
            [
                "error": .describing(error), "failures": .integer(failureCount),
                "unwrittenRows": .integer(unwrittenRows),
            ])
    }
}

extension Error {
    /// What is no error of the session is one of what is stored, and stays.
    fileprivate var remedy: CQLError.Remedy { (self as? CQLError)?.remedy ?? .giveUp }
}
