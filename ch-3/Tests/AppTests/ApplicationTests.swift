import App
import Configuration
import HTTP
import HTTPTestSupport
import Logging
import TestSupport
import Testing

/// The whole program in this process, without its `main`.
@Suite(.timeLimit(.minutes(1)))
struct ApplicationTests {
    @Test func statusIsOKWhileItRuns() async throws {
        try await Self.withApplication { application, _ in
            let response = try await TestClient.connect(port: application.port).get("/status")

            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(response.text == #"{"status":"ok"}"#)
        }
    }

    @Test(arguments: [
        ("GET", "/", 404), ("POST", "/status", 405), ("OPTIONS", "/status", 204), ("BREW", "/status", 501),
    ])
    func whatIsNotServedIsToldApart(method: String, path: String, status: Int) async throws {
        try await Self.withApplication { application, _ in
            let client = try await TestClient.connect(port: application.port)

            try await client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\r\n")

            #expect(try await client.response().status == status)
        }
    }

    @Test func startAndStopAreLogged() async throws {
        let log = try await Self.withApplication { _, log in log }

        let messages = log.lines.compactMap { $0.firstMatch(of: /"message":"([^"]+)"/).map { String($0.1) } }
        #expect(messages.filter(["started", "shutting down", "stopped"].contains).count == 3)
        #expect(messages.first == "started" && messages.last == "stopped")
        #expect(log.contains("\"version\":\"\(Application.version)\""))
    }

    @Test func shutdownBeforeRunEndsItAtOnce() async throws {
        let application = try Self.make()

        application.shutdown()

        try await application.run()
    }

    @Test func aPortThatIsTakenIsFoundOutBeforeAnythingStarts() throws {
        let taken = try ListeningSocket(host: "127.0.0.1", port: 0)

        let error = #expect(throws: ListenError.self) { try Self.make(["PORT": "\(taken.port)"]) }

        #expect(error?.description.contains("PORT is \(taken.port)") == true)
        #expect(error.map(ExitCode.init) == .unavailable)
    }

    // MARK: Fixtures

    private static func make(
        _ environment: [String: String] = [:], log: RecordedLog = RecordedLog()
    ) throws -> Application {
        let environment = offline.merging(environment) { $1 }
        return try Application(
            configuration: AppConfiguration(environment: environment), logger: Logger(destination: log))
    }

    /// Runs the application during `body`, and to its end.
    private static func withApplication<Result>(
        _ body: (Application, RecordedLog) async throws -> Result
    ) async throws -> Result {
        let log = RecordedLog()
        let application = try make(log: log)
        async let running: Void = application.run()
        await log.waitForLine(containing: "started")
        do {
            let result = try await body(application, log)
            application.shutdown()
            try await running
            return result
        } catch {
            application.shutdown()
            throw error
        }
    }
}
