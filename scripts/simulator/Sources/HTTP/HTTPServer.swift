private import Glibc
internal import Lifecycle
internal import Locking
package import Logging

/// An HTTP/1.1 server (RFC 9110, 9112): one event loop a core, all of them accepting from one listening socket.
///
/// Every error is answered as `application/problem+json` (RFC 9457). To stop it drains: it takes no more connections, closes
/// idle ones, lets requests that have begun finish, and marks their responses `Connection: close`.
package final class HTTPServer: Service {
    /// What a client may take of the server. Each is there because somebody will try more.
    package struct Limits: Sendable {
        /// The request line with its end, in bytes. Beyond: 414.
        package var requestLineBytesMax = 8 * 1024
        /// The whole head with the request line, in bytes. Beyond: 431.
        package var headBytesMax = 16 * 1024
        /// Header fields. Beyond: 431.
        package var fieldCountMax = 100
        /// The body, in bytes, decoded. Beyond: 413.
        package var bodyBytesMax = 1024 * 1024
        /// Open connections, and handlers that go on although their connection is closed. Beyond: 503. Fewer where the system
        /// gives the process few descriptors.
        package var connectionsMax = 10_000
        /// The same of one IPv4 address, or one /64 network of IPv6. Beyond: 503.
        package var connectionsPerAddressMax = 1_000

        /// From the first byte of a request, or from the connection, to the end of the head. Beyond: 408.
        package var headTimeout = Duration.seconds(10)
        /// From the end of the head to the end of the body. Beyond: 408.
        package var bodyTimeout = Duration.seconds(30)
        /// For the handler. Beyond: it is cancelled, and the answer is 503.
        package var handlerTimeout = Duration.seconds(5)
        /// Without the client taking a single byte. Beyond: closed.
        package var writeTimeout = Duration.seconds(30)
        /// Between two requests. Beyond: closed.
        package var idleTimeout = Duration.seconds(75)
        /// After our last byte, for the client to end its side.
        package var lingerTimeout = Duration.seconds(1)

        package init() {}
    }

    /// What all connections share.
    struct Settings: Sendable {
        let limits: Limits
        let timeouts: Timeouts
        let limiter: ConnectionLimiter
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse
        let logger: Logger
    }

    /// The limits of time in the unit of the event loop, nanoseconds.
    struct Timeouts: Sendable {
        let head, body, handler, write, idle, linger: Int

        init(_ limits: Limits) {
            head = nanoseconds(limits.headTimeout)
            body = nanoseconds(limits.bodyTimeout)
            handler = nanoseconds(limits.handlerTimeout)
            write = nanoseconds(limits.writeTimeout)
            idle = nanoseconds(limits.idleTimeout)
            linger = nanoseconds(limits.lingerTimeout)
        }
    }

    package let name = "http"
    private let acceptors: [Acceptor]

    /// - Parameters:
    ///   - socket: where connections come from; the server closes it when it stops.
    ///   - loopCount: how many threads; one a core unless told otherwise.
    ///   - handler: answers one request, for example ``Router/respond(to:)``.
    package init(
        socket: ListeningSocket, limits: Limits = Limits(), loopCount: Int = sysconf(Int32(_SC_NPROCESSORS_ONLN)),
        logger: Logger, handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) {
        var limits = limits
        limits.connectionsMax = min(limits.connectionsMax, descriptorsForConnections())
        let settings = Settings(
            limits: limits, timeouts: Timeouts(limits), limiter: ConnectionLimiter(limits: limits), handler: handler,
            logger: logger)
        acceptors = (0..<max(1, loopCount)).map { _ in
            Acceptor(socket: socket, loop: EventLoop(), settings: settings)
        }
    }

    package func run() async {
        for (index, acceptor) in acceptors.enumerated() {
            acceptor.loop.start(name: "http-\(index)")
        }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for acceptor in acceptors {
                    group.addTask { await acceptor.run() }
                }
            }
        } onCancel: {
            for acceptor in acceptors {
                Task { await acceptor.abort() }
            }
        }
    }

    package func stop() {
        for acceptor in acceptors {
            Task { await acceptor.drain() }
        }
    }
}

private func nanoseconds(_ duration: Duration) -> Int {
    Int(duration / .nanoseconds(1))
}
