/// What has been seen of one Kafka topic: enough to know each event that comes again after a reconnect.
///
/// A topic is a log: its events come in one order, always the same. Asked for a time, the server starts at the first event of
/// the log with that time or a later one, and sends all that follows, even what has an earlier time (Kafka's
/// `offsetsForTimes`). So what can come again is the part of the log that starts at the first event with a timestamp of T − R
/// or more, where T is the largest one seen and R how far the stream is rewound.
///
/// The ring holds just that part, by one rule: *after each event, while the front's timestamp is smaller than T − R, drop the
/// front*. Dropping anywhere but at the front would be wrong: an old event between two newer ones comes again with them. As T
/// only grows, what was dropped never comes again. What comes again is put into the ring again, and its first entry dropped
/// when its time comes: so the ring need not be told where a connection ends.
///
/// At the very start the rule would drop too much: the server may rewind to events from before the first one that was seen,
/// and then everything since comes again. So nothing is dropped until T − R is later than all of those.
struct SourceHistory: Sendable {
    /// Timestamps in a log step back: by 15 and 52 seconds in recorded streams, by less than this in all.
    static let stepBackMillisecondsMax = 120_000

    /// T. `nil` while no event had a timestamp.
    var newestTimestamp: Int?
    /// The timestamp of the first event that had one.
    var firstTimestamp: Int?
    var ring = EventRing()

    /// How many events are remembered, those twice that came twice.
    var seenCount: Int { ring.count }

    /// Takes note of an event.
    ///
    /// - Returns: whether it is seen for the first time.
    mutating func admit(_ id: EventID, timestamp: Int?, rewindMilliseconds: Int, countMax: Int) -> Bool {
        let newest = max(timestamp ?? 0, newestTimestamp ?? 0)
        let isNew = ring.append(id, timestamp: timestamp ?? newest)
        if let timestamp {
            let first = firstTimestamp ?? timestamp
            (firstTimestamp, newestTimestamp) = (first, newest)
            if newest - rewindMilliseconds > first + Self.stepBackMillisecondsMax {
                ring.dropFront(olderThan: newest - rewindMilliseconds)
            }
        }
        ring.dropFront(toCount: countMax)
        return isNew
    }
}

/// Events in the order of their arrival; the first to come, at the front, is the first to be dropped.
struct EventRing: Sendable {
    struct Entry {
        let id: EventID
        let timestamp: Int
    }

    /// The entries from `front` on; those before it are dropped already and wait to be cleared away together.
    private var entries: [Entry] = []
    private var front = 0
    /// How many entries an id has: one for each time it came.
    private var entryCounts: [EventID: Int] = [:]

    var count: Int { entries.count - front }

    /// In the order of their arrival.
    var entriesInOrder: ArraySlice<Entry> { entries[front...] }

    /// - Returns: whether there is no other entry with this id.
    mutating func append(_ id: EventID, timestamp: Int) -> Bool {
        entries.append(Entry(id: id, timestamp: timestamp))
        return Self.increment(&entryCounts[id, default: 0]) == 1
    }

    private static func increment(_ count: inout Int) -> Int {
        count += 1
        return count
    }

    mutating func dropFront(olderThan timestamp: Int) {
        while count > 0, entries[front].timestamp < timestamp { dropFront() }
    }

    mutating func dropFront(toCount countMax: Int) {
        while count > countMax { dropFront() }
    }

    private mutating func dropFront() {
        let id = entries[front].id
        front += 1
        if let index = entryCounts.index(forKey: id) {
            entryCounts.values[index] -= 1
            if entryCounts.values[index] == 0 { entryCounts.remove(at: index) }
        }
        // Moving the rest to the front only when it is the smaller half costs each entry one move at most, on average.
        if front > entries.count / 2 {
            entries.removeFirst(front)
            front = 0
        }
    }
}
