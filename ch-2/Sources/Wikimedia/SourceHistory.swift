/// What has been seen of one Kafka topic: enough to know each event that comes again after a reconnect.
///
/// A topic is a log: its events come in one order, always the same. Asked for a time, the server starts at the first event of
/// the log with that time or a later one, and sends all that follows, even what has an earlier time (Kafka's
/// `offsetsForTimes`). So what can come again is the part of the log that starts at the first event with a timestamp of T − R
/// or more, where T is the largest one seen and R how far the stream is rewound.
///
/// `ring` holds just that part, in the order of the log: *after each event, while the first one's timestamp is smaller than
/// T − R, drop the first*. Dropping by timestamp anywhere but at the front would be wrong: an old event between two newer ones
/// comes again with them. T only grows, so what was dropped never comes again.
struct SourceHistory: Sendable {
    /// T. `nil` while no event had a timestamp.
    private(set) var newestTimestamp: Int?
    /// The events of this connection, without those that cannot come again.
    private var ring = EventRing()
    /// The events of earlier connections that may come again on this one. Empty as soon as the newest of them has.
    private var before: Set<EventID> = []
    /// The newest event in the order of the log.
    private var newest: EventID?

    /// Takes note of an event.
    ///
    /// - Returns: whether it is seen for the first time.
    mutating func admit(_ id: EventID, timestamp: Int?, rewindMilliseconds: Int, countMax: Int) -> Bool {
        let isNew = !before.contains(id) && !ring.contains(id)
        // An event that is new although older ones are still to come again is from before the very first connection: it is
        // not the newest of the log.
        if isNew && before.isEmpty { newest = id }
        // From here on nothing comes again, and `ring` has all that came again.
        if id == newest { before = [] }

        if let timestamp { newestTimestamp = max(timestamp, newestTimestamp ?? timestamp) }
        ring.append(id, timestamp: timestamp ?? newestTimestamp ?? 0)
        if let newestTimestamp { ring.dropFirst(olderThan: newestTimestamp - rewindMilliseconds) }
        ring.dropFirst(toCount: countMax)
        return isNew
    }

    /// To be called after the last event of a connection and before the first of the next.
    mutating func reconnect(countMax: Int) {
        if before.count + ring.count > countMax { before = [] }
        before.formUnion(ring.ids)
        ring = EventRing()
    }
}

/// Events in the order of their arrival; the first to come is the first to be dropped.
private struct EventRing: Sendable {
    private struct Entry {
        let id: EventID
        let timestamp: Int
    }

    /// The entries from `first` on; those before it are dropped already and wait to be cleared away together.
    private var entries: [Entry] = []
    private var first = 0
    /// How many entries an id has: more than one if the log itself has the event twice.
    private var entryCounts: [EventID: Int] = [:]

    var count: Int { entries.count - first }
    var ids: some Sequence<EventID> { entryCounts.keys }

    func contains(_ id: EventID) -> Bool {
        entryCounts[id] != nil
    }

    mutating func append(_ id: EventID, timestamp: Int) {
        entries.append(Entry(id: id, timestamp: timestamp))
        entryCounts[id, default: 0] += 1
    }

    mutating func dropFirst(olderThan timestamp: Int) {
        while count > 0, entries[first].timestamp < timestamp { dropFirst() }
    }

    mutating func dropFirst(toCount countMax: Int) {
        while count > countMax { dropFirst() }
    }

    private mutating func dropFirst() {
        let id = entries[first].id
        first += 1
        if let entryCount = entryCounts[id], entryCount > 1 {
            entryCounts[id] = entryCount - 1
        } else {
            entryCounts[id] = nil
        }
        // Moving the rest to the front only when it is the smaller half costs each entry one move at most, on average.
        if first > entries.count / 2 {
            entries.removeFirst(first)
            first = 0
        }
    }
}
