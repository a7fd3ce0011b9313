internal import Configuration
internal import Logging

/// The switches, each with its default and its line in `--help`.
enum Switches {
    static let host = ConfigurationKey.text("--host", default: "127.0.0.1", summary: "address to listen on")
    static let port = ConfigurationKey.integer(
        "--port", default: 9000, in: 0...65535,
        summary: "TCP port; with 0 the system chooses, and standard output tells which")
    static let logLevel = ConfigurationKey(
        "--log-level", default: LogLevel.info,
        expected: "one of \(LogLevel.allCases.map(\.rawValue).joined(separator: ", "))",
        summary: "the least important lines that are logged, on standard error", parse: LogLevel.init(name:))

    // MARK: The stream

    static let seed = ConfigurationKey.count(
        "--seed", default: 1, summary: "another one, another stream; the same, the same")
    static let total = ConfigurationKey.count(
        "--total", default: 0, summary: "events there are, from event 0 on; 0: without end, from now on")
    static let rate = ConfigurationKey.count(
        "--rate", default: 0, summary: "events a second; 0: as fast as a client reads")
    static let backlog = ConfigurationKey.count(
        "--backlog", default: 0, summary: "with a rate, how many events nobody reads before it waits; 0: any number")
    static let users = ConfigurationKey.integer(
        "--users", default: 100_000, in: 1...4_000_000, summary: "users there are at most; they come by Zipf's law")
    static let eventsPerStreamSecond = ConfigurationKey.integer(
        "--events-per-stream-second", default: 0, in: 0...1_000_000,
        summary: "events in a second of the timestamps; 0: 50, or the rate of an endless stream")
    static let topicStretch = ConfigurationKey.integer(
        "--topic-stretch", default: 50_000, in: 1...1_000_000_000,
        summary: "events until codfw may take over from eqiad: it has every fourth stretch")
    static let stepBackEvery = ConfigurationKey.count(
        "--step-back-every", default: 1000, summary: "one in so many events is 1 to 52 seconds late; 0: none")
    static let canaryEvery = ConfigurationKey.count(
        "--canary-every", default: 0, summary: "a canary after so many events")
    static let malformedEvery = ConfigurationKey.count(
        "--malformed-every", default: 0, summary: "a frame with broken JSON after so many events")
    static let hugeEvery = ConfigurationKey.count(
        "--huge-every", default: 0, summary: "one in so many events has several hundred kilobytes")

    // MARK: Connections

    static let disconnectEveryEvents = ConfigurationKey.count(
        "--disconnect-every-events", default: 0,
        summary: "end a response after so many events; more than clients go back by when they resume")
    static let disconnectEverySeconds = ConfigurationKey.seconds(
        "--disconnect-every-seconds", default: 0, summary: "end a response after this time")
    static let disconnectInFrame = ConfigurationKey.flag(
        "--disconnect-in-frame", summary: "end it in the middle of the next frame")
    static let disconnectAbruptly = ConfigurationKey.flag(
        "--disconnect-abruptly", summary: "end the connection with it, without the last chunk")
    static let silenceEveryEvents = ConfigurationKey.count(
        "--silence-every-events", default: 0,
        summary: "after so many events on a connection send nothing, not even a comment")
    static let silenceSeconds = ConfigurationKey.seconds("--silence-seconds", default: 60, summary: "for this time")
    static let keepAliveSeconds = ConfigurationKey.seconds(
        "--keep-alive-seconds", default: 15, summary: "a comment when there was nothing to send for this time; 0: none")
    static let retry = ConfigurationKey.count(
        "--retry", default: 0, summary: "milliseconds: a retry: field at the start of each response; 0: none")

    // MARK: Refusals

    static let failEvery = ConfigurationKey.count(
        "--fail-every", default: 0, summary: "answer one in so many requests with an error")
    static let failStatus = ConfigurationKey(
        "--fail-status", default: 503, expected: "403, 429 or 503", summary: "which error; with Retry-After but for 403"
    ) { text in
        Int(text).flatMap { [403, 429, 503].contains($0) ? $0 : nil }
    }
    static let retryAfterSeconds = ConfigurationKey.count(
        "--retry-after-seconds", default: 1, summary: "the value of Retry-After")
    static let connectionsPerClient = ConfigurationKey.count(
        "--connections-per-client", default: 0,
        summary: "streams an address may have at once, beyond: 429; Wikimedia allows 2; 0: any number")

    // MARK: All of them

    static let flags = [disconnectInFrame, disconnectAbruptly]

    /// Name and line in `--help`, in order.
    private static let all: [(name: String, help: String)] = [
        (host.name, host.help), (port.name, port.help), (logLevel.name, logLevel.help), (seed.name, seed.help),
        (total.name, total.help), (rate.name, rate.help), (backlog.name, backlog.help), (users.name, users.help),
        (eventsPerStreamSecond.name, eventsPerStreamSecond.help), (topicStretch.name, topicStretch.help),
        (stepBackEvery.name, stepBackEvery.help), (canaryEvery.name, canaryEvery.help),
        (malformedEvery.name, malformedEvery.help), (hugeEvery.name, hugeEvery.help),
        (disconnectEveryEvents.name, disconnectEveryEvents.help),
        (disconnectEverySeconds.name, disconnectEverySeconds.help),
        (disconnectInFrame.name, disconnectInFrame.help), (disconnectAbruptly.name, disconnectAbruptly.help),
        (silenceEveryEvents.name, silenceEveryEvents.help), (silenceSeconds.name, silenceSeconds.help),
        (keepAliveSeconds.name, keepAliveSeconds.help), (retry.name, retry.help), (failEvery.name, failEvery.help),
        (failStatus.name, failStatus.help), (retryAfterSeconds.name, retryAfterSeconds.help),
        (connectionsPerClient.name, connectionsPerClient.help),
    ]

    static let names = Set(all.map(\.name))
    static let help = all.map(\.help).joined(separator: "\n")
}

extension SimulatorConfiguration {
    package static let usage = """
        Usage: simulator [SWITCH VALUE]...

        Serves made-up changes as Wikimedia's EventStreams serves real ones:
          GET /v2/stream/recentchange   server-sent events, or one JSON value a line with Accept: application/json;
                                        resumes at Last-Event-ID, or else at ?since=
          GET /expected                 what a reader of all events (--total) must have counted; ?by_user=all adds users
          GET /status                   {"status":"ok"} and how many streams are open

        \(Switches.help)
        """
}

// MARK: Kinds of switches

extension ConfigurationKey<Int> {
    static func count(_ name: String, default defaultValue: Int, summary: String) -> Self {
        integer(name, default: defaultValue, in: 0...1_000_000_000_000, summary: summary)
    }
}

extension ConfigurationKey<Double> {
    static func seconds(_ name: String, default defaultValue: Double, summary: String) -> Self {
        Self(name, default: defaultValue, expected: "a number of seconds from 0 to 86400", summary: summary) { text in
            Double(text).flatMap { 0...86_400 ~= $0 ? $0 : nil }
        }
    }
}

extension ConfigurationKey<Bool> {
    /// A switch that needs no value.
    static func flag(_ name: String, summary: String) -> Self {
        Self(name, default: false, expected: "true or false", summary: summary) { Bool($0) }
    }
}
