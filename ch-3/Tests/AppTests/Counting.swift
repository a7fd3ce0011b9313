import EventSource
import HTTP
import HTTPTestSupport
import Lifecycle
import Logging
import Stats
import TestSupport

@testable import App

/// The parts of the program that count changes and serve the counts, put together as in ``Application``, but for the wait
/// between two connections to the stream.
struct Counting: Sendable {
    let server: TestServer
    let log: RecordedLog
    private let follower: TaskService

    /// The answer to `GET /stats`.
    func totals() async throws -> Totals {
        try .decode(await server.connect().getSignedIn("/stats").body)
    }

    /// Has the stream left, and returns when it is.
    func leaveStream() async {
        follower.stop()
        await log.waitForLine(containing: "stream left")
    }

    static func of(
        _ url: String, format: StreamFormat = .sse, _ body: @Sendable (Counting) async throws -> Void
    ) async throws {
        guard let url = StreamURL(url) else { throw UnusableURL() }
        let log = RecordedLog()
        let logger = Logger(level: .debug, destination: log)
        let store = InMemoryStatsStore()
        var router = Router(logger: logger)
        router.addStats(store, for: SignIn.authentication)

        var settings = EventSource.Settings(url: url, userAgent: "tests")
        settings.format = format
        settings.reconnectPolicy.delayBase = .zero
        let follower = changeFollower(
            settings, resuming: store, handlers: [StatsRecorder(store: store)], logger: logger)
        async let following: Void = follower.run()
        try await withServer(handler: router.respond) { server in
            defer { follower.stop() }
            try await body(Counting(server: server, log: log, follower: follower))
        }
        try? await following
    }

    private struct UnusableURL: Error {}
}
