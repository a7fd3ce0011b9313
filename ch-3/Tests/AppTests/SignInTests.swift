import Configuration
import Glibc
import HTTPTestSupport
import Logging
import TestSupport
import Testing

@testable import App

/// Who may ask for `/stats`, and what signs the tokens.
@Suite(.timeLimit(.minutes(1)))
struct SignInTests {
    @Test func statsAreForThoseWhoHaveSignedInAndStatusIsForAll() async throws {
        let program = try await Program.start(["JWT_SECRET": SignIn.secret])
        let client = try await TestClient.connect(port: program.port)

        let refused = try await client.get("/stats")
        #expect(refused.status == 401)
        #expect(refused["WWW-Authenticate"] == #"Bearer realm="wiki-stats""#)
        #expect(try await client.getSignedIn("/stats").status == 200)
        #expect(try await client.get("/status").status == 200)
    }

    @Test func aTokenOutlivesTheProcessOnlyWithASecret() async throws {
        for (environment, status) in [(["JWT_SECRET": SignIn.secret], 200), ([:], 401)] {
            let program = try await Program.start(environment)
            let client = try await TestClient.connect(port: program.port)

            #expect(try await client.getSignedIn("/stats").status == status)
        }
    }

    @Test(arguments: [([:], true), (["JWT_SECRET": ""], true), (["JWT_SECRET": SignIn.secret], false)])
    func aSecretThatIsMissingIsWarnedOf(_ environment: [String: String], isWarnedOf: Bool) async throws {
        let log = RecordedLog()
        let configuration = try AppConfiguration(environment: offline.merging(environment) { $1 })
        let application = try Application(configuration: configuration, logger: Logger(destination: log))
        application.shutdown()

        try await application.run()

        let warning =
            #""level":"warning","message":"tokens end with this process","reason":"JWT_SECRET is not set","#
            + #""remedy":"set it to what `openssl rand -hex 32` prints""#
        #expect(log.contains(warning) == isWarnedOf)
    }

    @Test func aSecretThatIsTooShortIsAUsageErrorThatDoesNotShowIt() async throws {
        let process = try Program.launch(environment: ["JWT_SECRET": "hunter2 hunter2 hunter2 hunter2"])

        #expect(try await process.exit() == .code(64))
        #expect(
            try await process.standardError()
                == "JWT_SECRET is \"(secret)\", which cannot be used: set it to 32 bytes or more, such as openssl rand -hex 32 prints.\n"
        )
    }

    @Test func theSecretIsSeenNowhere() async throws {
        let environment = ["JWT_SECRET": SignIn.secret, "LOG_LEVEL": "debug"]
        let program = try await Program.start(environment)
        let client = try await TestClient.connect(port: program.port)
        _ = try await client.getSignedIn("/stats")
        try await client.send(
            "GET /stats HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(SignIn.secret.prefix(7))\r\n\r\n")
        let answer = try await client.response()
        program.process.send(signal: SIGTERM)
        let help = try Program.launch(["--help"], environment: environment)
        var dumped = ""
        dump(try AppConfiguration(environment: environment), to: &dumped)

        let log = try await program.process.standardError()
        #expect(log.contains("token refused"))
        for text in [log, answer.text, try await help.standardOutput(), dumped] {
            #expect(!text.contains(SignIn.secret))
        }
        #expect(dumped.contains("(secret)"))
    }

    @Test func theKeysHaveTheirDefaultsAndAreInTheHelp() throws {
        let configuration = try AppConfiguration(environment: [:])

        #expect(configuration.jwtSecret?.reveal() == nil)
        #expect(configuration.jwtTimeToLiveSeconds == 3600)
        #expect(Command.usage.contains("\n  JWT_SECRET "))
        #expect(Command.usage.contains("\n  JWT_TTL_SECONDS "))
    }

    @Test(arguments: ["0", "-1", "86401", "1h"])
    func aTimeToLiveThatCannotBeUsedIsNamed(_ text: String) {
        #expect(
            throws: ConfigurationError(
                key: "JWT_TTL_SECONDS", value: text, expected: "a whole number from 1 to 86400")
        ) { try AppConfiguration(environment: ["JWT_TTL_SECONDS": text]) }
    }
}
