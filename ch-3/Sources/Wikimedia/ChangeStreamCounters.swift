private import Locking

/// What has become of the events of a stream. May be read on any thread.
package final class ChangeStreamCounters: Sendable {
    package struct Values: Sendable, Equatable {
        /// Given out, each once.
        package var changes = 0
        /// Came again after a reconnection, and were dropped.
        package var duplicates = 0
        /// Wikimedia's test events.
        package var canaries = 0
        /// Could not be read, and were left out.
        package var malformed = 0
    }

    private let locked = Locked(Values())

    package init() {}

    package var values: Values {
        locked.withLock { $0 }
    }

    @discardableResult
    func add(changes: Int = 0, duplicates: Int = 0, canaries: Int = 0, malformed: Int = 0) -> Values {
        locked.withLock { values in
            values.changes += changes
            values.duplicates += duplicates
            values.canaries += canaries
            values.malformed += malformed
            return values
        }
    }
}
