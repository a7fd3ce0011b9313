import EventSource
import Foundation
import ScriptedServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventSourceReconnectTests {
    @Test func eachConnectionAsksForWhatFollowsTheLastEvent() async throws {
        let server = ScriptedServer([.stream("id: 1\ndata: a\n\n"), .stream("data: b\n\nid: 3\ndata: c\n\n"), .over])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(9) == ["a", "b", "c"])

        var ids: [String?] = []
        while let head = await server.observeRequest() { ids.append(head.field("Last-Event-ID")) }
        #expect(ids == [nil, "1", "3"])
    }

    @Test func theReaderMayAskForMoreThanWhatFollowsTheLastEvent() async throws {
        let server = ScriptedServer([.stream("id: 7\ndata: a\n\n"), .over])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(1) == ["a"])
        source.willConnect = { "5" }
        #expect(await source.next() == nil)

        _ = await server.observeRequest()
        #expect(await server.observeRequest()?.field("Last-Event-ID") == "5")
    }

    @Test(arguments: [ScriptedServer.Step.halfClose, .reset])
    func anEventThatWasCutOffIsDroppedAndItsIDDoesNotCount(end: ScriptedServer.Step) async throws {
        let server = ScriptedServer([
            .stream("id: 1\ndata: a\n\nid: 2\ndata: cut\n") + [.waitForTest, end], .stream("data: b\n\n"), .over,
        ])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(1) == ["a"])
        server.proceed()
        #expect(await source.texts(9) == ["b"])

        _ = await server.observeRequest()
        #expect(await server.observeRequest()?.field("Last-Event-ID") == "1")
    }

    @Test(arguments: ["Content-Length: 100", "Transfer-Encoding: chunked"])
    func aBodyThatIsCutOffIsAFailureAndIsResumed(field: String) async throws {
        let body = field.contains("chunked") ? "20\r\ndata: a\n\n" : "data: a\n\n"
        let server = ScriptedServer([
            [.receiveRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(field)\r\n\r\n\(body)")],
            .stream("data: b\n\n"), .over,
        ])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(9) == ["a", "b"])
        #expect(source.counters.values.failures == 1)
    }

    @Test(arguments: ["a\u{1}b", String(repeating: "x", count: 4097)])
    func anIDThatNoHeaderFieldCanCarryIsNotSentAndThatIsLogged(id: String) async throws {
        let log = RecordedLog()
        let server = ScriptedServer([.stream("id: \(id)\ndata: a\n\n"), .over])
        let source = try EventSource.make(server.url(), log: log)

        #expect(await source.texts(9) == ["a"])

        _ = await server.observeRequest()
        #expect(await server.observeRequest()?.field("Last-Event-ID") == nil)
        #expect(log.lines.contains { $0.contains("cannot resume") && $0.contains("error") })
    }

    @Test func anIDCannotAddHeaderFields() async throws {
        let server = ScriptedServer([.over])
        let source = try EventSource.make(server.url(), lastEventID: "1\r\nX-Evil: yes")

        #expect(await source.next() == nil)
        #expect(await server.observeRequest()?.contains("X-Evil") == false)
    }

    // MARK: Answers that are no stream

    @Test(arguments: [201, 400, 403, 404, 429, 500, 503])
    func otherStatusesThan200AreTriedAgain(status: Int) async throws {
        let log = RecordedLog()
        let server = ScriptedServer([.status(status), .stream("data: a\n\n"), .over])
        let source = try EventSource.make(server.url(), log: log)

        #expect(await source.texts(9) == ["a"])
        #expect(source.counters.values.failures == 1)
        let line = try #require(log.lines.first { $0.contains("status \(status)") })
        #expect(line.contains("\"level\":\"error\"") == [400, 403, 404].contains(status))
    }

    @Test func theBodyOfAnErrorIsNotReadAsAStream() async throws {
        let server = ScriptedServer([
            [
                .receiveRequest, .send("HTTP/1.1 500 Oops\r\nContent-Type: text/event-stream\r\n\r\ndata: no\n\n"),
                .waitForClient,
            ],
            .stream("data: a\n\n"), .over,
        ])

        #expect(await (try EventSource.make(server.url())).texts(9) == ["a"])
    }

    @Test(arguments: ["text/html", ""])
    func aBodyThatIsNoStreamIsRefusedAndTriedAgain(type: String) async throws {
        let log = RecordedLog()
        let server = ScriptedServer([.stream("data: no\n\n", type: type), .stream("data: a\n\n"), .over])
        let source = try EventSource.make(server.url(), log: log)

        #expect(await source.texts(9) == ["a"])
        let reason = type.isEmpty ? "without a Content-Type" : "text/html, which is no stream"
        #expect(log.lines.contains { $0.contains(reason) })
    }

    @Test(arguments: ["garbage\r\n\r\n", "", "HTTP/1.1 200 OK\r\nContent-Ty"])
    func whatIsNoHTTPAtAllIsTriedAgain(answer: String) async throws {
        let server = ScriptedServer([[.receiveRequest, .send(answer)], .stream("data: a\n\n"), .over])

        #expect(await (try EventSource.make(server.url())).texts(9) == ["a"])
    }

    // MARK: How long it waits

    @Test(arguments: [429, 503])
    func aServerIsGivenTheTimeItAsksForInSeconds(status: Int) async throws {
        let clock = RecordingClock()
        let server = ScriptedServer([.status(status, "Retry-After: 17"), .over])

        #expect(await (try EventSource.make(server.url(), clock: clock)).next() == nil)
        #expect(clock.sleeps == [.seconds(17)])
    }

    @Test(arguments: [(100.0, 95.0...100.0), (-100, 0...0), (9000, 300...300)])
    func aServerIsGivenTheTimeItAsksForAsADateWithinTheLimit(
        secondsFromNow: Double, expected: ClosedRange<Double>
    ) async throws {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let date = formatter.string(from: Date(timeIntervalSinceNow: secondsFromNow))
        let clock = RecordingClock()
        let server = ScriptedServer([.status(503, "Retry-After: \(date)"), .over])

        #expect(await (try EventSource.make(server.url(), clock: clock)).next() == nil)
        let seconds = try #require(clock.sleeps.first.map { $0 / .seconds(1) })
        #expect(expected.contains(seconds))
    }

    @Test func theStreamsRetryHoldsForAllReconnectionsThatFollow() async throws {
        let clock = RecordingClock()
        let server = ScriptedServer([.stream("retry: 2500\ndata: a\n\n"), .status(500), .stream("data: b\n\n"), .over])

        #expect(await (try EventSource.make(server.url(), clock: clock)).texts(9) == ["a", "b"])
        #expect(clock.sleeps == [.milliseconds(2500), .milliseconds(2500), .milliseconds(2500)])
    }

    @Test func eachReconnectionIsLoggedWithItsReasonAndTheWait() async throws {
        let log = RecordedLog()
        let server = ScriptedServer([.stream("retry: 2500\ndata: a\n\n"), .over])

        #expect(await (try EventSource.make(server.url(), log: log)).texts(9) == ["a"])
        let line = try #require(log.lines.first { $0.contains("the server has ended the stream") })
        #expect(line.contains("\"reconnectInMilliseconds\":2500"))
    }

    // MARK: Connections that do not come about, or stay silent

    @Test(arguments: ["127.0.0.1", "host.invalid"])
    func aRefusedConnectionAndAnUnknownHostAreTriedAgain(host: String) async throws {
        let log = RecordedLog()
        let port = ListeningDescriptor().port

        let values = try await untilSleep(3) { clock in
            try EventSource.make("http://\(host):\(port)/", clock: clock, log: log)
        }

        #expect(values.failures == 3)
        #expect(log.lines.contains { $0.contains(host == "host.invalid" ? "resolve host" : "connect to") })
    }

    @Test func aConnectionThatCannotBeMadeEndsAfterTheConnectTimeout() async throws {
        // The queue of connections is full, so the kernel leaves the next one without an answer.
        let listener = ListeningDescriptor(backlog: 0)
        for _ in 0..<4 { _ = listener.connectToItself() }
        let log = RecordedLog()

        let values = try await untilSleep(1) { clock in
            try EventSource.make("http://127.0.0.1:\(listener.port)/", clock: clock, log: log) {
                $0.connectTimeout = .milliseconds(100)
            }
        }

        #expect(values.failures == 1)
        #expect(log.lines.contains { $0.lowercased().contains("timeout was reached") || $0.contains("timed out") })
    }

    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    private static let redirect = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9\r\n\r\ncut"

    @Test(arguments: ["", head, head + "data: a\n\n", redirect])
    func silenceEndsTheConnectionInEveryPhase(sent: String) async throws {
        let log = RecordedLog()
        // More than one end, since a busy machine may take longer than that for an answer, too.
        let server = ScriptedServer(
            [[.receiveRequest, .send(sent), .waitForClient]] + Array(repeating: .over, count: 50))
        let source = try EventSource.make(server.url(), log: log) { $0.idleTimeout = .milliseconds(100) }

        #expect(await source.texts(9) == (sent.contains("data") ? ["a"] : []))
        #expect(log.contains("nothing has come for 0.1 seconds"))
    }

    @Test func commentsAreASignOfLife() async throws {
        let signs = Array(repeating: [ScriptedServer.Step.send(":\n"), .pause(milliseconds: 120)], count: 10)
        let server = ScriptedServer([.stream() + signs.flatMap { $0 } + [.send("data: a\n\n")], .over])
        let source = try EventSource.make(server.url()) { $0.idleTimeout = .seconds(1) }

        #expect(await source.texts(9) == ["a"])
        #expect(source.counters.values.connections == 1)
    }

    // MARK: Redirects

    @Test(arguments: [301, 302, 303, 307, 308])
    func redirectsAreFollowedWithTheSameHeaderFields(status: Int) async throws {
        let server = ScriptedServer([.status(status, "Location: /b"), .stream("data: a\n\n"), .over])
        let source = try EventSource.make(server.url("/a"), lastEventID: "1")

        #expect(await source.texts(1) == ["a"])

        _ = await server.observeRequest()
        let second = try #require(await server.observeRequest())
        #expect(second.hasPrefix("GET /b "))
        #expect(second.field("Last-Event-ID") == "1")
    }

    @Test(arguments: ["/again", "file:///etc/passwd", "ftp://127.0.0.1/", ""])
    func redirectsAreNotFollowedForEverNorToOtherProtocols(location: String) async throws {
        let field = location.isEmpty ? "X-None: 1" : "Location: \(location)"
        let requestCount = location == "/again" ? 6 : 1
        let server = ScriptedServer(Array(repeating: .status(302, field), count: requestCount) + [.over])
        let source = try EventSource.make(server.url())

        #expect(await source.next() == nil)
        #expect(source.counters.values.failures == 1)
    }

    @Test func aPasswordInTheURLDoesNotGoToAnotherHost() async throws {
        let other = ScriptedServer([.over])
        let server = ScriptedServer([.status(302, "Location: http://localhost:\(other.port)/")])
        let source = try EventSource.make("http://user:secret@127.0.0.1:\(server.port)/")

        #expect(await source.next() == nil)
        #expect(await server.observeRequest()?.field("Authorization") != nil)
        #expect(await other.observeRequest()?.field("Authorization") == nil)
    }
}
