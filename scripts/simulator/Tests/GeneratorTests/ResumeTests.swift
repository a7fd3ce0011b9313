import Testing

@testable import Generator

struct TimelineTests {
    @Test(arguments: [1, 7, 50, 1000, 20_000], [0, 10, 100])
    func firstIndexIsWhatALinearSearchFinds(eventsPerSecond: Int, stepBackEvery: Int) {
        let stream = SimulatedStream.make {
            $0.eventsPerSecond = eventsPerSecond
            $0.stepBackEvery = stepBackEvery
        }
        let timestamps = (0..<6000).map { stream.timeline.timestamp(of: $0) }
        for place in stride(from: 0, to: 5000, by: 37) {
            for difference in [-1, 0, 1] {
                let timestamp = timestamps[place] + difference
                #expect(stream.timeline.firstIndex(atOrAfter: timestamp) == timestamps.firstIndex { $0 >= timestamp })
            }
        }
        #expect(stream.timeline.firstIndex(atOrAfter: 0) == 0)
        #expect(stream.timeline.firstIndex(atOrAfter: .max) == .max)
    }

    @Test func timestampsRepeatAndStepBack() {
        let stream = SimulatedStream.make()
        let timestamps = (0..<20_000).map { stream.timeline.timestamp(of: $0) }
        let steps = zip(timestamps.dropFirst(), timestamps).map { $0 - $1 }
        #expect(steps.count { $0 == 0 } > 5000)
        #expect(steps.count { $0 < 0 } > 500)
        #expect(steps.contains { $0 < -10_000 } && steps.allSatisfy { $0 >= -52_001 })
    }

    @Test func oneStretchInFourIsCodfws() {
        let stream = SimulatedStream.make { $0.topicStretch = 100 }
        let topics = (0..<800).map { stream.timeline.topic(of: $0) }
        #expect(topics.count { $0 == .codfw } == 200)
        #expect(topics[299] == .eqiad && topics[300] == .codfw && topics[399] == .codfw && topics[400] == .eqiad)
    }
}

/// Compares resuming with a model of Kafka: a list of records in each topic, searched from its start.
struct SubscriptionTests {
    private struct Record: Equatable {
        let topic: String
        let offset: Int
        let timestamp: Int
        let id: String
        let data: [UInt8]
    }

    private static let end = 1500
    private let stream = SimulatedStream.make {
        $0.topicStretch = 200
        $0.stepBackEvery = 20
        $0.canaryEvery = 30
    }

    /// The whole log, in the order in which it happened.
    private func log() -> [Record] {
        Frame.parse(stream.bytes(as: .events, from: 0, upTo: Self.end)).map { frame in
            let offset = Int(frame.member("offset") ?? "") ?? -1
            return Record(
                topic: frame.member("topic") ?? "", offset: offset,
                timestamp: stream.timeline.timestamp(of: offset / 4), id: frame.id, data: frame.data)
        }
    }

    private func read(from point: ResumePoint, head: Int = Self.end) -> [Frame] {
        var subscription = Subscription(
            to: stream, as: .events, from: point, unspecified: 0, head: head, end: Self.end)
        return Frame.parse(subscription.next(upTo: Self.end, byteCount: 16 * 1024 * 1024).bytes)
    }

    @Test func resumingIsWhatKafkaSSEDoes() throws {
        let log = log()
        #expect(log.count == Self.end + Self.end / 30)
        for record in log where record.offset % 97 == 0 {
            let point = try #require(ResumePoint(lastEventID: record.id))
            guard case .positions(let positions) = point else { continue }
            var first: [String: Int] = [:]
            for position in positions {
                let ofTopic = log.filter { $0.topic == position.topic.name }
                switch position.place {
                case .timestamp(let timestamp):
                    first[position.topic.name] = ofTopic.first { $0.timestamp >= timestamp }?.offset ?? Self.end * 4
                case .offset(let offset):
                    first[position.topic.name] = offset < 0 ? Self.end * 4 : offset
                }
            }
            let expected = log.filter { $0.offset >= first[$0.topic] ?? .max }.map(\.data)
            #expect(read(from: point).map(\.data) == expected)
        }
    }

    @Test func sinceIsATimeInEachTopic() {
        let log = log()
        for record in log where record.offset % 101 == 0 {
            let frames = read(from: .since(milliseconds: record.timestamp))
            let reached = log.filter { $0.timestamp >= record.timestamp }
            let first = Dictionary(reached.map { ($0.topic, $0.offset) }) { first, _ in first }
            let expected = log.filter { $0.offset >= first[$0.topic] ?? .max }
            #expect(frames.map(\.data) == expected.map(\.data))
        }
    }

