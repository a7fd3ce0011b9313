import EventSource
import Logging
import ScriptedServer
import TestSupport

@testable import Wikimedia

/// An event as the server sends it: 100 ms after the one before it, unless told otherwise.
struct StreamedEvent: Sendable {
    static let topic = "codfw.mediawiki.recentchange"
    let id: String
    let timestamp: Int
    let topic: String
    let json: String

    static func change(_ number: Int, timestamp: Int? = nil, topic: String = topic) -> StreamedEvent {
        make(number, timestamp: timestamp, topic: topic) { $0.setting("title", to: "\"Page \(number)\"") }
    }

    static func canary(_ number: Int) -> StreamedEvent {
        make(number, timestamp: nil, topic: topic) { $0.setting("meta.domain", to: "\"canary\"") }
    }

    /// Something else, with the id of the first event.
    static func data(_ text: String) -> StreamedEvent {
        StreamedEvent(id: "", timestamp: 1_772_120_976_000, topic: topic, json: text)
    }

    private static func make(
        _ number: Int, timestamp: Int?, topic: String, _ change: (EventFixture) -> EventFixture
    ) -> StreamedEvent {
        let suffix = String(number)
        let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - suffix.count) + suffix
        let time = timestamp ?? 1_772_120_976_000 + 100 * number
        let fixture = EventFixture().setting("meta.id", to: "\"\(id)\"").setting("meta.topic", to: "\"\(topic)\"")
            .setting("meta.dt", to: "\"\(rfc3339(time))\"")
        return StreamedEvent(id: id, timestamp: time, topic: topic, json: change(fixture).json)
    }

    /// Of times within an hour of that of the fixture, which is 15:49:36 on the 26th of February 2026.
    private static func rfc3339(_ milliseconds: Int) -> String {
        let sinceHour = milliseconds - 1_772_118_000_000
        let padded = { (number: Int, width: Int) in
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }
        let (minutes, seconds) = (sinceHour / 60_000 % 60, sinceHour / 1000 % 60)
        return "2026-02-26T15:\(padded(minutes, 2)):\(padded(seconds, 2)).\(padded(sinceHour % 1000, 3))Z"
    }
}

extension [StreamedEvent] {
    /// As server-sent events, with ids as Wikimedia gives them: for each topic, the time of its last event, plus one.
    var frames: String {
        var positions = ["eqiad", "codfw"].map { (topic: "\($0).mediawiki.recentchange", position: "\"offset\":-1") }
        return map { event in
            for index in positions.indices where positions[index].topic == event.topic {
                positions[index].position = "\"timestamp\":\(event.timestamp + 1)"
            }
            let id = positions.map { #"{"topic":"\#($0.topic)","partition":0,\#($0.position)}"# }.joined(separator: ",")
            return "event: message\nid: [\(id)]\ndata: \(event.json)\n\n"
        }.joined()
    }
}

extension ScriptedServer.Step {
    static func send(_ events: [StreamedEvent]) -> Self { .send(events.frames) }
}

extension [ScriptedServer.Step] {
    static func sse(_ events: [StreamedEvent]) -> Self {
        stream("text/event-stream; charset=utf-8", ":ok\n\n" + events.frames)
    }

    static func lines(_ events: [StreamedEvent]) -> Self {
        stream("application/json", events.map { $0.json + "\n" }.joined())
    }

    /// 204, which ends a stream.
    static var over: Self { [.receiveRequest, .send("HTTP/1.1 204 No Content\r\n\r\n")] }

    private static func stream(_ contentType: String, _ body: String) -> Self {
        [.receiveRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: \(contentType)\r\n\r\n"), .send(body)]
    }
}

extension ChangeStream {
    /// A stream that does not wait between connections.
    static func make(
        _ url: String, position: StreamPosition = StreamPosition(), log: RecordedLog = RecordedLog(),
        configure: (inout EventSource.Settings) -> Void = { _ in }
    ) throws -> ChangeStream {
        guard let url = StreamURL(url) else { throw UnusableURL() }
        var settings = EventSource.Settings(url: url, userAgent: "tests")
        settings.reconnectPolicy.delayBase = .zero
        configure(&settings)
        return ChangeStream(settings, position: position, logger: Logger(level: .debug, destination: log))
    }

    static func make(
        _ server: ScriptedServer, position: StreamPosition = StreamPosition(), log: RecordedLog = RecordedLog(),
        configure: (inout EventSource.Settings) -> Void = { _ in }
    ) throws -> ChangeStream {
        try make(server.url(), position: position, log: log, configure: configure)
    }

    /// The titles of all changes to the end of the stream.
    func titles() async -> [String] {
        var titles: [String] = []
        while let element = await next() { titles.append(element.change.title ?? "") }
        return titles
    }
}

struct UnusableURL: Error {}

extension String {
    /// The value of a header field in a request's head.
    func field(_ name: String) -> String? {
        for line in split(separator: "\r\n") where line.lowercased().hasPrefix(name.lowercased() + ": ") {
            return String(line.dropFirst(name.count + 2))
        }
        return nil
    }
}
