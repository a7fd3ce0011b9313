import App
import Glibc
import HTTPTestSupport
import Locking
import TestSupport
import Testing

/// The built program from outside: words and settings in; exit status, standard output and standard error out.
@Suite(.timeLimit(.minutes(1)))
struct ExecutableTests {
    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalEndsItWithSuccess(_ signal: Int32) async throws {
        let server = try await RunningServer.start()
        let client = try await server.connect()
        #expect(try await client.get("/status").text == #"{"status":"ok"}"#)

        server.process.send(signal: signal)

        #expect(try await client.receiveToEnd() == "")
        #expect(try await server.process.exit() == .code(0))
        #expect(try await server.process.standardError().contains(#""message":"stopped""#))
        #expect(try await server.process.standardOutput() == "")
    }

    @Test func whatHasBegunIsFinishedFirst() async throws {
        let server = try await RunningServer.start()
        let client = try await server.connectHalfWay()

        server.process.send(signal: SIGTERM)
        #expect(await eventually { (try? await server.connect()) == nil })
        try await client.send(" HTTP/1.1\r\nHost: a\r\n\r\n")

        let response = try await client.response()
        #expect(response.status == 200)
        #expect(response["Connection"] == "close")
        #expect(try await server.process.exit() == .code(0))
    }

    @Test(
        arguments: [(SIGTERM, SIGINT, 130), (SIGINT, SIGTERM, 143), (SIGTERM, SIGTERM, 143)] as [(Int32, Int32, Int32)])
    func aSecondSignalEndsItAtOnce(first: Int32, second: Int32, code: Int32) async throws {
        let server = try await RunningServer.start()
        let client = try await server.connectHalfWay()

        server.process.send(signal: first)
        _ = try await server.process.standardError(upTo: "shutting down")
        server.process.send(signal: second)

        #expect(try await server.process.exit() == .code(code))
        _ = client
    }

    @Test func whatDoesNotFinishInTimeIsGivenUp() async throws {
        let server = try await RunningServer.start(["SHUTDOWN_TIMEOUT_SECONDS": "1"])
        let client = try await server.connectHalfWay()

        server.process.send(signal: SIGTERM)

        #expect(try await server.process.exit() == .code(70))
        #expect(try await server.process.standardError().contains("not finished in time and cancelled: http"))
        _ = client
    }

    // MARK: What it cannot start with

    @Test func anUnknownWordIsAUsageError() async throws {
        let process = try Self.start(arguments: ["serve"])

        #expect(try await process.exit() == .code(64))
        #expect(
            try await process.standardError()
                == "wiki-stats does not know what to do with \"serve\": see wiki-stats --help.\n")
    }

    @Test func anInvalidValueIsAUsageErrorWithKeyValueAndRemedy() async throws {
        let process = try Self.start(environment: ["PORT": "http"])

        #expect(try await process.exit() == .code(64))
        #expect(
            try await process.standardError()
                == "PORT is \"http\", which cannot be used: set it to a whole number from 0 to 65535.\n")
    }

    @Test func aPortThatIsTakenIsUnavailable() async throws {
        let server = try await RunningServer.start()

        let second = try Self.start(environment: ["PORT": "\(server.port)"])

        #expect(try await second.exit() == .code(69))
        #expect(
            try await second.standardError()
                == "PORT is \(server.port), which another program is using on 127.0.0.1: stop that program, or set PORT to a free one.\n"
        )
    }

    // MARK: What it prints

    @Test func helpAndVersionArePrinted() async throws {
        let help = try Self.start(arguments: ["--help"])
        #expect(try await help.standardOutput() == Command.usage + "\n")
        #expect(try await help.exit() == .code(0))

        let version = try Self.start(arguments: ["--version"])
        #expect(try await version.standardOutput() == "wiki-stats \(Application.version)\n")
        #expect(try await version.exit() == .code(0))
    }

    @Test(
        arguments: [
            (.closed, .captured), (.captured, .closed), (.closed, .closed), (.file("/dev/full"), .captured),
            (.captured, .file("/dev/full")),
        ] as [(ChildProcess.Output, ChildProcess.Output)])
    func itServesAlsoWhereNobodyHearsIt(
        standardOutput: ChildProcess.Output, standardError: ChildProcess.Output
    ) async throws {
        // The port cannot be read from the log here, so it is 7000 on an address that nobody else has.
        let host = UniqueAddress.next()
        let process = try Self.start(
            environment: ["HOST": host, "PORT": "7000"], standardOutput: standardOutput, standardError: standardError)
        var client: TestClient?
        #expect(
            await eventually {
                client = try? await TestClient.connect(host: host, port: 7000)
                return client != nil
            })

        #expect(try await client?.get("/status").status == 200)
        process.send(signal: SIGTERM)

        #expect(try await process.exit() == .code(0))
    }

    // MARK: Fixtures

    private static func start(
        arguments: [String] = [], environment: [String: String] = [:],
        standardOutput: ChildProcess.Output = .captured, standardError: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        try ChildProcess(
            Executable.path, arguments: arguments, environment: offline.merging(environment) { $1 },
            standardOutput: standardOutput, standardError: standardError)
    }

    private struct RunningServer {
        let process: ChildProcess
        let port: Int

        /// Starts it on a port that the system chooses, and returns when it serves.
        static func start(_ environment: [String: String] = [:]) async throws -> RunningServer {
            let process = try ExecutableTests.start(environment: environment)
            let log = try await process.standardError(upTo: "\n")
            let port = try #require(log.firstMatch(of: /"message":"started".*"port":(\d+)/)?.1, "\(log)")
            return RunningServer(process: process, port: try #require(Int(port)))
        }

        func connect() async throws -> TestClient {
            try await .connect(port: port)
        }

        /// A client that keeps its connection busy: half of its second request is sent.
        func connectHalfWay() async throws -> TestClient {
            let client = try await connect()
            _ = try await client.get("/status")
            try await client.send("GET /status")
            return client
        }
    }

    /// Addresses of this machine that no other test, of this process or another, listens on.
    private enum UniqueAddress {
        private static let count = Locked(0)

        static func next() -> String {
            let number = count.withLock { count in
                count += 1
                return count
            }
            let process = getpid()
            return "127.\(100 + number).\(process >> 8 & 0xFF).\(process & 0xFF)"
        }
    }
}
