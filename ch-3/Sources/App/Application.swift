private import Auth
private import Configuration
private import EventSource
private import Glibc
private import HTTP
private import Lifecycle
package import Logging
private import Metrics
private import Stats
private import Wikimedia

/// The composition root: everything the program consists of is made here and handed what it needs.
package struct Application: Sendable {
    package static let version = "1.0.0"

    /// The port that is served; the system's choice where the configuration says 0.
    package let port: Int
    private let users: UserStore?
    private let services: ServiceGroup
    private let hasSecret: Bool
    private let logger: Logger

    /// Reads the users and opens the listening socket, so that what cannot be used is found out before anything has started.
    ///
    /// - Parameter terminal: where somebody reads along; see ``Terminal``.
    /// - Throws: `UsersFileError`, `ListenError`.
    package init(
        configuration: AppConfiguration, logger: Logger, terminal: (any LogDestination)? = nil
    ) throws {
        let socket = try ListeningSocket(host: configuration.host, port: configuration.port)
        port = socket.port
        self.logger = logger

        users = try UserStore.load(file: configuration.usersFile, terminal: terminal)
        hasSecret = configuration.jwtSecret != nil
        let tokens = JSONWebTokens(
            key: configuration.jwtSecret ?? .random(), issuer: "wiki-stats",
            timeToLiveSeconds: configuration.jwtTimeToLiveSeconds, secondsSince1970: { time(nil) })
        let authentication = BearerAuthentication(tokens: tokens, realm: "wiki-stats", logger: logger)

        let (counters, sourceCounters) = (ChangeStreamCounters(), EventSourceCounters())
        var metrics = Metrics()
        metrics.addStream(counters, sourceCounters)
        metrics.addProcess()
        let (store, storeServices) = configuration.storage.makeStore(
            measuredBy: &metrics, shutdownTimeout: configuration.shutdownTimeout, logger: logger)

        var router = Router(logger: logger)
        router.addStatus()
        router.addLogin(users.map { PasswordLogin(users: $0) }, logger: logger, issue: tokens.issue)
        router.addStats(store, for: authentication)
        router.addMetrics(metrics)

        var limits = HTTPServer.Limits()
        limits.handlerTimeout = configuration.requestTimeout
        let server = HTTPServer(socket: socket, limits: limits, logger: logger, handler: router.respond)

        var stream = EventSource.Settings(url: configuration.streamURL, userAgent: configuration.streamUserAgent)
        stream.format = configuration.streamFormat
        var handlers: [any ChangeHandler] = [StatsRecorder(store: store)]
        if configuration.printsChanges { handlers.append(ChangePrinter(output: StandardOutput())) }
        let follower = changeFollower(
            stream, resuming: store, counters: counters, sourceCounters: sourceCounters, handlers: handlers,
            logger: logger)

        services = ServiceGroup(
            storeServices + [server, follower], shutdownTimeout: configuration.shutdownTimeout, logger: logger)
    }

    /// Serves until `shutdown()` is called and everything that had begun is finished.
    package func run() async throws {
        logger.info("started", ["version": "\(Self.version)", "port": .integer(port)])
        if !hasSecret {
            logger.warning(
                "tokens end with this process",
                ["reason": "JWT_SECRET is not set", "remedy": "set it to what `openssl rand -hex 32` prints"])
        }
        logger.warn(about: users)
        try await services.run()
        logger.info("stopped")
    }

    /// Asks `run()` to return. Does not wait; may be called from any thread, and before `run()`.
    package func shutdown() {
        logger.info("shutting down")
        services.shutdown()
    }
}
