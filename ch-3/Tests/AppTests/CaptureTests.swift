import App
import Configuration
import HTTP
import HTTPTestSupport
import Logging
import ScriptedServer
import TestSupport
import Testing

/// Real events, served as Wikimedia serves them, and asked for at `/stats`.
@Suite(.enabled(if: Captures.isConfigured, Captures.comment), .timeLimit(.minutes(2)))
struct CaptureTests {
    @Test(arguments: ["capture-2021-08-27.ndjson", "capture-2021-10-08.ndjson", "capture-2026-02.ndjson"])
    func linesOfJSONAddUpToWhatIsExpected(file: String) async throws {
        let bytes = try Captures.bytes(file)

        let totals = try await Self.totals(of: bytes, contentType: "application/json", format: "ndjson")

        #expect(try totals == Captures.expected(file))
    }

    /// The last frame of each file is not whole, so it is not counted.
    @Test(arguments: [
        ("capture-2021-08-27.sse", 1949), ("capture-medium.sse", 340), ("capture-small-cut-mid-frame.sse", 62),
    ])
    func serverSentEventsAddUpToWhatTheirWholeFramesSay(file: String, count: Int) async throws {
        let bytes = try Captures.bytes(file)
        let expected = Totals(of: try CapturedFrame.all(in: bytes))

        let totals = try await Self.totals(of: bytes, contentType: "text/event-stream; charset=utf-8", format: "sse")

        #expect(totals == expected)
        #expect(totals.messages == count)
    }

    @Test(arguments: ["capture-2021-08-27.sse", "capture-medium.sse", "capture-small-cut-mid-frame.sse"])
    func theyDoSoWhenTheConnectionIsLostAfterEveryHundred(file: String) async throws {
        let frames = try CapturedFrame.all(in: Captures.bytes(file))
        let resuming = ResumingStream(frames, newFramesPerConnection: file.contains("small") ? 10 : 100)
        var router = Router(logger: Logger(destination: RecordedLog()))
        router.on(.get, "/") { try resuming.respond(to: $0) }

        try await withServer(handler: router.respond) { server in
            try await Counting.of("http://127.0.0.1:\(server.port)/") { counting in
                await resuming.allIsTaken.wait()
                await counting.leaveStream()
                let totals = try await counting.totals()

                #expect(totals == Totals(of: frames))
                #expect(counting.log.contains("\"canaries\":0,\"malformed\":0"))
            }
        }
    }

    // MARK: Fixtures

    /// What the whole program counts in a body that ends, and is followed by silence.
    private static func totals(of body: [UInt8], contentType: String, format: String) async throws -> Totals {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(contentType)\r\n\r\n"
        let server = ScriptedServer([[.receiveRequest, .send(head), .send(body)], [.receiveRequest, .waitForClient]])
        let configuration = try AppConfiguration(environment: [
            "PORT": "0", "WIKIPEDIA_STREAM_URL": server.url(), "STREAM_FORMAT": format, "JWT_SECRET": SignIn.secret,
        ])
        let application = try Application(configuration: configuration, logger: Logger(destination: RecordedLog()))
        async let running: Void = application.run()
        // It asks for more when it has dealt with all that it had.
        for _ in 1...2 { _ = await server.observeRequest() }

        let totals = try Totals.decode(
            await TestClient.connect(port: application.port).getSignedIn("/stats").body)
        application.shutdown()
        try await running
        return totals
    }
}
