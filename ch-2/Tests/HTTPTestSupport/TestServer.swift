package import HTTP
private import Logging
package import TestSupport

/// An ``HTTPServer`` on a port of its own, for the time of one test.
package struct TestServer: Sendable {
    package let port: Int
    package let log: RecordedLog
    private let server: HTTPServer
    private let running: Task<Void, Never>

    /// Connections are accepted from the first moment: the socket listens before the server runs.
    init(
        limits: HTTPServer.Limits, loopCount: Int, handler: @escaping TestHandler
    ) throws {
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
        port = socket.port
        log = RecordedLog()
        let server = HTTPServer(
            socket: socket, limits: limits, loopCount: loopCount, logger: Logger(level: .debug, destination: log),
            handler: handler)
        self.server = server
        running = Task { await server.run() }
    }

    package func connect(source: String? = nil, receiveBufferBytes: Int32? = nil) async throws -> TestClient {
        try await .connect(port: port, source: source, receiveBufferBytes: receiveBufferBytes)
    }

    /// Asks the server to finish, without waiting for it.
    package func stop() {
        server.stop()
    }

    /// Has the server give up everything at once, without waiting for it.
    package func abort() {
        running.cancel()
    }

    /// Returns when the server has ended.
    package func ended() async {
        await running.value
    }
}

package typealias TestHandler = @Sendable (HTTPRequest) async -> HTTPResponse

/// Serves while `body` runs, then lets the server finish what has begun and waits for its end.
package func withServer<Result>(
    limits: HTTPServer.Limits = .forTests, loopCount: Int = 2,
    handler: @escaping TestHandler = echo,
    _ body: (TestServer) async throws -> Result
) async throws -> Result {
    let server = try TestServer(limits: limits, loopCount: loopCount, handler: handler)
    do {
        let result = try await body(server)
        server.stop()
        await server.ended()
        return result
    } catch {
        server.abort()
        await server.ended()
        throw error
    }
}

/// Answers with the request's body; with its method and its path where it has none.
@Sendable package func echo(_ request: HTTPRequest) -> HTTPResponse {
    let body = request.body.isEmpty ? Array("\(request.method.rawValue) \(request.path)".utf8) : request.body
    return HTTPResponse(.ok, contentType: "text/plain", body: .bytes(body))
}

extension HTTPServer.Limits {
    /// The documented limits, but nothing waits long for a client that has been answered.
    package static var forTests: Self { .make() }

    /// The documented limits with some of them changed.
    package static func make(_ change: (inout Self) -> Void = { _ in }) -> Self {
        var limits = Self()
        limits.lingerTimeout = .milliseconds(200)
        // On a machine that is busy with other tests, a handler may wait for its turn for longer than a service would let it.
        limits.handlerTimeout = .seconds(60)
        change(&limits)
        return limits
    }
}
