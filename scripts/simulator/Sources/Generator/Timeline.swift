/// When each event happened, and in which data centre: pure functions of its number.
///
/// An event's timestamp is a clock that runs evenly, minus what the event was late by. Clock times repeat, since events come
/// in groups, and timestamps step back wherever an event was later than the one before it, as in the real stream.
struct Timeline: Sendable {
    let seed: UInt64
    /// The clock at event 0, in milliseconds since 1970.
    let epoch: Int
    let eventsPerSecond: Int
    /// Every so many events one is very late; 0: none.
    let stepBackEvery: Int
    /// After so many events the other data centre may take over; of four such stretches one is codfw's.
    let topicStretch: Int

    static let latenessMax = 52_000
    private static let groupSize = 8

    /// In milliseconds since 1970: the Kafka timestamp, and `meta.dt`.
    func timestamp(of index: Int) -> Int {
        epoch + clock(at: index) - lateness(of: index)
    }

    /// Every eight events the clock is read twice: once at the first, once at one of the others.
    private func clock(at index: Int) -> Int {
        let start = index / Self.groupSize * Self.groupSize
        var bits = RandomBits(seed: seed, purpose: .time, index: -1 - start)
        let second = start + 1 + bits.next(below: Self.groupSize - 1)
        return (index < second ? start : second) * 1000 / eventsPerSecond
    }

    private func lateness(of index: Int) -> Int {
        var bits = RandomBits(seed: seed, purpose: .time, index: index)
        if stepBackEvery > 0 && (index + 1) % stepBackEvery == 0 {
            return 1000 + bits.next(below: Self.latenessMax - 1000 + 1)
        }
        switch bits.next(below: 64) {
        case 0: return bits.next(below: 2000)
        case 1...8: return bits.next(below: 200)
        default: return 0
        }
    }

    /// The first event, in order, whose timestamp is `timestamp` or later: what Kafka's `offsetsForTimes` finds.
    ///
    /// No event is earlier than the clock says, so the search can begin where the clock gets there, and ends soon after it,
    /// at the first event that is not late.
    ///
    /// - Parameter timestamp: milliseconds since 1970, not negative.
    func firstIndex(atOrAfter timestamp: Int) -> Int {
        // Nobody asks for what is more than a century ahead, but for numbers with which the next line would overflow.
        guard timestamp - epoch < 100 * 366 * 86_400_000 else { return .max }
        var index = max(0, (timestamp - epoch) * eventsPerSecond / 1000)
        while self.timestamp(of: index) < timestamp { index += 1 }
        return index
    }

    func topic(of index: Int) -> SourceTopic {
        index / topicStretch % 4 == 3 ? .codfw : .eqiad
    }

    /// The first event at or after `index` that is in `topic`.
    func nextIndex(in topic: SourceTopic, from index: Int) -> Int {
        var index = index
        while self.topic(of: index) != topic { index = (index / topicStretch + 1) * topicStretch }
        return index
    }
}

/// The stream's two sources in Kafka: one topic in each of Wikimedia's data centres. One is active, the other rests.
package enum SourceTopic: Int, CaseIterable, Sendable {
    case eqiad, codfw

    var name: String { "\(self).mediawiki.recentchange" }

    var other: SourceTopic { self == .eqiad ? .codfw : .eqiad }
}
