import EventSource
import Logging
import ScriptedServer
import TestSupport
import Testing

@testable import Wikimedia

@Suite(.timeLimit(.minutes(1)))
struct ChangeStreamTests {
    @Test func everyChangeIsGivenOutInOrderWithItsJSON() async throws {
        let server = ScriptedServer([.sse([.change(1), .change(2), .change(3)]), .over])
        let stream = try ChangeStream.make(server)

        var elements: [ChangeStream.Element] = []
        while let element = await stream.next() { elements.append(element) }

        #expect(elements.map(\.change.title) == ["Page 1", "Page 2", "Page 3"])
        #expect(
            elements.map { String(decoding: $0.json, as: UTF8.self) } == (1...3).map { StreamedEvent.change($0).json })
        #expect(stream.counters.values == .init(changes: 3))
    }

    @Test func theStreamIsOverWhenTheServerSaysSo() async throws {
        let server = ScriptedServer([.over])
        let stream = try ChangeStream.make(server)

        #expect(await stream.next() == nil)
        #expect(await stream.next() == nil)
    }

    @Test func itEndsWithItsTask() async throws {
        let server = ScriptedServer([.sse([.change(1)]) + [.waitForClient]])
        let url = server.url()
        let given = Gate()

        let reading = Task {
            let stream = try ChangeStream.make(url)
            #expect(await stream.next()?.change.title == "Page 1")
            given.open()
            return await stream.next() == nil
        }
        await given.wait()
        reading.cancel()

        #expect(try await reading.value)
    }

    // MARK: Over reconnections

    @Test func whatComesAgainAfterAReconnectionIsDropped() async throws {
        let server = ScriptedServer([
            .sse([.change(1), .change(2), .change(3)]),
            .sse([.change(1), .change(2), .change(3), .change(4)]),
            .sse([.change(1), .change(2), .change(3), .change(4)]),
            .sse([.change(1), .change(2), .change(3), .change(4), .change(5)]), .over,
        ])
        let stream = try ChangeStream.make(server)

        #expect(await stream.titles() == (1...5).map { "Page \($0)" })
        #expect(stream.counters.values == .init(changes: 5, duplicates: 11))
    }

    @Test func whatWasCutOffComesAgainAndIsGivenOut() async throws {
        let whole = [StreamedEvent.change(2)].frames
        for length in [1, whole.utf8.count / 2, whole.utf8.count - 1] {
            let cut = String(decoding: whole.utf8.prefix(length), as: UTF8.self)
            let server = ScriptedServer([.sse([.change(1)]) + [.send(cut)], .sse([.change(1), .change(2)]), .over])
            let stream = try ChangeStream.make(server)

            #expect(await stream.titles() == ["Page 1", "Page 2"])
            #expect(stream.counters.values.malformed == 0)
        }
    }

    /// The newest event of the log is not always the last one to come, nor are times unique.
    @Test func itContinuesSomeSecondsBeforeTheNewestEventOfEachTopic() async throws {
        let server = ScriptedServer([
            .sse([
                .change(1, timestamp: 1_000_000, topic: "eqiad.mediawiki.recentchange"),
                .change(2, timestamp: 1_060_000), .change(3, timestamp: 1_050_000),
            ]), .over,
        ])
        let stream = try ChangeStream.make(server)

        #expect(await stream.titles().count == 3)

        #expect(await server.observeRequest()?.field("Last-Event-ID") == nil)
        let expected =
            #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":995000},"#
            + #"{"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":1055000}]"#
        #expect(await server.observeRequest()?.field("Last-Event-ID") == expected)
    }

    @Test func itMayBeginWhereAnEarlierLifeHasEnded() async throws {
        var position = StreamPosition()
        for event in [StreamedEvent.change(1), .change(2)] {
            let positions = [SourcePosition(topic: StreamedEvent.topic, timestampMilliseconds: event.timestamp + 1)]
            let identity = EventIdentity.make(
                event.id, topic: StreamedEvent.topic, timestampMilliseconds: event.timestamp)
            _ = position.admit(identity, at: positions)
        }
        let server = ScriptedServer([.sse([.change(1), .change(2), .change(3)]), .over])
        let stream = try ChangeStream.make(server, position: position)

        #expect(await stream.titles() == ["Page 3"])
        let timestamp = StreamedEvent.change(2).timestamp - position.rewindMilliseconds
        #expect(await server.observeRequest()?.field("Last-Event-ID")?.contains("\"timestamp\":\(timestamp)}") == true)
    }

    @Test func linesOfJSONAreContinuedByTheTimesInTheEvents() async throws {
        let server = ScriptedServer([
            .lines([.change(1), .change(2)]), .lines([.change(1), .change(2), .change(3)]), .over,
        ])
        let stream = try ChangeStream.make(server) { $0.format = .ndjson }

        #expect(await stream.titles() == ["Page 1", "Page 2", "Page 3"])

        #expect(stream.counters.values == .init(changes: 3, duplicates: 2))
        let first = await server.observeRequest()
        #expect(first?.field("Accept")?.hasPrefix("application/json") == true)
        #expect(first?.field("Last-Event-ID") == nil)
        let timestamp = StreamedEvent.change(2).timestamp - StreamPosition().rewindMilliseconds
        let expected =
            #"[{"topic":"codfw.mediawiki.recentchange","partition":0,"timestamp":\#(timestamp)},"#
            + #"{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":\#(timestamp)}]"#
        #expect(await server.observeRequest()?.field("Last-Event-ID") == expected)
    }

    // MARK: What is no change

    @Test func canariesAreCountedAndNotGivenOut() async throws {
        let server = ScriptedServer([
            .sse([.canary(1), .change(2), .canary(3)]), .sse([.canary(3), .change(4)]), .over,
        ])
        let stream = try ChangeStream.make(server)

        #expect(await stream.titles() == ["Page 2", "Page 4"])
        #expect(stream.counters.values == .init(changes: 2, duplicates: 1, canaries: 2))
    }

    /// For those who keep a position of their own: each with its place in the stream, and once.
    @Test func whatIsNotGivenOutIsToldOnceAndInItsOrder() async throws {
        let server = ScriptedServer([
            .sse([.canary(1), .change(2), .canary(3)]), .sse([.canary(3), .change(4), .canary(5)]), .over,
        ])
        let stream = try ChangeStream.make(server)
        var told: [Int?] = []
        stream.didSkip = { _, positions in told.append(positions?.compactMap(\.timestampMilliseconds).max()) }

        #expect(await stream.titles() == ["Page 2", "Page 4"])
        #expect(told.count == 3)
        #expect(told.compactMap(\.self) == told.compactMap(\.self).sorted() && !told.contains(nil))
    }

    @Test func malformedEventsAreCountedAndTheStreamGoesOn() async throws {
        let broken = [
            "{", "", "[]", "null", "{}", #"{"meta":{"id":"x"}}"#, "\u{0}", String(repeating: "[", count: 5000),
        ]
        let server = ScriptedServer([.sse([.change(1)] + broken.map(StreamedEvent.data) + [.change(2)]), .over])
        let stream = try ChangeStream.make(server)

        #expect(await stream.titles() == ["Page 1", "Page 2"])
        #expect(stream.counters.values == .init(changes: 2, malformed: broken.count))
    }

    @Test func ofMalformedEventsTheFirstAreLoggedAndThenFewerAndFewer() async throws {
        let log = RecordedLog()
        let server = ScriptedServer([.sse((1...40).map { .data("broken \($0)") }), .over])
        let stream = try ChangeStream.make(server, log: log)

        #expect(await stream.titles() == [])

        let lines = log.lines.filter { $0.contains(#""message":"malformed event""#) }
        #expect(
            lines.compactMap { $0.firstMatch(of: /"count":(\d+),"data":"broken (\d+)"/).map { "\($0.1) \($0.2)" } }
                == ["1 1", "2 2", "4 4", "8 8", "16 16", "32 32"])
        #expect(lines.allSatisfy { $0.contains(#""level":"warning""#) && $0.contains(#""reason":""#) })
    }

    @Test func ofALongMalformedEventOnlyTheBeginningIsLogged() async throws {
        let log = RecordedLog()
        let server = ScriptedServer([.sse([.data(String(repeating: "x", count: 100_000))]), .over])

        #expect(await (try ChangeStream.make(server, log: log)).titles() == [])

        let line = try #require(log.lines.first { $0.contains("malformed event") })
        #expect(line.utf8.count < 1000)
    }

    @Test func aMalformedEventThatComesAgainIsADuplicate() async throws {
        let event = StreamedEvent.data(StreamedEvent.change(2).json.replacing(#""bot":false"#, with: #""bot":"no""#))
        let server = ScriptedServer([.sse([.change(1), event]), .sse([event, .change(3)]), .over])
        let stream = try ChangeStream.make(server)

        #expect(await stream.titles() == ["Page 1", "Page 3"])
        #expect(stream.counters.values == .init(changes: 2, duplicates: 1, malformed: 1))
    }

    @Test func eventsOfOtherTypesAreLoggedAndLeftOut() async throws {
        let log = RecordedLog()
        let server = ScriptedServer([
            .sse([.change(1)]) + [.send("event: error\ndata: the server is unhappy\n\n"), .send([.change(2)])], .over,
        ])
        let stream = try ChangeStream.make(server, log: log)

        #expect(await stream.titles() == ["Page 1", "Page 2"])
        #expect(log.contains(#""type":"error","data":"the server is unhappy""#))
        #expect(stream.counters.values == .init(changes: 2))
    }

    /// Nothing but its identity makes an event a repeat: what is sent twice on one connection is one event too.
    @Test func anEventThatIsSentTwiceOnOneConnectionIsGivenOutOnce() async throws {
        let server = ScriptedServer([.sse([.change(1), .change(1), .change(2), .change(1)]), .over])
        let stream = try ChangeStream.make(server)

        #expect(await stream.titles() == ["Page 1", "Page 2"])
        #expect(stream.counters.values.duplicates == 2)
    }
}
