import TestSupport
import Testing

@testable import EventSource

struct SSEParserTests {
    // MARK: The standard's examples (WHATWG HTML § 9.2.6) and rules

    @Test func anEventIsItsDataLinesJoinedByLineFeeds() {
        #expect(texts("data: YHOO\ndata: +2\ndata: 10\n\n") == ["YHOO\n+2\n10"])
    }

    @Test func commentsEmptyIDsAndMissingIDsAreToldApart() {
        let body = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"

        let events = events(body)

        #expect(events.map(\.id) == ["1", "", ""])
        #expect(events.map(text) == ["first event", "second event", " third event"])
    }

    @Test func emptyDataIsAnEventAndAnEventThatIsNotEndedIsNone() {
        #expect(texts("data\n\ndata\ndata\n\ndata:") == ["", "\n"])
    }

    @Test func oneSpaceAfterTheColonIsOptional() {
        #expect(texts("data:test\n\ndata: test\n\n") == ["test", "test"])
    }

    @Test(arguments: [
        "data: a\ndata: b\n\n", "data: a\rdata: b\r\r", "data: a\r\ndata: b\r\n\r\n", "data: a\rdata: b\n\r\n",
    ])
    func linesEndInLFOrCROrBoth(body: String) {
        #expect(texts(body) == ["a\nb"])
    }

    @Test func aByteOrderMarkIsSkippedOnceAtTheVeryStart() {
        #expect(texts("\u{FEFF}data: a\n\n") == ["a"])
        #expect(texts("\u{FEFF}\u{FEFF}data: a\n\n") == [])
        #expect(texts("\n\u{FEFF}data: a\n\n") == [])
    }

    @Test func aTypeHoldsForOneEventAndAnIDUntilTheNext() {
        let events = events("event: add\nid: 7\ndata: a\n\ndata: b\n\nevent: remove\nevent\ndata: c\n\n")

        #expect(events.map(\.type) == ["add", "message", "message"])
        #expect(events.map(\.id) == ["7", "7", "7"])
    }

    @Test func anEventWithoutDataGivesNoEventAndSetsTheID() {
        var parser = SSEParser()
        parser.append(Array("event: x\nid: 5\n\n".utf8))

        #expect(parser.next() == nil)
        #expect(parser.lastEventID == "5")
    }

    @Test func anIDWithANULIsIgnored() {
        #expect(events("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n").map(\.id) == ["1", "1"])
    }

    @Test func theIDOfAnEventThatIsNotEndedDoesNotCount() {
        var parser = SSEParser(lastEventID: "3")
        parser.append(Array("id: 4\ndata: a\n".utf8))

        #expect(parser.next() == nil)
        #expect(parser.lastEventID == "3")
    }

    @Test func anEventWithoutIDHasTheOneThatTheStreamWasResumedAfter() {
        var parser = SSEParser(lastEventID: "3")
        parser.append(Array("data: a\n\n".utf8))

        #expect(parser.next()?.id == "3")
    }

    @Test(
        arguments: [
            ("retry: 1500", 1500), ("retry:0", 0), ("retry", nil), ("retry: ", nil), ("retry: 1.5", nil),
            ("retry: -1", nil),
            ("retry: 12x", nil), ("retry:  1", nil), ("retry: 99999999999999999999999", 1_000_000_000_000),
        ] as [(String, Int?)])
    func onlyDigitsSetTheReconnectionTime(line: String, milliseconds: Int?) {
        var parser = SSEParser()
        parser.append(Array("\(line)\n".utf8))

        #expect(parser.next() == nil)
        #expect(parser.retryDelay == milliseconds.map { .milliseconds($0) })
    }

    @Test func unknownFieldsAreIgnored() {
        #expect(texts("Data: a\n data: b\ndatax: c\ndat: d\nfoo\ndata : e\ndata: f\n\n") == ["f"])
    }

    @Test func bytesThatAreNotUTF8StayAsTheyAreInTheData() {
        var parser = SSEParser()
        parser.append(Array("data: ".utf8) + [0xFF, 0xFE, 0x0A, 0x0A])

        #expect(parser.next()?.data == [0xFF, 0xFE])
    }

    // MARK: Pieces

