/// One client's way through the stream: where it begins, what it gets next, and the id that goes with it.
///
/// It does what KafkaSSE, the program behind Wikimedia's server, does. One consumer reads both topics, each from its own
/// place. A timestamp is turned into the first offset that has it or a later one; none, or -1, is the end. The id of an event
/// says, for each topic, the timestamp after the last one sent from it, or the offset where reading began if there was none
/// yet. Resuming is therefore coarse: it leaves out what has the same or an earlier timestamp and comes later, and repeats
/// what has a later one and came before. And a topic that was resting, whose place is -1, is taken up at its end: what came
/// there while the client was away is lost to it, unless it asks for a time.
///
/// Kafka does not say in which order one gets what is in both topics. Here it is the order in which it happened.
package struct Subscription: Sendable {
    package enum Format: Sendable {
        /// `text/event-stream`
        case events
        /// JSON, one value a line, without ids.
        case lines
    }

    private let stream: SimulatedStream
    private let format: Format
    /// In the order in which the id names them.
    private var positions: [TopicPosition]
    /// For each topic, by its number: the first offset that is sent.
    private let firstOffsets: [Int]

    /// The next event that is looked at.
    package private(set) var nextIndex: Int

    /// - Parameters:
    ///   - unspecified: the event to begin at for a client that does not say.
    ///   - head: the first event that has not happened yet.
    ///   - end: the first that can never be asked for: with a total it is the total, otherwise `head`.
    package init(
        to stream: SimulatedStream, as format: Format, from resume: ResumePoint, unspecified: Int, head: Int, end: Int
    ) {
        self.stream = stream
        self.format = format
        var firstOffsets: [Int?] = [.max, .max]
        switch resume {
        case .unspecified:
            positions = SourceTopic.allCases.map { TopicPosition(topic: $0, place: .offset(-1)) }
            firstOffsets = [unspecified * 4, unspecified * 4]
        case .since(let milliseconds):
            positions = SourceTopic.allCases.map { topic in
                let offset = stream.offset(in: topic, atOrAfter: milliseconds, end: end)
                firstOffsets[topic.rawValue] = offset
                return TopicPosition(topic: topic, place: .offset(offset ?? -1))
            }
        case .positions(let requested):
            // KafkaSSE puts those first that came with an offset: an id must be parsed, its parts have no fixed places.
            var resolved: [TopicPosition] = []
            positions = []
            for position in requested {
                switch position.place {
                case .offset(let offset):
                    // One that is not in the log is as good as none (`auto.offset.reset`).
                    firstOffsets[position.topic.rawValue] = 0..<(end * 4) ~= offset ? offset : nil
                    positions.append(position)
                case .timestamp(let timestamp):
                    let offset = stream.offset(in: position.topic, atOrAfter: timestamp, end: end)
                    firstOffsets[position.topic.rawValue] = offset
                    resolved.append(TopicPosition(topic: position.topic, place: .offset(offset ?? -1)))
                }
            }
            positions += resolved
        }
        // Whoever names a place has been there: the end is not before it, even if this server has only just started.
        let known = firstOffsets.compactMap { $0 == .max ? nil : $0 }.max() ?? 0
        let latest = max(head * 4, known)
        self.firstOffsets = firstOffsets.map { $0 ?? latest }
        nextIndex = (self.firstOffsets.min() ?? latest) / 4
        everythingFrom = self.firstOffsets.max() ?? latest
    }

    /// From this offset on nothing has to be left out.
    private let everythingFrom: Int

    /// How a stream opens: KafkaSSE says that it is there before there is an event.
    package static func opening(_ format: Format) -> [UInt8] {
        Array((format == .events ? ":ok\n\n" : "\n").utf8)
    }

    // MARK: Frames

    /// What is sent for the next events.
    package struct Batch: Sendable {
        package fileprivate(set) var bytes: [UInt8]
        /// Changes in it, canaries and malformed frames not counted.
        package fileprivate(set) var changeCount = 0
    }

    /// More than any frame has. Memory that is not written to costs nothing, so it can be generous.
    private static let frameBytesMax = 32 * 1024
    private static let hugeFrameBytesMax = 2 * 1024 * 1024

    /// Makes the frames of the next events.
    ///
    /// - Parameters:
    ///   - limit: the event to stop before.
    ///   - changeCountMax: how many changes at most.
    ///   - byteCount: stops after the event with which this is reached.
    package mutating func next(upTo limit: Int, changeCountMax: Int = .max, byteCount: Int) -> Batch {
        var batch = Batch(bytes: [])
        let room = 3 * Self.frameBytesMax + (stream.settings.hugeEvery > 0 ? 2 * Self.hugeFrameBytesMax : 0)
        stream.fragments.bytes.withUnsafeBufferPointer { fragments in
            batch.bytes = [UInt8](unsafeUninitializedCapacity: byteCount + room) { memory, initializedCount in
                guard var buffer = FrameBuffer(memory, fragments: fragments) else { return }
                while nextIndex < limit && batch.changeCount < changeCountMax && buffer.count < byteCount {
                    putFrames(at: nextIndex, in: &buffer, &batch.changeCount)
                    nextIndex += 1
                }
                initializedCount = buffer.count
            }
        }
        return batch
    }

    private mutating func putFrames(at index: Int, in buffer: inout FrameBuffer, _ changeCount: inout Int) {
        if put(.change, at: index, in: &buffer) { changeCount += 1 }
        if stream.has(.canary, at: index) { _ = put(.canary, at: index, in: &buffer) }
        if stream.has(.malformed, at: index) { _ = put(.malformed, at: index, in: &buffer) }
    }

    /// - Returns: whether this client gets it.
    private mutating func put(_ item: SimulatedStream.Item, at index: Int, in buffer: inout FrameBuffer) -> Bool {
        let topic = stream.topic(of: item, at: index)
        let offset = SimulatedStream.offset(of: item, at: index)
        if offset < everythingFrom && offset < firstOffsets[topic.rawValue] { return false }
        if format == .events {
            // The next timestamp and not this one: KafkaSSE wants the client to resume after this event.
            let timestamp = stream.timeline.timestamp(of: index) + 1
            for place in positions.indices where positions[place].topic == topic {
                positions[place].place = .timestamp(timestamp)
            }
            buffer.put("event: message\nid: ")
            buffer.putID(positions)
            buffer.put("\ndata: ")
        }
        switch item {
        case .change: buffer.putChange(at: index, of: stream)
        case .canary: buffer.putCanary(at: index, of: stream)
        case .malformed: buffer.putMalformed(at: index, of: stream)
        }
        buffer.put(format == .events ? "\n\n" : "\n")
        return true
    }
}

