import Foundation
import TestSupport

@testable import Wikimedia

/// An event as far as its place in the stream goes.
struct ModelEvent: Hashable, Sendable {
    let id: EventID
    let topic: String
    let timestamp: Int

    var identity: EventIdentity { EventIdentity(id: id, topic: topic, timestampMilliseconds: timestamp) }
}

/// Wikimedia's server, told in few words: a log for each topic, and connections that start where `Last-Event-ID` says.
///
/// Written after KafkaSSE, and so that it shares nothing with what it tests.
struct ModelStream {
    static let topics = ["eqiad.mediawiki.recentchange", "codfw.mediawiki.recentchange"]

    /// All events in the order in which they are produced.
    let history: [ModelEvent]
    private(set) var producedCount = 0
    private var logs: [String: [ModelEvent]] = Dictionary(uniqueKeysWithValues: topics.map { ($0, []) })

    init(history: [ModelEvent]) {
        self.history = history
    }

    var isComplete: Bool { producedCount == history.count }

    mutating func produce(_ count: Int) {
        for event in history[producedCount...].prefix(count) {
            logs[event.topic, default: []].append(event)
            producedCount += 1
        }
    }

    // MARK: Connections

    struct Connection {
        /// Per topic, the index of the event that comes next. A topic that is not here does not come.
        fileprivate var next: [String: Int]
        fileprivate var positions: [String: Position]
    }

    fileprivate struct Position: Codable {
        var topic: String
        var partition = 0
        var offset: Int?
        var timestamp: Int?

        var json: String {
            let place = timestamp.map { "\"timestamp\":\($0)" } ?? "\"offset\":\(offset ?? -1)"
            return "{\"topic\":\"\(topic)\",\"partition\":\(partition),\(place)}"
        }
    }

    func connect(lastEventID: String?) throws -> Connection {
        let asked = try lastEventID.map { try JSONDecoder().decode([Position].self, from: Data($0.utf8)) }
        var connection = Connection(next: [:], positions: [:])
        for position in asked ?? Self.topics.map({ Position(topic: $0, offset: -1) }) {
            let log = logs[position.topic] ?? []
            var offset = position.offset ?? -1
            if let timestamp = position.timestamp {
                offset = log.firstIndex { $0.timestamp >= timestamp } ?? -1
            }
            connection.next[position.topic] = offset == -1 ? log.count : offset
            connection.positions[position.topic] = Position(topic: position.topic, offset: offset)
        }
        return connection
    }

    /// The next event of any topic that has one, with its id.
    func next(on connection: inout Connection, _ random: inout SeededGenerator) -> (event: ModelEvent, id: String)? {
        let ready = Self.topics.filter { connection.next[$0, default: .max] < logs[$0, default: []].count }
        guard let topic = ready.randomElement(using: &random), let index = connection.next[topic],
            let event = logs[topic]?[index]
        else { return nil }
        connection.next[topic] = index + 1
        connection.positions[topic] = Position(topic: topic, timestamp: event.timestamp + 1)
        return (event, "[\(Self.topics.compactMap { connection.positions[$0]?.json }.joined(separator: ","))]")
    }
}

// MARK: Histories

extension ModelStream {
    /// How the timestamps of a history go.
    struct Timing: Sendable {
        /// Timestamps are multiples of this: 1000 until 2021, 1 today.
        var granularityMilliseconds = 1
        /// One of ten events is late, by up to this.
        var stepBackMillisecondsMax = 52_000
        /// One of two hundred is ahead of its time, by up to this.
        var aheadMillisecondsMax = 0
    }

    /// - Parameter topic: which topic an event comes from, by its index.
    static func randomHistory(
        count: Int, timing: Timing = Timing(), _ random: inout SeededGenerator,
        topic: (Int, inout SeededGenerator) -> String
    ) -> [ModelEvent] {
        var time = 1_700_000_000_000
        return (0..<count).map { index in
            if Int.random(in: 0..<3, using: &random) == 0 { time += Int.random(in: 1...2000, using: &random) }
            var timestamp = time
            if Int.random(in: 0..<10, using: &random) == 0 {
                timestamp -= Int.random(in: 0...timing.stepBackMillisecondsMax, using: &random)
            } else if Int.random(in: 0..<200, using: &random) == 0 {
                timestamp += Int.random(in: 0...timing.aheadMillisecondsMax, using: &random)
            }
            timestamp -= timestamp % timing.granularityMilliseconds
            // Ids that are no UUID among those that are.
            let digits = String(index, radix: 16)
            let text = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
            return ModelEvent(
                id: EventID(index % 10 == 0 ? "event \(index)" : text), topic: topic(index, &random),
                timestamp: timestamp)
        }
    }
}
