import App
import CassandraModel
import Glibc
import HTTPTestSupport
import Logging
import ScriptedCassandra
import ScriptedServer
import TestSupport
import Testing

/// The whole program in this process, with a model of Cassandra behind it.
@Suite(.timeLimit(.minutes(2)))
struct StoredCountsTests {
    @Test func startedAgainItGoesOnWhereItWas() async throws {
        let model = CassandraModel()
        // Each time, what has been counted comes again, with a canary and something malformed.
        for (end, total) in [(5, 3), (9, 7), (9, 7)] {
            let frames = (1...end).map { number in
                switch number {
                case 2: frame(number, canaryJSON(number))
                case 4: frame(number, #"{"meta":{"id":"event-4","topic":"codfw.mediawiki.recentchange"}}"#)
                default: frame(number)
                }
            }
            let stream = ScriptedServer([.stream(frames.joined()) + [.waitForClient]])
            try await Self.withProgram(model, following: stream.url()) { port, log in
                await log.waitForLine(containing: "stream connected")
                var totals = Totals()
                #expect(
                    await eventually {
                        totals = (try? await Self.totals(port)) ?? Totals()
                        return totals.messages >= total
                    })
                #expect(totals.messages == total && totals.distinctUsers == 1)
                #expect(totals.byServerName == ["als.wikipedia.org": total])
            }
        }
    }

    @Test func untilTheCountsAreReadThereAreNone() async throws {
        let model = CassandraModel()
        model.decide { _ in .refused(CassandraModel.overloaded) }
        let stream = ScriptedServer([.stream(frame(1)) + [.waitForClient]])
        try await Self.withProgram(model, following: stream.url()) { port, log in
            await log.waitForLine(containing: "cannot read from Cassandra")
            let client = try await TestClient.connect(port: port)
            let (status, stats) = (
                try await client.get("/status").status, try await client.getSignedIn("/stats").status
            )
            #expect(status == 200 && stats == 503)

            model.decide { _ in .done }
            #expect(await eventually { (try? await Self.totals(port).messages) == 1 })
        }
    }

    @Test func aPasswordThatIsRefusedEndsTheProgramAndIsNotShown() async throws {
        let server = ScriptedCassandra(
            startUp: { [.reply($0.opcode == 0x01 ? .authenticate : .error(0x0100, "wrong"), stream: $0.stream)] },
            respond: { _ in [] })
        defer { server.stop() }
        let log = RecordedLog()
        let application = try Self.make(
            server, ["CASSANDRA_USERNAME": "mira", "CASSANDRA_PASSWORD": "s3cr3t"], log: log)
        await #expect(throws: (any Error).self) { try await application.run() }
        #expect(log.contains("wrong") && log.contains("mira") == false)
        #expect(!log.contains("s3cr3t"))
    }

    /// It ends by itself, and in order: the shutdown timeout is not needed.
    @Test(arguments: [false, true])
    func aCassandraThatDoesNotAnswerDoesNotKeepTheProgram(isSilentFromTheStart: Bool) async throws {
        let model = CassandraModel()
        let stream = ScriptedServer([.stream(frame(1)) + [.waitForClient]])
        let isAsked = Gate()
        model.decide { operation in
            guard isSilentFromTheStart || operation.isWrite else { return .done }
            isAsked.open()
            return .ignored
        }
        let log = try await Self.withProgram(
            model, following: stream.url(), ["SHUTDOWN_TIMEOUT_SECONDS": "60"]
        ) { _, log in
            await isAsked.wait()
            return log
        }
        #expect(!log.contains("shutdown timeout is over"))
        #expect(isSilentFromTheStart || log.contains("not all is written"))
    }

    // MARK: Fixtures

    private static func make(
        _ server: ScriptedCassandra, _ environment: [String: String], log: RecordedLog
    ) throws -> Application {
        let storage = [
            "STORAGE": "cassandra", "CASSANDRA_CONTACT_POINTS": "127.0.0.1:\(server.port)", "FLUSH_INTERVAL_MS": "10",
            "JWT_SECRET": SignIn.secret,
        ]
        let environment = offline.merging(storage) { $1 }.merging(environment) { $1 }
        return try Application(
            configuration: AppConfiguration(environment: environment),
            logger: Logger(level: .debug, destination: log))
    }

    /// Runs the program during `body`, and to its end, which must be a good one.
    private static func withProgram<Result>(
        _ model: CassandraModel, following url: String, _ environment: [String: String] = [:],
        _ body: (_ port: Int, RecordedLog) async throws -> Result
    ) async throws -> Result {
        let server = model.makeServer()
        defer { server.stop() }
        let log = RecordedLog()
        let application = try make(
            server, ["WIKIPEDIA_STREAM_URL": url, "SHUTDOWN_TIMEOUT_SECONDS": "60"].merging(environment) { $1 },
            log: log)
        async let running: Void = application.run()
        await log.waitForLine(containing: "started")
        do {
            let result = try await body(application.port, log)
            application.shutdown()
            try await running
            return result
        } catch {
            application.shutdown()
            throw error
        }
    }

    private static func totals(_ port: Int) async throws -> Totals {
        try .decode(await TestClient.connect(port: port).getSignedIn("/stats").body)
    }
}
