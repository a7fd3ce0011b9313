/// What tells one event of a stream from all others, and where in the stream it stands.
package struct EventIdentity: Hashable, Sendable {
    /// `meta.id`, unique over all topics.
    package let id: EventID
    /// `meta.topic`: the Kafka topic behind the stream that the event comes from, one for each of Wikimedia's datacentres
    /// (`eqiad.mediawiki.recentchange`). `nil` if the event does not say.
    package let topic: String?
    /// `meta.dt` in milliseconds since 1970, which is also the timestamp that Kafka keeps for the event. `nil` if the event
    /// does not say, or not in the format of RFC 3339.
    package let timestampMilliseconds: Int?

    package init(id: EventID, topic: String?, timestampMilliseconds: Int?) {
        self.id = id
        self.topic = topic
        self.timestampMilliseconds = timestampMilliseconds
    }
}
