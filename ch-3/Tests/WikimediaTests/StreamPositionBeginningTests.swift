import Testing

@testable import Wikimedia

/// Where a stream begins, told by its first event.
struct StreamPositionBeginningTests {
    private static let topic = "codfw.mediawiki.recentchange"

    private static func positions(_ milliseconds: Int) -> [SourcePosition] {
        [
            SourcePosition(topic: "eqiad.mediawiki.recentchange", offset: -1),
            SourcePosition(topic: topic, timestampMilliseconds: milliseconds + 1),
        ]
    }

    @Test func theFirstEventIsAskedForAgainAndNothingBeforeIt() {
        let position = StreamPosition(before: .make("1", topic: Self.topic), at: Self.positions(50_000))

        #expect(
            position.lastEventID == #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":50000},"#
                + #"{"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":50000}]"#)
    }

    @Test func itIsAdmittedAsIfForTheFirstTimeAndThenNoMore() {
        let first = EventIdentity.make("1", topic: Self.topic)
        var position = StreamPosition(before: first, at: Self.positions(50_000))

        #expect(position.seenCount == 0)
        let admitted = [(first, 50_000), (.make("2", topic: Self.topic), 49_000), (first, 50_000)].map {
            position.admit($0.0, at: Self.positions($0.1))
        }
        #expect(admitted == [true, true, false])
    }

    @Test func whereEventsHaveNoIDsItIsTheTimeOfTheEvent() {
        let position = StreamPosition(before: .make("1", topic: "t", timestampMilliseconds: 7_000), at: nil)

        #expect(position.lastEventID == #"[{"topic":"t","partition":0,"timestamp":7000}]"#)
    }
}
