import Foundation
import HTTPTestSupport
import Logging
import TestSupport

@testable import Simulator

/// Runs the simulator with these switches while `body` runs, on a port of its own.
func withSimulator<Result>(_ switches: [String], _ body: (Int) async throws -> Result) async throws -> Result {
    let configuration = try SimulatorConfiguration(arguments: ["--port", "0", "--users", "2000"] + switches)
    let log = RecordedLog()
    let server = try SimulatorServer(configuration, logger: Logger(level: .info, destination: log))
    async let end: Void = server.run()
    do {
        let result = try await body(server.port)
        server.shutdown()
        try await end
        return result
    } catch {
        server.shutdown()
        try await end
        throw error
    }
}

extension TestClient {
    static let streamPath = "/v2/stream/recentchange"

    func sendGet(_ path: String = streamPath, _ fields: [String] = []) async throws {
        let fields = fields.map { "\($0)\r\n" }.joined()
        try await send("GET \(path) HTTP/1.1\r\nHost: test\r\nUser-Agent: tests\r\n\(fields)\r\n")
    }
}

/// Asks for something and reads the whole response.
func get(
    _ path: String = TestClient.streamPath, _ fields: [String] = [], port: Int
) async throws -> TestResponse {
    let client = try await TestClient.connect(port: port)
    try await client.sendGet(path, fields)
    return try await client.response()
}

extension TestResponse {
    /// The ids of the events in a body of server-sent events, in order; whole frames only.
    var eventIDs: [String] {
        text.components(separatedBy: "\n\n").dropLast().compactMap { frame in
            frame.components(separatedBy: "\n").first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
        }
    }

    /// `meta.id` of each whole event.
    var metaIDs: [String] {
        text.components(separatedBy: "\n\n").dropLast().compactMap { frame in
            guard frame.contains("data: "), !frame.contains("\"domain\":\"canary\"") else { return nil }
            return frame.firstRange(of: "\",\"id\":\"").map { String(frame[$0.upperBound...].prefix(36)) }
        }
    }
}
