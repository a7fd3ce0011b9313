import Configuration
import HTTPTestSupport
import Logging
import ScriptedServer
import TestSupport
import Testing

@testable import App

/// The whole program in this process, following a stream that is scripted.
@Suite(.timeLimit(.minutes(1)))
struct FollowingTests {
    @Test func whatBecameOfTheEventsIsLoggedAtTheEnd() async throws {
        let server = ScriptedServer([
            .stream(frame(1), frame(2, canaryJSON(2)), frame(3, "{"), frame(4)),
            .stream(frame(1), frame(2, canaryJSON(2)), frame(4), frame(5)), .over,
        ])
        let log = RecordedLog()

        try await Self.make(following: server, log: log).run()

        let line = try #require(log.lines.first { $0.contains(#""message":"stream left""#) })
        #expect(line.hasSuffix(#""changes":3,"duplicates":3,"canaries":1,"malformed":1}"# + "\n"))
        #expect(log.contains(#""message":"malformed event""#))
    }

    /// With 204 a server asks its readers not to come back; what there is to do is done then.
    @Test func theProgramEndsWithTheStream() async throws {
        let server = ScriptedServer([.over])
        let log = RecordedLog()

        try await Self.make(following: server, log: log).run()

        #expect(log.contains(#""message":"stream is over""#))
        #expect(log.lines.last?.contains(#""message":"stopped""#) == true)
    }

    @Test func itServesWhileTheStreamIsSilentAndEndsAtOnceWhenAskedTo() async throws {
        let server = ScriptedServer([.stream(":ok\n\n") + [.waitForClient]])
        let log = RecordedLog()
        let application = try Self.make(following: server, log: log)
        async let running: Void = application.run()
        await log.waitForLine(containing: "stream connected")

        #expect(try await TestClient.connect(port: application.port).get("/status").status == 200)
        let before = ContinuousClock.now
        application.shutdown()
        try await running

        #expect(ContinuousClock.now - before < .seconds(5))
        while let observation = await server.observe(), observation != .clientHasEnded {}
    }

    @Test func itServesWhileThereIsNoStream() async throws {
        let log = RecordedLog()
        let application = try Self.make(offline, log: log)
        async let running: Void = application.run()
        await log.waitForLine(containing: "stream disconnected")

        #expect(try await TestClient.connect(port: application.port).get("/status").status == 200)
        application.shutdown()

        try await running
    }

    @Test func itSaysWhoItIsAndWhichFormItWants() async throws {
        let server = ScriptedServer([.over, .over])

        try await Self.make(following: server, ["STREAM_USER_AGENT": "tests/2.0 (mira@example.org)"]).run()
        try await Self.make(following: server, ["STREAM_FORMAT": "ndjson"]).run()

        let first = try #require(await server.observeRequest())
        #expect(first.contains("\r\nUser-Agent: tests/2.0 (mira@example.org)\r\n"))
        #expect(first.contains("\r\nAccept: text/event-stream\r\n"))
        let second = try #require(await server.observeRequest())
        #expect(second.contains("\r\nUser-Agent: wiki-stats/\(Application.version)\r\n"))
        #expect(second.contains("\r\nAccept: application/json, application/x-ndjson\r\n"))
    }

    // MARK: One line

    @Test(arguments: [
        (#"{"a":1}"#, #"{"a":1}"#), ("{\n  \"a\": 1\n}", #"{   "a": 1 }"#), ("{\r\n\"a\":\r1}", #"{  "a": 1}"#),
        ("", ""),
        (#"{"a":"b\nc"}"#, #"{"a":"b\nc"}"#), ("{\"a\":\"\u{2028}\u{85}\"}", "{\"a\":\"\u{2028}\u{85}\"}"),
    ])
    func lineBreaksBetweenTheTokensOfJSONBecomeSpaces(json: String, line: String) {
        #expect(ChangePrinter.onOneLine(Array(json.utf8)) == Array(line.utf8))
    }

    // MARK: Fixtures

    private static func make(_ environment: [String: String], log: RecordedLog = RecordedLog()) throws -> Application {
        let environment = offline.merging(["PRINT_CHANGES": "false"]) { $1 }.merging(environment) { $1 }
        return try Application(
            configuration: AppConfiguration(environment: environment), logger: Logger(level: .debug, destination: log))
    }

    private static func make(
        following server: ScriptedServer, _ environment: [String: String] = [:], log: RecordedLog = RecordedLog()
    ) throws -> Application {
        try make(["WIKIPEDIA_STREAM_URL": server.url("/stream")].merging(environment) { $1 }, log: log)
    }
}
