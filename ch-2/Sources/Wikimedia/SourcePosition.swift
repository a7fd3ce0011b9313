internal import JSON

/// How far a stream has come in one of the Kafka topics behind it: one element of the id that Wikimedia gives each event.
///
/// ```json
/// [{"topic":"eqiad.mediawiki.recentchange","partition":0,"offset":-1},
///  {"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":1630070417001}]
/// ```
///
/// Source: KafkaSSE, the server behind the stream (`lib/KafkaSSE.js`, `_updateLatestOffsetsMap`).
package struct SourcePosition: Equatable, Sendable {
    package let topic: String
    package let partition: Int
    /// The Kafka timestamp of the newest event that has been sent from the topic, plus one.
    package let timestampMilliseconds: Int?
    /// Which message of the partition would be next, for a topic of which nothing has been sent; -1 is "whatever comes".
    package let offset: Int?

    /// - Parameter timestampMilliseconds: 0 to 2^53; anything else is no time and taken as `nil`.
    package init(topic: String, partition: Int = 0, timestampMilliseconds: Int? = nil, offset: Int? = nil) {
        self.topic = topic
        self.partition = partition
        self.timestampMilliseconds = timestampMilliseconds.flatMap { 0...(1 << 53) ~= $0 ? $0 : nil }
        self.offset = offset
    }
}

extension SourcePosition {
    /// The positions in the id of an event; empty if it is an id of another kind.
    static func positions(in document: JSONValue) -> [SourcePosition] {
        guard let elements = document.elements else { return [] }
        var positions: [SourcePosition] = []
        for element in elements {
            guard let position = SourcePosition(element) else { return [] }
            positions.append(position)
        }
        return positions
    }

    private static let names = JSONNames("topic", "partition", "timestamp", "offset")

    private init?(_ element: JSONValue) {
        var members = element.pick(Self.names)
        guard let topic = members.take()?.string, let partition = members.take()?.integer else { return nil }
        self.init(
            topic: topic, partition: partition,
            timestampMilliseconds: members.take()?.integer, offset: members.take()?.integer)
        if timestampMilliseconds == nil && offset == nil { return nil }
    }
}
