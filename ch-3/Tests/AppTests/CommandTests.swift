import App
import Configuration
import HTTP
import Logging
import Testing

struct CommandTests {
    @Test(arguments: [
        ([], Command.serve), (["--help"], .help), (["-h"], .help), (["--version"], .version),
    ])
    func wordsAreRead(arguments: [String], command: Command) throws {
        #expect(try Command(arguments: arguments) == command)
    }

    @Test(arguments: [["serve"], ["--hlep"], ["--help", "--version"], ["--version", "x"], [""]])
    func unknownWordsAreRepeatedWithARemedy(_ arguments: [String]) {
        let error = #expect(throws: UsageError.self) { try Command(arguments: arguments) }

        #expect(error?.description.contains("\"\(arguments.joined(separator: " "))\"") == true)
        #expect(error?.description.contains("--help") == true)
    }

    @Test(arguments: ["HOST", "PORT", "LOG_LEVEL", "SHUTDOWN_TIMEOUT_SECONDS", "REQUEST_TIMEOUT_SECONDS"])
    func helpListsEveryKey(_ key: String) {
        #expect(Command.usage.contains("  \(key) "))
    }

    @Test func errorsHaveTheirExitCodes() {
        struct Other: Error {}

        #expect(ExitCode(ConfigurationError(key: "A", value: "b", expected: "c")) == .usage)
        #expect(ExitCode(Other()) == .software)
        #expect([ExitCode.success, .usage, .unavailable, .software].map(\.rawValue) == [0, 64, 69, 70])
    }
}

struct AppConfigurationTests {
    @Test func theDefaultsAreTheDocumentedOnes() throws {
        let configuration = try AppConfiguration(environment: [:])

        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 7000)
        #expect(configuration.logLevel == .info)
        #expect(configuration.shutdownTimeout == .seconds(10))
        #expect(configuration.requestTimeout == .seconds(5))
    }

    @Test func theEnvironmentSetsThem() throws {
        let configuration = try AppConfiguration(environment: [
            "HOST": "0.0.0.0", "PORT": "65535", "LOG_LEVEL": "Warn", "SHUTDOWN_TIMEOUT_SECONDS": "1",
            "REQUEST_TIMEOUT_SECONDS": "3600", "UNKNOWN": "is left alone",
        ])

        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.port == 65535)
        #expect(configuration.logLevel == .warning)
        #expect(configuration.shutdownTimeout == .seconds(1))
        #expect(configuration.requestTimeout == .seconds(3600))
    }

    @Test(arguments: [
        ("PORT", "65536"), ("PORT", "-1"), ("PORT", "http"), ("LOG_LEVEL", "loud"), ("SHUTDOWN_TIMEOUT_SECONDS", "0"),
        ("REQUEST_TIMEOUT_SECONDS", "3601"),
    ])
    func aValueThatCannotBeUsedIsNamed(key: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) { try AppConfiguration(environment: [key: value]) }

        #expect(error?.key == key)
        #expect(error?.value == value)
    }
}
