private import Locking
package import Metrics

/// What a store has done so far. May be read on any thread.
package final class CassandraStatsCounters: Sendable {
    package struct Values: Sendable, Equatable {
        /// Written and acknowledged, each with its checkpoint.
        package var flushes = 0
        /// Users and sites in them.
        package var rowsWritten = 0
        /// Attempts to write or to read that have failed, and were made again.
        package var failures = 0
        /// How often Cassandra had forgotten what it had acknowledged.
        package var stepBacks = 0
    }

    /// How long the flushes took, from the first row to the acknowledgement of the checkpoint.
    package let flushDurations = Histogram()

    private let locked = Locked(Values())

    package var values: Values {
        locked.withLock { $0 }
    }

    func add(flushes: Int = 0, rowsWritten: Int = 0, failures: Int = 0, stepBacks: Int = 0) {
        locked.withLock { values in
            values.flushes += flushes
            values.rowsWritten += rowsWritten
            values.failures += failures
            values.stepBacks += stepBacks
        }
    }
}
