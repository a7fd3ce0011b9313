internal import JSON

/// Where to continue a stream after a lost connection, so that no event is missed and none is taken twice.
///
/// The id of an event does not say which event it was: it has the time of the newest event of each source topic, in
/// milliseconds. Many events share a time, and times step back by up to a minute, so continuing at the id as it came would
/// miss events. Instead the stream is rewound a little further than needed, and what was seen already is dropped by its
/// `meta.id`. A rewind of 0 would do for one Kafka cluster; the seconds are for the day when another datacentre answers, whose
/// log may have neighbours in another order.
///
/// ```swift
/// // For each event, canaries and malformed ones too:
/// if position.admit(identity, at: positions) { … }
/// // For each connection:
/// connect(lastEventID: position.lastEventID)
/// ```
///
/// Each topic has a history of its own. With one for all, the events of a topic that has fallen silent would stand at its
/// front for ever and keep all others from being dropped.
///
/// What it does not promise:
/// - Events from shortly before the first one may be admitted after a reconnect: they are new, too.
/// - If more than `seenCountMax` events of a topic fall within the rewind, some are forgotten, and may be admitted twice.
/// - A connection must bring more events than the rewind holds, or the stream does not get on.
package struct StreamPosition: Sendable {
    /// How far before the newest event to continue.
    package let rewindMilliseconds: Int
    /// How many events of each topic are remembered at most. About 32 bytes each, and as much again to find them.
    package let seenCountMax: Int
    var histories: [String: SourceHistory] = [:]
    /// The positions in the newest id.
    var positions: [SourcePosition] = []

    package init(rewindMilliseconds: Int = 5_000, seenCountMax: Int = 100_000) {
        precondition(rewindMilliseconds >= 0 && seenCountMax > 0)
        self.rewindMilliseconds = rewindMilliseconds
        self.seenCountMax = seenCountMax
    }

    // MARK: Events

    /// How many events are remembered, of all topics together.
    package var seenCount: Int { histories.values.reduce(0) { $0 + $1.seenCount } }

    /// Takes note of an event, in the order of the stream.
    ///
    /// - Parameter positions: those in the event's id (see `RecentChangeDecoder.positions(inID:)`), empty if it has none;
    ///   `nil` if the events of this stream have no ids (newline-delimited JSON): then `meta.dt` is the timestamp.
    /// - Returns: whether the event is seen for the first time. If not, it has been dealt with already.
    package mutating func admit(_ event: EventIdentity, at positions: [SourcePosition]?) -> Bool {
        if let positions, !positions.isEmpty { self.positions = positions }
        return histories[event.topic ?? Self.unknownTopic, default: SourceHistory()].admit(
            event.id, timestamp: Self.timestamp(of: event, at: positions), rewindMilliseconds: rewindMilliseconds,
            countMax: seenCountMax)
    }

    /// Where events are remembered that do not say their topic. It is no topic, so it is not continued.
    private static let unknownTopic = ""

    /// The Kafka timestamp of an event. Not `meta.dt` where there are ids: what the server looks for is what it told.
    private static func timestamp(of event: EventIdentity, at positions: [SourcePosition]?) -> Int? {
        guard let positions else { return event.timestampMilliseconds }
        let timestamp = positions.first { $0.topic == event.topic }?.timestampMilliseconds
        return timestamp.map { $0 - 1 }
    }

    // MARK: Continuing

    /// The value for the header `Last-Event-ID` of the next connection: for each topic, the time of its newest event less the
    /// rewind. `nil` if no event has had a position; then the newest id as it came is the best there is.
    package var lastEventID: String? {
        let positions = topicPositions
        guard !positions.isEmpty else { return nil }
        let newestOfAll = histories.filter { $0.key != Self.unknownTopic }.values.compactMap(\.newestTimestamp).max()
        var json = JSONWriter()
        json.array { json in
            for position in positions {
                let history = histories[position.topic]
                // A topic that has sent nothing yet is continued at the time of the others: with `"offset":-1`, as the server
                // has it, what is sent between two connections would be missed when the datacentres change places.
                let newest = history == nil ? newestOfAll : history?.newestTimestamp
                json.object { json in
                    json.member("topic", position.topic)
                    json.member("partition", position.partition)
                    if let newest {
                        json.member("timestamp", max(0, newest - rewindMilliseconds))
                    } else if let timestamp = position.timestampMilliseconds {
                        json.member("timestamp", timestamp)
                    } else {
                        json.member("offset", position.offset ?? -1)
                    }
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// Every topic of the stream: the server sends nothing of a topic that is not named.
    private var topicPositions: [SourcePosition] {
        if !positions.isEmpty { return positions }
        let seen = histories.filter { $0.value.newestTimestamp != nil && $0.key != Self.unknownTopic }.keys
        return Set(seen.flatMap(Self.topicInAllDatacentres)).sorted().map { SourcePosition(topic: $0) }
    }

    /// Without ids nobody names the topic of the datacentre that is idle. Wikimedia has two main ones, whose topics differ in
    /// the first word (https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service).
    private static func topicInAllDatacentres(_ topic: String) -> [String] {
        let parts = topic.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[0] == "eqiad" || parts[0] == "codfw" else { return [topic] }
        return ["codfw.\(parts[1])", "eqiad.\(parts[1])"]
    }
}
