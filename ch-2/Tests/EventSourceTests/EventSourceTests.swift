import EventSource
import ScriptedServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventSourceTests {
    @Test func eventsAreReadUntilTheServerSaysThatThereAreNoMore() async throws {
        let server = ScriptedServer([.stream(":ok\n\nid: 1\ndata: a\n\nevent: e\nid: 2\ndata: b\n\n"), .over])
        let source = try EventSource.make(server.url())

        #expect(await source.next() == ServerSentEvent(data: Array("a".utf8), id: "1"))
        #expect(await source.next() == ServerSentEvent(type: "e", data: Array("b".utf8), id: "2"))
        #expect(await source.next() == nil)
        #expect(await source.next() == nil)
        #expect(source.lastEventID == "2")
    }

    @Test func eventsAreTheSameWhereverTheBytesAreCutOnTheirWay() async throws {
        let body = "id: 1\r\ndata: é\r\n\r\ndata: b\n\n"
        let bytes = Array(body.utf8)
        let scripts = (0...bytes.count).map { split -> [ScriptedServer.Step] in
            .stream() + [.send(Array(bytes[..<split])), .waitForTest, .send(Array(bytes[split...]))]
        }
        let server = ScriptedServer(scripts + [.over])
        let source = try EventSource.make(server.url())

        for split in 0...bytes.count {
            server.proceed()
            #expect(await source.texts(2) == ["é", "b"], "split at \(split)")
        }
        #expect(await source.next() == nil)
    }

    @Test func aChunkedBodyIsReadAndItsEndIsTheEndOfTheStream() async throws {
        let server = ScriptedServer([
            [
                .receiveRequest,
                .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"),
                .send("5\r\ndata:\r\n4\r\n a\n\n\r\n9;x=y\r\ndata: b\n\n\r\n0\r\n\r\n"),
            ], .over,
        ])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(9) == ["a", "b"])
        #expect(source.counters.values.failures == 0)
    }

    @Test(arguments: ["application/json", "application/x-ndjson; charset=utf-8"])
    func newlineDelimitedJSONIsAskedForAndRead(type: String) async throws {
        let server = ScriptedServer([.stream("{\"a\":1}\n\n{\"b\":2}\n{\"cut", type: type), .over])
        let source = try EventSource.make(server.url()) { $0.format = .ndjson }

        #expect(await source.texts(9) == ["{\"a\":1}", "{\"b\":2}"])
        #expect(await server.observeRequest()?.field("Accept")?.contains("application/json") == true)
    }

    @Test func theContentTypeSaysTheFormatWhateverWasAskedFor() async throws {
        let server = ScriptedServer([.stream("{\"a\":1}\n", type: "Application/JSON"), .over])

        #expect(await (try EventSource.make(server.url())).texts(9) == ["{\"a\":1}"])
    }

    @Test func theRequestSaysWhoAsksForWhatAndWhereToResume() async throws {
        let server = ScriptedServer([.over])
        let source = try EventSource.make(server.url("/v2/stream?x=1"), lastEventID: "[{\"é\":1}]")

        #expect(await source.next() == nil)

        let head = try #require(await server.observeRequest())
        #expect(head.hasPrefix("GET /v2/stream?x=1 HTTP/1.1\r\n"))
        #expect(head.field("User-Agent") == "tests/1.0 (nobody@example.org)")
        #expect(head.field("Accept") == "text/event-stream")
        #expect(head.field("Accept-Encoding") == "gzip")
        #expect(head.field("Cache-Control") == "no-cache")
        #expect(head.field("Last-Event-ID") == "[{\"é\":1}]")
    }

    @Test(arguments: ["data: ", "id: "])
    func anEventThatIsTooLargeIsSkippedAndTheConnectionGoesOn(field: String) async throws {
        let log = RecordedLog()
        let huge = "data: x\n" + field + String(repeating: "x", count: 300_000) + "\n\n"
        let server = ScriptedServer([.stream("data: a\n\n" + huge + "data: b\n\n"), .over])
        let source = try EventSource.make(server.url(), log: log) { $0.eventBytesMax = 100_000 }

        #expect(await source.texts(9) == ["a", "b"])
        #expect(source.counters.values.skippedEvents == 1)
        #expect(source.counters.values.connections == 1)
        #expect(log.lines.contains { $0.contains("event skipped") && $0.contains("error") })
    }

    @Test(arguments: [false, true])
    func aSlowReaderStopsTheServerAndEverythingArrivesInTheEnd(isChunked: Bool) async throws {
        let event = "data: " + String(repeating: "x", count: 1300) + "\n\n"
        let piece = isChunked ? String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n" : event
        let field = isChunked ? "Transfer-Encoding: chunked\r\n" : ""
        let server = ScriptedServer([
            [
                .receiveRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(field)\r\n"),
                .sendUntilBlocked(Array(piece.utf8)), .send(isChunked ? "0\r\n\r\n" : ""),
            ], .over,
        ])
        let source = try EventSource.make(server.url())
        _ = await source.next()

        var sentBytes = 0
        while let observation = await server.observe() {
            if case .blocked(let bytes) = observation {
                sentBytes = bytes
                break
            }
        }

        // What one piece holds has left the kernel; the rest waits there, and in the server.
        #expect(source.counters.values.bytes <= 600_000)
        #expect(sentBytes < 20_000_000)
        #expect(await source.texts(.max).count == sentBytes / piece.utf8.count - 1)
    }

    @Test func bytesAreCountedAndSoAreConnections() async throws {
        let server = ScriptedServer([.stream("data: a\n\n"), .stream("data: b\n\n"), .status(500), .over])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(9) == ["a", "b"])

        let values = source.counters.values
        #expect((values.bytes, values.connections, values.failures) == (18, 2, 1))
    }
}
