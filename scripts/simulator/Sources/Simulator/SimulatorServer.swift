private import Generator
private import Glibc
package import HTTP
private import JSON
private import Lifecycle
package import Logging

/// The simulator put together: a stream, its head, and the server with its routes.
package struct SimulatorServer: Sendable {
    /// The port that is served; the system's choice where 0 was asked for.
    package let port: Int
    private let services: ServiceGroup

    /// Listens from here on: who connects before `run()` is served then.
    package init(_ configuration: SimulatorConfiguration, logger: Logger) throws(ListenError) {
        let socket = try ListeningSocket(host: configuration.host, port: configuration.port)
        port = socket.port

        let stream = SimulatedStream(configuration.stream)
        let head = StreamHead(
            end: configuration.total > 0 ? configuration.total : .max, rate: configuration.rate,
            backlogMax: configuration.backlogMax)
        if configuration.total == 0 {
            // A stream without end has been there all the time: its clients find their place again after a restart.
            head.reach(stream.index(at: time(nil) * 1000), at: .now)
        }
        let streamRoute = StreamRoute(configuration, stream: stream, head: head)
        let expectedRoute = ExpectedRoute(stream: stream, total: configuration.total)

        var router = Router(logger: logger)
        router.on(.get, "/v2/stream/recentchange") { try streamRoute.respond(to: $0) }
        router.on(.get, "/expected") { try await expectedRoute.respond(to: $0) }
        router.on(.get, "/status") { _ in
            var json = JSONWriter()
            json.object { json in
                json.member("status", "ok")
                json.member("streams", streamRoute.streamCount)
            }
            return .json(json.bytes)
        }

        var limits = HTTPServer.Limits()
        // Clients that do not read for a while are what some tests are about.
        limits.writeTimeout = .seconds(900)
        limits.handlerTimeout = .seconds(60)
        let server = HTTPServer(socket: socket, limits: limits, logger: logger, handler: router.respond)
        services = ServiceGroup([server], shutdownTimeout: .milliseconds(500), logger: logger)
    }

    /// Serves until `shutdown()` is called.
    package func run() async throws {
        do {
            try await services.run()
        } catch is ShutdownTimeoutError {
            // A client that does not read has been cut off. A stream has no end that could be waited for.
        }
    }

    /// Ends all streams. Does not wait; may be called from any thread, and before `run()`.
    package func shutdown() {
        services.shutdown()
    }
}