extension FrameBuffer {
    fileprivate mutating func putID(_ positions: [TopicPosition]) {
        var separator: StaticString = "["
        for position in positions {
            put(separator)
            separator = ","
            switch position.topic {
            case .eqiad: put(#"{"topic":"eqiad.mediawiki.recentchange","partition":0,"#)
            case .codfw: put(#"{"topic":"codfw.mediawiki.recentchange","partition":0,"#)
            }
            switch position.place {
            case .offset(let offset):
                put(#""offset":"#)
                put(offset)
            case .timestamp(let timestamp):
                put(#""timestamp":"#)
                put(timestamp)
            }
            put("}")
        }
        put("]")
    }
}

extension SimulatedStream {
    /// The first offset in `topic` whose timestamp is `timestamp` or later; `nil` if there is none before the event `end`.
    func offset(in topic: SourceTopic, atOrAfter timestamp: Int, end: Int) -> Int? {
        var index = timeline.firstIndex(atOrAfter: timestamp)
        while index < end {
            if timeline.timestamp(of: index) >= timestamp {
                for item in Item.allCases where has(item, at: index) && self.topic(of: item, at: index) == topic {
                    return Self.offset(of: item, at: index)
                }
            }
            index = nextIndex(in: topic, after: index)
        }
        return nil
    }

    /// The next event after `index` where something may be in `topic`.
    private func nextIndex(in topic: SourceTopic, after index: Int) -> Int {
        let change = timeline.nextIndex(in: topic, from: index + 1)
        guard settings.canaryEvery > 0 else { return change }
        return min(change, (index + 1) / settings.canaryEvery * settings.canaryEvery + settings.canaryEvery - 1)
    }
}
