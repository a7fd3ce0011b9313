import Testing

@testable import Wikimedia

struct StreamPositionTests {
    private static let eqiad = "eqiad.mediawiki.recentchange"
    private static let codfw = "codfw.mediawiki.recentchange"

    // MARK: Last-Event-ID

    @Test func withoutEventsThereIsNoPosition() {
        #expect(StreamPosition().lastEventID == nil)
    }

    @Test func aTopicIsContinuedAtItsLargestTimestampLessTheRewind() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        let id = { (eqiad: Int, codfw: Int) in
            [
                SourcePosition(topic: Self.eqiad, timestampMilliseconds: eqiad),
                SourcePosition(topic: Self.codfw, timestampMilliseconds: codfw),
            ]
        }
        _ = position.admit(.make("1", topic: Self.eqiad), at: id(90_001, 0))
        _ = position.admit(.make("2", topic: Self.codfw), at: id(90_001, 70_001))
        _ = position.admit(.make("3", topic: Self.codfw), at: id(90_001, 20_001))

        #expect(
            position.lastEventID == #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":85000},"#
                + #"{"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":65000}]"#)
    }

    /// Also of an event of another topic: its entry for this one may be what the server was asked for.
    @Test func onlyAnEventOfATopicMovesItsPosition() {
        var position = StreamPosition(rewindMilliseconds: 0)
        let id = { (eqiad: Int) in
            [
                SourcePosition(topic: Self.eqiad, timestampMilliseconds: eqiad),
                SourcePosition(topic: Self.codfw, timestampMilliseconds: 50_001),
            ]
        }
        _ = position.admit(.make("1", topic: Self.eqiad), at: id(20_001))
        _ = position.admit(.make("2", topic: Self.codfw), at: id(99_999))

        #expect(
            position.lastEventID == #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":20000},"#
                + #"{"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":50000}]"#)
    }

    @Test func aTopicThatHasSentNothingIsContinuedAtTheTimeOfTheOther() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        let id = [
            SourcePosition(topic: Self.eqiad, offset: -1),
            SourcePosition(topic: Self.codfw, timestampMilliseconds: 50_001),
        ]
        _ = position.admit(.make(topic: Self.codfw), at: id)

        #expect(
            position.lastEventID == #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":45000},"#
                + #"{"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":45000}]"#)
    }

    @Test func withoutIDsTheTimeIsThatOfTheEventAndBothDatacentresAreNamed() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        _ = position.admit(.make(topic: Self.eqiad, timestampMilliseconds: 50_000), at: nil)

        #expect(
            position.lastEventID == #"[{"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":45000},"#
                + #"{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":45000}]"#)
    }

    @Test func aTopicOfNoKnownDatacentreStandsAlone() {
        var position = StreamPosition(rewindMilliseconds: 0)
        _ = position.admit(.make(topic: "a\"b", timestampMilliseconds: 7), at: nil)

        #expect(position.lastEventID == #"[{"topic":"a\"b","partition":0,"timestamp":7}]"#)
    }

    /// A server that is set up to give offsets says exactly where to go on.
    @Test func offsetsAreGivenBackAsTheyCame() {
        var position = StreamPosition()
        let id = [
            SourcePosition(topic: Self.eqiad, offset: -1), SourcePosition(topic: Self.codfw, partition: 2, offset: 8),
        ]
        let admitted = (0..<2).map { _ in position.admit(.make("1", topic: Self.codfw), at: id) }

        #expect(admitted == [true, false])
        #expect(
            position.lastEventID == #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"offset":-1},"#
                + #"{"topic":"codfw.mediawiki.recentchange","partition":2,"offset":8}]"#)
    }

    @Test func anIDOfAnotherKindIsNoPosition() {
        var position = StreamPosition()
        let admitted = (0..<2).map { _ in position.admit(.make("1"), at: []) }

        #expect(admitted == [true, false])
        #expect(position.lastEventID == nil)
    }

    @Test func anEventWithoutTopicIsRememberedToo() {
        var position = StreamPosition()
        let admitted = (0..<2).map { _ in position.admit(.make("1", topic: nil), at: nil) }

        #expect(admitted == [true, false])
        #expect(position.lastEventID == nil)
    }

    @Test func noTimeIsBefore1970() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        _ = position.admit(.make(topic: "t", timestampMilliseconds: 1), at: nil)

        #expect(position.lastEventID == #"[{"topic":"t","partition":0,"timestamp":0}]"#)
    }

    // MARK: Ids

    @Test(
        arguments: [
            (
                #"[{"topic":"a","partition":0,"timestamp":5},{"topic":"b","partition":1,"offset":-1}]"#,
                [
                    SourcePosition(topic: "a", timestampMilliseconds: 5),
                    SourcePosition(topic: "b", partition: 1, offset: -1),
                ]
            ),
            ("[]", []), ("", []), ("42", []), ("{}", []), ("abc", []), ("[1]", []),
            (#"[{"topic":"a","partition":0}]"#, []),
            (#"[{"topic":"a","timestamp":5}]"#, []), (#"[{"partition":0,"timestamp":5}]"#, []),
            (#"[{"topic":"a","partition":0,"timestamp":-5}]"#, []),
            (#"[{"topic":"a","partition":0,"timestamp":1e3}]"#, []),
            (#"[{"topic":"a","partition":0,"timestamp":9223372036854775807}]"#, []),
            (#"[{"topic":"a","partition":0,"timestamp":5},{"topic":"b"}]"#, []),
        ] as [(String, [SourcePosition])])
    func positionsAreReadFromAnIDOrNoneAre(_ id: String, positions: [SourcePosition]) {
        var decoder = RecentChangeDecoder()

        #expect(decoder.positions(inID: id) == positions)
    }

    // MARK: Repeats

    /// Times in seconds.
    private static func admit(_ events: [(id: String, time: Int)], to position: inout StreamPosition) -> [Bool] {
        events.map { position.admit(.make($0.id, timestampMilliseconds: $0.time * 1000), at: nil) }
    }

    @Test func whatIsOlderThanTheRewindIsForgottenFromTheFront() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        _ = Self.admit([("start", 0), ("a", 200), ("late", 100), ("b", 203)], to: &position)
        #expect(position.seenCount == 3)

        _ = Self.admit([("c", 206)], to: &position)
        #expect(position.seenCount == 2)
        #expect(Self.admit([("b", 203), ("c", 206), ("late", 100)], to: &position) == [false, false, true])
    }

    @Test func aTopicThatFallsSilentKeepsNoOtherFromForgetting() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        _ = position.admit(.make("silent", topic: Self.eqiad, timestampMilliseconds: 0), at: nil)
        for time in 0..<10_000 {
            _ = position.admit(.make("\(time)", topic: Self.codfw, timestampMilliseconds: time * 100), at: nil)
        }

        #expect(position.seenCount == 1 + 51)
    }

    /// The server may rewind to before the first event that was seen, and then the first ones come again, late ones too.
    @Test func nothingIsForgottenInTheFirstMinutes() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        let start = [("late", 80), ("a", 120), ("b", 130), ("c", 205)]
        _ = Self.admit(start, to: &position)
        #expect(Self.admit([("before", 110)] + start, to: &position) == [true, false, false, false, false])

        // The first "c" is at the front now, and what came again behind it.
        _ = Self.admit([("d", 206)], to: &position)
        #expect(position.seenCount == 7)
        _ = Self.admit([("e", 300)], to: &position)
        #expect(position.seenCount == 1)
    }

    @Test func anEventThatTheLogItselfHasTwiceIsAdmittedOnce() {
        var position = StreamPosition(rewindMilliseconds: 5_000)
        #expect(
            Self.admit([("start", 0), ("twice", 201), ("a", 202), ("twice", 203)], to: &position) == [
                true, true, true, false,
            ])
        // Drops the first of the two, not the second.
        #expect(Self.admit([("b", 207)], to: &position) == [true])
        #expect(
            Self.admit([("a", 202), ("twice", 203), ("b", 207), ("c", 208)], to: &position) == [
                false, false, false, true,
            ])
    }

    @Test func ofEachTopicAsManyEventsAreRememberedAsTheLimitSays() {
        let isFirstForgotten = { (count: Int) in
            var position = StreamPosition(seenCountMax: 10)
            for index in 0..<count { _ = position.admit(.make("\(index)"), at: nil) }
            #expect(position.seenCount == 10)
            return position.admit(.make("0"), at: nil)
        }

        #expect(!isFirstForgotten(10))
        #expect(isFirstForgotten(11))
        #expect(isFirstForgotten(1000))
    }
}
