import TestSupport
import Testing

@testable import Wikimedia

/// The position against a model of the server, over many lost connections: each event of the history is admitted once.
struct StreamPositionModelTests {
    private static let seedCount = 6
    private static let timings: [ModelStream.Timing] = [
        .init(), .init(granularityMilliseconds: 1000), .init(aheadMillisecondsMax: 40_000),
        .init(granularityMilliseconds: 5000, stepBackMillisecondsMax: 0), .init(stepBackMillisecondsMax: 0),
    ]

    @Test(arguments: 0..<seedCount)
    func everyEventIsAdmittedOnceInItsOrder(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let history = Self.history(&random)

        for hasIDs in [true, false] {
            let admitted = try Self.follow(history, hasIDs: hasIDs, &random)
            for topic in ModelStream.topics {
                #expect(admitted.filter { $0.topic == topic } == history.filter { $0.topic == topic })
            }
        }
    }

    /// The rewind goes back to events from before the start, of which the first connection has seen nothing.
    @Test(arguments: 0..<seedCount)
    func everyEventSinceTheStartIsAdmittedOnceAndNoneTwice(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let history = Self.history(&random)

        for hasIDs in [true, false] {
            let admitted = try Self.follow(history, startingAt: 300, hasIDs: hasIDs, &random)
            #expect(Set(admitted).count == admitted.count)
            #expect(Set(admitted).isSuperset(of: history[300...]))
        }
    }

    @Test(arguments: 0..<seedCount)
    func theOtherDatacentreMayTakeOverBetweenTwoConnections(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let timing = ModelStream.Timing(stepBackMillisecondsMax: 0)
        let history = ModelStream.randomHistory(count: 1500, timing: timing, &random) { index, _ in
            ModelStream.topics[index / 500 % 2]
        }

        for hasIDs in [true, false] {
            let admitted = try Self.follow(history, hasIDs: hasIDs, topicCountFirst: 1, &random)
            #expect(admitted.count == history.count && Set(admitted) == Set(history))
        }
    }

    // MARK: The run

    private static func history(_ random: inout SeededGenerator) -> [ModelEvent] {
        let timing = timings.randomElement(using: &random) ?? .init()
        return ModelStream.randomHistory(count: 1500, timing: timing, &random) { index, random in
            // Both topics near the start, so that soon both have a position.
            index < 2 || index == 300 ? ModelStream.topics[index % 2] : ModelStream.topics[index % 17 == 0 ? 0 : 1]
        }
    }

    /// Follows a stream to the end of its history, over connections of random length, and tells what was admitted.
    ///
    /// - Parameters:
    ///   - start: how many events there are before the first connection.
    ///   - topicCountFirst: the first connection lasts until it has had events of so many topics.
    static func follow(
        _ history: [ModelEvent], startingAt start: Int = 0, hasIDs: Bool, topicCountFirst: Int = 2,
        _ random: inout SeededGenerator
    ) throws -> [ModelEvent] {
        var stream = ModelStream(history: history)
        var position = StreamPosition()
        var decoder = RecentChangeDecoder()
        var admitted: [ModelEvent] = []
        stream.produce(start)
        while true {
            var connection = try stream.connect(lastEventID: position.lastEventID)
            var eventsLeft = [0, 1, 10, 100, 3000].randomElement(using: &random) ?? 0
            while eventsLeft > 0 || Set(admitted.map(\.topic)).count < topicCountFirst {
                stream.produce(Int.random(in: 0...2, using: &random))
                guard let (event, id) = stream.next(on: &connection, &random) else {
                    if stream.isComplete { return admitted }
                    continue
                }
                let isNew = position.admit(event.identity, at: hasIDs ? decoder.positions(inID: id) : nil)
                if isNew { admitted.append(event) }
                eventsLeft -= 1
            }
            stream.produce(Int.random(in: 0...300, using: &random))
        }
    }
}