    @Test func goingBackByTheLatenessLeavesNothingOut() {
        // What a careful client does: both topics, far enough back; then it drops what it has seen.
        let log = log()
        for (place, record) in log.enumerated() where place % 150 == 0 {
            let seen = Set(log[...place].map(\.offset))
            let latest = log[...place].map(\.timestamp).max() ?? 0
            let time = latest - Timeline.latenessMax
            let positions = SourceTopic.allCases.map { TopicPosition(topic: $0, place: .timestamp(max(0, time))) }
            let received = read(from: .positions(positions)).map(\.data)
            let missing = log[(place + 1)...].filter { !seen.contains($0.offset) && !received.contains($0.data) }
            #expect(missing.isEmpty, "after \(record.offset)")
        }
    }

    @Test func aTopicAtItsEndIsTakenUpWhereTheHeadIs() {
        // Until event 600 all is eqiad's. The client went away at 590, and comes back when 700 have happened.
        let timestamp = stream.timeline.timestamp(of: 590) + 1
        let point = ResumePoint.positions([
            TopicPosition(topic: .eqiad, place: .timestamp(timestamp)),
            TopicPosition(topic: .codfw, place: .offset(-1)),
        ])
        let indexes = read(from: point, head: 700).filter { $0.member("domain") != "canary" }
            .compactMap { frame in frame.member("offset").flatMap(Int.init).map { $0 / 4 } }
        #expect(!indexes.contains { 600..<700 ~= $0 })
        #expect(indexes.contains(700))
    }

    @Test func theIDTellsBothPlaces() {
        let frames = Frame.parse(stream.bytes(as: .events, from: 0, upTo: 10))
        let timestamp = stream.timeline.timestamp(of: 3) + 1
        #expect(
            frames[3].id == """
                [{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":\(timestamp)},\
                {"topic":"codfw.mediawiki.recentchange","partition":0,"offset":-1}]
                """)
    }

    @Test func aTopicThatIsNotAskedForIsNotSent() {
        let point = ResumePoint.positions([TopicPosition(topic: .codfw, place: .offset(0))])
        #expect(read(from: point).allSatisfy { $0.member("topic") == "codfw.mediawiki.recentchange" })
    }

    @Test func linesHaveNoIDs() {
        let text = String(decoding: stream.bytes(as: .lines, from: 0, upTo: 100), as: UTF8.self)
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }
}

struct ResumePointTests {
    @Test func idsAreRead() {
        let eqiad = TopicPosition(topic: .eqiad, place: .timestamp(5))
        let codfw = TopicPosition(topic: .codfw, place: .offset(-1))
        let texts = [
            #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":5},{"topic":"codfw.mediawiki.recentchange","partition":0,"offset":-1}]"#,
            #" [ { "partition" : 0 , "timestamp" : 5 , "topic" : "eqiad.mediawiki.recentchange" } , { "offset":-1,"partition":0,"topic":"codfw.mediawiki.recentchange"}]"#,
        ]
        for text in texts { #expect(ResumePoint(lastEventID: text) == .positions([eqiad, codfw])) }
    }

    @Test(arguments: [
        "", "[]", "{}", "5", "[{}]", #"[{"topic":"eqiad.mediawiki.recentchange","partition":0}]"#,
        #"[{"topic":"eqiad.mediawiki.recentchange","timestamp":5}]"#,
        #"[{"topic":"eqiad.mediawiki.recentchange","partition":1,"timestamp":5}]"#,
        #"[{"topic":"eqiad.mediawiki.page-create","partition":0,"timestamp":5}]"#,
        #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":5}"#,
        #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":5}] "x""#,
        #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":99999999999999999999}]"#,
    ])
    func otherIDsAreRefused(text: String) {
        #expect(ResumePoint(lastEventID: text) == nil)
    }

    @Test(arguments: [
        ("1767225600000", 1_767_225_600_000), ("0", 0), ("2026-01-01", 1_767_225_600_000),
        ("2026-01-01T00:00Z", 1_767_225_600_000), ("2026-01-01T00:00:05Z", 1_767_225_605_000),
        ("2026-01-01T00:00:05.250Z", 1_767_225_605_250), ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
    ])
    func timesAreRead(text: String, milliseconds: Int) {
        #expect(ResumePoint(since: text) == .since(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "-1", "yesterday", "2026-", "2026-13-01", "2026-01-01T00:00:00", "2026-01-01T24:00Z", "2026-01-01Z ",
    ])
    func otherTimesAreRefused(text: String) {
        #expect(ResumePoint(since: text) == nil)
    }
}
