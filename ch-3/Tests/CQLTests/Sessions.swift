import CQL
import Locking
import Logging
import ScriptedCassandra
import TestSupport
import Testing

extension CQLSession.Settings {
    /// Without contact points yet, and in a hurry to connect.
    static func test(
        credentials: CQLCredentials? = nil, connectTimeout: Duration = .seconds(30),
        requestTimeout: Duration = .seconds(30), requestsInFlightMax: Int = 128
    ) -> CQLSession.Settings {
        var settings = CQLSession.Settings(contactPoints: [], credentials: credentials)
        settings.connectTimeout = connectTimeout
        settings.requestTimeout = requestTimeout
        settings.requestsInFlightMax = requestsInFlightMax
        settings.reconnectDelayBase = .milliseconds(1)
        settings.reconnectDelayMax = .milliseconds(10)
        return settings
    }
}

/// Runs a session with these servers as its contact points, until the body returns.
func withSession<Success>(
    _ servers: ScriptedCassandra..., settings: CQLSession.Settings = .test(), log: RecordedLog = RecordedLog(),
    _ body: (CQLSession) async throws -> Success
) async throws -> Success {
    var settings = settings
    settings.contactPoints = servers.map { ContactPoint(host: "127.0.0.1", port: $0.port) }
    defer { for server in servers { server.stop() } }
    return try await withSession(settings, log: log, body)
}

func withSession<Success>(
    _ settings: CQLSession.Settings, log: RecordedLog = RecordedLog(), _ body: (CQLSession) async throws -> Success
) async throws -> Success {
    let session = CQLSession(settings, logger: Logger(level: .debug, destination: log))
    let running = Task { await session.run() }
    let result: Result<Success, any Error>
    do { result = .success(try await body(session)) } catch { result = .failure(error) }
    session.stop()
    running.cancel()
    await running.value
    return try result.get()
}

/// A port of 127.0.0.1 on which nobody listens.
func closedPort() -> Int {
    let server = ScriptedCassandra { _ in [] }
    server.stop()
    return server.port
}

extension ScriptedCassandra.Request {
    /// The text of a QUERY or PREPARE, which stands first.
    var text: String {
        let length = body[..<4].reduce(0) { $0 << 8 | Int($1) }
        return String(decoding: body[4..<4 + length], as: UTF8.self)
    }

    /// The id in an EXECUTE, which stands first.
    var statementID: [UInt8] {
        Array(body[2..<2 + Int(body[1])])
    }

    func reply(_ reply: CQLReply) -> [ScriptedCassandra.Action] { [.reply(reply, stream: stream)] }
}

/// What a request has thrown; `nil` if it was answered.
func failure(_ body: () async throws -> CQLResult) async -> CQLError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? CQLError
    }
}
