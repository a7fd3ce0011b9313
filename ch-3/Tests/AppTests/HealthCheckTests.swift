import App
import Glibc
import HTTP
import HTTPTestSupport
import ScriptedServer
import TestSupport
import Testing

/// `wiki-stats check`, for containers without a shell.
@Suite(.timeLimit(.minutes(1)))
struct HealthCheckTests {
    @Test func aProgramThatRunsIsWell() async throws {
        let program = try await Program.start()

        #expect(try await Self.check(["PORT": "\(program.port)"]) == .code(0))

        program.process.send(signal: SIGTERM)
        #expect(try await program.process.exit() == .code(0))
        #expect(try await Self.check(["PORT": "\(program.port)"]) == .code(1))
    }

    @Test func aProgramThatListensOnAllAddressesIsAskedOnThisMachine() async throws {
        let environment = ["HOST": "0.0.0.0"]
        let program = try await Program.start(environment)

        #expect(try await Self.check(environment.merging(["PORT": "\(program.port)"]) { $1 }) == .code(0))
    }

    @Test func itSaysNothingAndStartsNothing() async throws {
        let process = try Program.launch(["check"], environment: ["PORT": "\(ListeningDescriptor().port)"])

        #expect(try await process.standardOutput() == "")
        #expect(try await process.standardError() == "")
        #expect(try await process.exit() == .code(1))
    }

    @Test func itReadsTheSameSettingsAsTheProgram() async throws {
        let program = try await Program.start()
        try await withTemporaryDirectory { directory in
            try directory.write("PORT=\(program.port)\n", to: ".env")
            let process = try Program.launch(["check"], in: directory.path)

            #expect(try await process.exit() == .code(0))
        }
    }

    @Test func anInvalidSettingIsAUsageErrorHereToo() async throws {
        #expect(try await Self.check(["PORT": "http"]) == .code(64))
    }

    @Test(arguments: [HTTPStatus.serviceUnavailable, .notFound, .noContent, .internalServerError])
    func anyOtherAnswerThan200IsANo(_ status: HTTPStatus) async throws {
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse = { _ in HTTPResponse(status) }
        try await withServer(handler: handler) { server in
            #expect(await !Self.isHealthy(port: server.port))
        }
    }

    @Test func itAsksForTheGivenPath() async throws {
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse = {
            HTTPResponse($0.path == "/health" ? .ok : .notFound)
        }
        try await withServer(handler: handler) { server in
            #expect(await Self.isHealthy(port: server.port, path: "/health"))
            #expect(await !Self.isHealthy(port: server.port, path: "/status"))
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 20", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 2000 \r\n\r\n", "220 mail.example.org ESMTP\r\n",
    ])
    func whatIsNoGoodHTTPIsANo(_ answer: String) async throws {
        let server = ScriptedServer([[.receiveRequest, .send(answer)]])

        #expect(await !Self.isHealthy(port: server.port))
    }

    @Test func whoSaysNothingIsNotWaitedForForEver() async throws {
        let server = ScriptedServer([[.receiveRequest, .waitForClient]])

        #expect(await !Self.isHealthy(port: server.port, timeout: .milliseconds(100)))
    }

    @Test(arguments: ["host.invalid", "256.1.1.1", ""])
    func aHostThatThereIsNotIsANo(_ host: String) async throws {
        #expect(await !Self.isHealthy(host: host, port: 7000))
    }

    // MARK: Fixtures

    private static func check(_ environment: [String: String]) async throws -> ChildProcess.Exit {
        try await Program.launch(["check"], environment: environment).exit()
    }

    private static func isHealthy(
        host: String = "127.0.0.1", port: Int, path: String = "/status", timeout: Duration = .seconds(10)
    ) async -> Bool {
        let answer = try? await blocking {
            HealthCheck.isHealthy(host: host, port: port, path: path, timeout: timeout)
        }
        return answer ?? false
    }
}
