internal import Locking

/// What an event source has done so far. May be read on any thread.
package final class EventSourceCounters: Sendable {
    package struct Values: Sendable, Equatable {
        /// Connections on which a stream has begun.
        package var connections = 0
        /// Connections that have failed, or have ended otherwise than by the end of the stream.
        package var failures = 0
        /// Bytes of streams, decompressed.
        package var bytes = 0
        /// Events that were larger than `eventBytesMax`, and are lost.
        package var skippedEvents = 0
    }

    private let locked = Locked(Values())

    package init() {}

    package var values: Values {
        locked.withLock { $0 }
    }

    func add(connections: Int = 0, failures: Int = 0, bytes: Int = 0, skippedEvents: Int = 0) {
        locked.withLock { values in
            values.connections += connections
            values.failures += failures
            values.bytes += bytes
            values.skippedEvents += skippedEvents
        }
    }
}
