package import EventSource
package import Logging

/// Wikimedia's stream of recent changes: every change once, in order, for ever.
///
/// Puts together what the parts promise: ``EventSource`` reconnects, ``StreamPosition`` says where to continue and what has
/// been seen, ``RecentChangeDecoder`` says what an event is. Has one reader, as the source has.
package final class ChangeStream {
    /// One change, and what came with it.
    package struct Element: Sendable {
        package let change: RecentChange
        /// How far the stream has come with it in each of its topics: what ``StreamPosition`` wants to know of an event. `nil`
        /// where events have no ids.
        package let positions: [SourcePosition]?
        /// As it was received.
        package let json: [UInt8]
    }

    package let counters: ChangeStreamCounters
    /// Told of each event that is no change, where it says which it is, before the change that follows it is given out.
    ///
    /// Whoever keeps a ``StreamPosition`` of its own needs to know: the server may resume at any event.
    package var didSkip: (_ event: EventIdentity, _ positions: [SourcePosition]?) -> Void = { _, _ in }
    private let source: EventSource
    private let logger: Logger
    private var decoder: RecentChangeDecoder
    private var position: StreamPosition
    /// The last id, taken apart: neighbours often share one.
    private var lastID = ""
    private var lastPositions: [SourcePosition] = []
    private var otherKindCount = 0

    /// Does no I/O; the first `next()` does.
    ///
    /// - Parameters:
    ///   - position: where to continue.
    ///   - counters: what becomes of the events is added there; and what the connections do, to `sourceCounters`.
    package init(
        _ settings: EventSource.Settings, position: StreamPosition = StreamPosition(),
        counters: ChangeStreamCounters = ChangeStreamCounters(),
        sourceCounters: EventSourceCounters = EventSourceCounters(), logger: Logger
    ) {
        self.counters = counters
        source = EventSource(settings, counters: sourceCounters, logger: logger)
        decoder = RecentChangeDecoder(eventBytesMax: settings.eventBytesMax)
        self.position = position
        self.logger = logger
        source.willConnect = { [unowned self] in self.position.lastEventID }
    }

    /// The next change that has not been given out before; waits for it.
    ///
    /// - Returns: `nil` when the stream is over (the server has said so, with 204), or the task is cancelled.
    package func next() async -> Element? {
        while let event = await source.next() {
            guard event.type == "message" else {
                noteOtherKind(event)
                continue
            }
            let decoded = decoder.decode(event.data.span)
            let positions = positions(inID: event.id)
            if let identity = decoded.identity, !position.admit(identity, at: positions) {
                counters.add(duplicates: 1)
                continue
            }
            switch decoded {
            case .change(let change):
                counters.add(changes: 1)
                return Element(change: change, positions: positions, json: event.data)
            case .canary:
                counters.add(canaries: 1)
            case .malformed(let reason, _):
                noteMalformed(event, reason)
            }
            if let identity = decoded.identity { didSkip(identity, positions) }
        }
        return nil
    }

    /// `nil` where events have no ids: in newline-delimited JSON.
    private func positions(inID id: String) -> [SourcePosition]? {
        guard !id.isEmpty else { return nil }
        if id != lastID {
            lastID = id
            lastPositions = decoder.positions(inID: id)
        }
        return lastPositions
    }

    /// Wikimedia reports its own errors this way, as `event: error`. Logged as malformed events are.
    private func noteOtherKind(_ event: ServerSentEvent) {
        otherKindCount += 1
        guard otherKindCount.nonzeroBitCount == 1 else { return }
        logger.warning(
            "stream sent another kind of event",
            [
                "type": "\(event.type)", "data": "\(String(decoding: event.data.prefix(200), as: UTF8.self))",
                "count": .integer(otherKindCount),
            ])
    }

    /// Counts each one and logs the 1st, 2nd, 4th, 8th, …: enough to see what is wrong, and not a log full of it.
    private func noteMalformed(_ event: ServerSentEvent, _ reason: MalformedReason) {
        let count = counters.add(malformed: 1).malformed
        guard count.nonzeroBitCount == 1 else { return }
        logger.warning(
            "malformed event",
            [
                "reason": "\(reason)", "id": "\(event.id)", "count": .integer(count),
                "data": "\(String(decoding: event.data.prefix(200), as: UTF8.self))",
            ])
    }
}
