private import Configuration
private import Glibc
private import HTTP
private import Lifecycle
private import Logging

/// What scripts/lifecycle puts under load: put together as the program of a chapter is, with handlers of every kind.
@main
struct Main {
    static func main() {
        ShutdownSignals.runMain { signals in
            do {
                try await serve(until: signals)
                return 0
            } catch {
                StandardError().write(line: Array("\(error)\n".utf8))
                return error is ShutdownTimeoutError ? 70 : 64
            }
        }
    }

    private static func serve(until signals: ShutdownSignals) async throws {
        let environment = ProcessEnvironment.all
        let seconds = (
            shutdown: try Keys.shutdownTimeoutSeconds.value(in: environment),
            request: try Keys.requestTimeoutSeconds.value(in: environment)
        )
        if environment["PLANT_LEAK"] == "1" { plantLeak() }
        let logger = Logger()
        let (server, port) = try makeServer(
            port: try Keys.port.value(in: environment), requestTimeout: .seconds(seconds.request), logger: logger)
        let services = ServiceGroup([server], shutdownTimeout: .seconds(seconds.shutdown), logger: logger)

        signals.onFirst {
            logger.info("shutting down")
            services.shutdown()
        }
        logger.info("started", ["port": .integer(port)])
        try await services.run()
        logger.info("stopped")
    }

    /// A function of its own, so that nobody but the server holds the socket and it is closed when the server says so.
    private static func makeServer(port: Int, requestTimeout: Duration, logger: Logger) throws -> (HTTPServer, Int) {
        let socket = try ListeningSocket(host: "127.0.0.1", port: port)
        var router = Router(logger: logger)
        addRoutes(to: &router)
        var limits = HTTPServer.Limits()
        limits.handlerTimeout = requestTimeout
        return (HTTPServer(socket: socket, limits: limits, logger: logger, handler: router.respond), socket.port)
    }

    /// Shows that LeakSanitizer works where scripts/lifecycle runs.
    private static func plantLeak() {
        for _ in 0..<10 { _ = malloc(1000) }
    }

    private enum Keys {
        static let port = ConfigurationKey.integer("PORT", default: 0, in: 0...65535, summary: "port to listen on")
        static let shutdownTimeoutSeconds = ConfigurationKey.integer(
            "SHUTDOWN_TIMEOUT_SECONDS", default: 10, in: 1...3600, summary: "for what has begun")
        static let requestTimeoutSeconds = ConfigurationKey.integer(
            "REQUEST_TIMEOUT_SECONDS", default: 5, in: 1...3600, summary: "for a request")
    }
}
