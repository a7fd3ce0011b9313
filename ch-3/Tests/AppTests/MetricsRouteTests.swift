import Configuration
import HTTPTestSupport
import Logging
import Metrics
import ScriptedServer
import TestSupport
import Testing

@testable import App

@Suite(.timeLimit(.minutes(1)))
struct MetricsRouteTests {
    @Test func whatTheStreamHasBroughtIsReported() async throws {
        let frames =
            frame(1, changeJSON(1, domain: "de.wikipedia.org", user: "Mira"))
            + frame(2, changeJSON(2, domain: "www.wikidata.org", user: "Robot", isBot: true))
            + frame(3, canaryJSON(3)) + frame(4, "{")
        let again = frame(2, changeJSON(2, domain: "www.wikidata.org", user: "Robot", isBot: true))
        let server = ScriptedServer([
            .stream(frames), .stream(again), [.receiveRequest, .waitForClient],
        ])
        let log = RecordedLog()
        try await Self.withApplication(streamURL: server.url(), log: log) { client in
            // It asks for more when it has dealt with all that it had.
            for _ in 1...3 { _ = await server.observeRequest() }

            let text = try await client.get("/metrics").text

            let expected = [
                "wiki_stats_events_total 2", "wiki_stats_duplicates_total 1", "wiki_stats_canaries_total 1",
                "wiki_stats_malformed_total 1", "wiki_stats_stream_connections_total 2",
                "wiki_stats_stream_failures_total 0", "wiki_stats_stream_skipped_events_total 0",
                "wiki_stats_stream_bytes_total \(frames.utf8.count + again.utf8.count)",
            ]
            #expect(Set(expected).subtracting(text.split(separator: "\n").map(String.init)).isEmpty, "\(text)")
            // Numbers alone: who and where is for those with a token.
            #expect(!text.contains("Mira") && !text.contains("wikidata") && !text.contains(server.url()))
        }
    }

    @Test func theAnswerIsWhatPrometheusAsksFor() async throws {
        try await Self.withApplication { client in
            let response = try await client.get("/metrics")

            #expect(response.status == 200)
            #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(response.text.hasPrefix("# HELP ") && response.text.hasSuffix("\n"))
            #expect(response.text.contains("\nprocess_open_fds "))
        }
    }

    @Test(arguments: [("HEAD", 200), ("POST", 405), ("OPTIONS", 204)])
    func otherMethods(_ method: String, status: Int) async throws {
        try await Self.withApplication { client in
            try await client.send("\(method) /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")

            #expect(try await client.response(isToHEAD: method == "HEAD").status == status)
        }
    }

    @Test(.enabled(if: Promtool.isWanted, "install promtool: scripts/setup --test-servers"))
    func prometheusFindsNothingWrong() async throws {
        try #require(Promtool.isInstalled, "promtool is not installed: scripts/setup --test-servers")
        try await Self.withApplication { client in
            let text = try await client.get("/metrics").text

            #expect(try await Promtool.complaints(about: text) == "")
            // It would find something.
            #expect(try await Promtool.complaints(about: text + "a{b=c} 1\n") != "")
        }
    }

    /// What the program itself has none of yet.
    @Test(.enabled(if: Promtool.isWanted, "install promtool: scripts/setup --test-servers"))
    func prometheusFindsNothingWrongWithHistogramsAndLabels() async throws {
        try #require(Promtool.isInstalled, "promtool is not installed: scripts/setup --test-servers")
        let histogram = Histogram()
        for milliseconds in [1, 5, 77, 100_000] { histogram.observe(.milliseconds(milliseconds)) }
        var metrics = Metrics()
        metrics.histogram("flush_duration_seconds", "How long\na \\ takes.", histogram)
        metrics.gauge("things", "Things.", labels: ["name": "a \"quote\", a \\ and\r\na line: ä"]) { 1 }
        metrics.gauge("things", "Things.", labels: ["name": ""]) { Double.infinity }

        #expect(try await Promtool.complaints(about: metrics.text) == "")
    }

    // MARK: Fixtures

    private static func withApplication(
        streamURL: String = "http://127.0.0.1:1/", log: RecordedLog = RecordedLog(),
        _ body: (TestClient) async throws -> Void
    ) async throws {
        let configuration = try AppConfiguration(environment: ["PORT": "0", "WIKIPEDIA_STREAM_URL": streamURL])
        let application = try Application(configuration: configuration, logger: Logger(destination: log))
        async let running: Void = application.run()
        do {
            try await body(.connect(port: application.port))
        } catch {
            application.shutdown()
            throw error
        }
        application.shutdown()
        try await running
    }
}