    @Test func anySplitIntoTwoReadsGivesTheSameEvents() {
        let text = "\u{FEFF}:ok\r\n\r\nevent: é\rid: 1\r\ndata: a\ndata: b\r\n\r\nretry: 10\rdata: c\r\rdata: cut"
        let body = Array(text.utf8)
        let expected = EventStreamModel.events(in: body)
        #expect(expected.count == 2)

        for split in 0...body.count {
            #expect(events(in: [Array(body[..<split]), Array(body[split...])]) == expected, "split at \(split)")
        }
    }

    @Test(arguments: 0..<40)
    func anyPiecesGiveWhatAPlainReadingOfTheStandardGives(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Words that matter, so that chance makes something of them.
        let words = [
            "data", "event", "id", "retry", ":", ": ", " ", "\n", "\r", "\r\n", "\n\n", "a", "é", "1", "\0", "\u{FEFF}",
            "{}",
        ]
        for _ in 0..<50 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<120, using: &generator) {
                body += (words.randomElement(using: &generator) ?? "").utf8
            }

            #expect(events(in: pieces(of: body, using: &generator)) == EventStreamModel.events(in: body))
        }
    }

    @Test func whatIsAppendedBeforeTheLastPieceIsUsedUpIsNotLost() {
        var parser = SSEParser()
        parser.append(Array("data: a\n\ndata: b\n\nda".utf8))
        #expect(parser.next().map(text) == "a")

        parser.append(Array("ta: c\n\n".utf8))

        #expect(parser.next().map(text) == "b")
        #expect(parser.next().map(text) == "c")
        #expect(parser.next() == nil)
    }

    // MARK: Limits

    @Test(arguments: ["data: ", "data:"])
    func anEventOfOneByteMoreThanTheLimitIsSkippedAndCounted(field: String) {
        let limit = 100
        for pieceLength in [1, 7, 1000] {
            var parser = SSEParser(eventBytesMax: limit)
            let body = [limit, limit + 1, 1].map { field + String(repeating: "x", count: $0) + "\n\n" }.joined()

            let counts = read(Array(body.utf8), pieceLength: pieceLength, with: &parser).map(\.data.count)

            #expect(counts == [limit, 1])
            #expect(parser.skippedCount == 1)
        }
    }

    @Test func dataLinesCountTogetherWithTheLineFeedsBetweenThem() {
        var parser = SSEParser(eventBytesMax: 9)
        let body =
            "data: 1234\ndata: 1234\n\ndata: 1234\ndata: 12345\n\ndata: 1234\ndata: 1234\ndata\n\ndata: after\n\n"

        #expect(read(Array(body.utf8), pieceLength: 3, with: &parser).map(text) == ["1234\n1234", "after"])
        #expect(parser.skippedCount == 2)
    }

    @Test func aCommentThatIsTooLongIsDroppedAndTakesNothingWithIt() {
        var parser = SSEParser(eventBytesMax: 10)
        let body = "data: a\n:" + String(repeating: "x", count: 100) + "\n\n"

        #expect(read(Array(body.utf8), pieceLength: 8, with: &parser).map(text) == ["a"])
        #expect(parser.skippedCount == 0)
    }

    @Test func theIDOfASkippedEventIsKeptSoThatItIsNotAskedForAgain() {
        var parser = SSEParser(eventBytesMax: 3)
        parser.append(Array("id: 1\ndata: 12345\n\n".utf8))

        #expect(parser.next() == nil)
        #expect(parser.lastEventID == "1")
    }
}

// MARK: Arrangement

private func text(_ event: ServerSentEvent) -> String {
    String(decoding: event.data, as: UTF8.self)
}

private func events(_ body: String) -> [ServerSentEvent] {
    events(in: [Array(body.utf8)])
}

private func texts(_ body: String) -> [String] {
    events(body).map(text)
}

private func events(in pieces: [[UInt8]]) -> [ServerSentEvent] {
    var parser = SSEParser()
    return read(pieces, with: &parser)
}

func read(_ body: [UInt8], pieceLength: Int, with parser: inout some EventParser) -> [ServerSentEvent] {
    let pieces = stride(from: 0, to: body.count, by: pieceLength).map { Array(body[$0...].prefix(pieceLength)) }
    return read(pieces, with: &parser)
}

func read(_ pieces: [[UInt8]], with parser: inout some EventParser) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for piece in pieces {
        parser.append(piece)
        while let event = parser.next() { events.append(event) }
    }
    return events
}

private func pieces(of body: [UInt8], using generator: inout SeededGenerator) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = body[...]
    while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...20, using: &generator))
        pieces.append(Array(piece))
        rest = rest.dropFirst(piece.count)
    }
    return pieces
}
