import EventSource
import Logging
import ScriptedServer
import TestSupport

extension EventSource {
    /// A source for tests: no waiting between connections, unless the test's clock does, and no jitter.
    static func make(
        _ url: String, clock: any Clock<Duration> = RecordingClock(), log: RecordedLog = RecordedLog(),
        lastEventID: String = "", configure: (inout Settings) -> Void = { _ in }
    ) throws -> EventSource {
        guard let url = StreamURL(url) else { throw UnusableURL() }
        var settings = Settings(url: url, userAgent: "tests/1.0 (nobody@example.org)")
        configure(&settings)
        return EventSource(
            settings, lastEventID: lastEventID, clock: clock, generator: ConstantGenerator(value: 0),
            logger: Logger(level: .debug, destination: log))
    }

    /// The data of the next events, as texts; fewer if there are no more.
    func texts(_ count: Int) async -> [String] {
        var texts: [String] = []
        while texts.count < count, let event = await next() {
            texts.append(String(decoding: event.data, as: UTF8.self))
        }
        return texts
    }
}

struct UnusableURL: Error {}

extension [ScriptedServer.Step] {
    /// Answers a request with a stream that ends with the connection.
    static func stream(_ body: String..., type: String = "text/event-stream") -> Self {
        [.receiveRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\r\n")] + body.map { .send($0) }
    }

    /// Answers with a status and nothing else.
    static func status(_ status: Int, _ fields: String...) -> Self {
        let lines = ["HTTP/1.1 \(status) Status", "Content-Length: 0"] + fields + ["", ""]
        return [.receiveRequest, .send(lines.joined(separator: "\r\n"))]
    }

    /// 204, which ends a source.
    static var over: Self { [.receiveRequest, .send("HTTP/1.1 204 No Content\r\n\r\n")] }
}

extension String {
    /// The value of a header field in a request's head.
    func field(_ name: String) -> String? {
        for line in split(separator: "\r\n") where line.lowercased().hasPrefix(name.lowercased() + ": ") {
            return String(line.dropFirst(name.count + 2))
        }
        return nil
    }
}
