import App
import Configuration
import EventSource
import Glibc
import HTTPTestSupport
import TestSupport
import Testing

/// The settings of the stream, and the file `.env`.
@Suite(.timeLimit(.minutes(1)))
struct StreamSettingsTests {
    @Test func theDefaultsAreTheDocumentedOnes() throws {
        let configuration = try AppConfiguration(environment: [:])

        #expect(configuration.streamURL == StreamURL("https://stream.wikimedia.org/v2/stream/recentchange"))
        #expect(configuration.streamFormat == .sse)
        #expect(configuration.streamUserAgent == "wiki-stats/\(Application.version)")
    }

    @Test func theEnvironmentSetsThem() throws {
        let configuration = try AppConfiguration(environment: [
            "WIKIPEDIA_STREAM_URL": "http://localhost:9000/v2/stream/recentchange?since=2026-11-01T00:00:00Z",
            "STREAM_FORMAT": "ndjson", "STREAM_USER_AGENT": "mine/1.0 (mira@example.org)", "PRINT_CHANGES": "yes",
        ])

        #expect(
            configuration.streamURL.description
                == "http://localhost:9000/v2/stream/recentchange?since=2026-11-01T00:00:00Z")
        #expect(configuration.streamFormat == .ndjson)
        #expect(configuration.streamUserAgent == "mine/1.0 (mira@example.org)")
        #expect(configuration.printsChanges)
    }

    @Test(arguments: [
        ("STREAM_FORMAT", "xml", "sse or ndjson"),
        ("STREAM_FORMAT", "SSE", "sse or ndjson"),
        ("WIKIPEDIA_STREAM_URL", "stream.wikimedia.org", "a URL that starts with https:// or http://"),
        ("WIKIPEDIA_STREAM_URL", "ftp://stream.wikimedia.org/", "a URL that starts with https:// or http://"),
        ("WIKIPEDIA_STREAM_URL", "https://", "a URL that starts with https:// or http://"),
        ("WIKIPEDIA_STREAM_URL", "http://a b/", "a URL that starts with https:// or http://"),
        ("PRINT_CHANGES", "maybe", "true or false"),
    ])
    func anInvalidValueIsAUsageErrorWithKeyValueAndRemedy(key: String, value: String, remedy: String) async throws {
        let process = try Program.launch(environment: [key: value])

        #expect(try await process.exit() == .code(64))
        #expect(
            try await process.standardError() == "\(key) is \"\(value)\", which cannot be used: set it to \(remedy).\n")
        #expect(try await process.standardOutput() == "")
    }

    @Test(arguments: [
        "HOST", "PORT", "LOG_LEVEL", "SHUTDOWN_TIMEOUT_SECONDS", "REQUEST_TIMEOUT_SECONDS", "WIKIPEDIA_STREAM_URL",
        "STREAM_FORMAT", "STREAM_USER_AGENT", "PRINT_CHANGES",
    ])
    func helpListsEveryKey(_ key: String) {
        #expect(Command.usage.contains("\n  \(key) "))
        #expect(Command.usage.contains("check"))
    }

    @Test func checkIsAWordOfItsOwn() throws {
        #expect(try Command(arguments: ["check"]) == .check)
        #expect(throws: UsageError.self) { try Command(arguments: ["check", "twice"]) }
    }

    // MARK: The file

    @Test func settingsAreReadFromTheFileInTheWorkingDirectory() async throws {
        try await withTemporaryDirectory { directory in
            try directory.write("# For tests\nSHUTDOWN_TIMEOUT_SECONDS='0'\n", to: ".env")
            let process = try Program.launch(in: directory.path)

            #expect(try await process.exit() == .code(64))
            #expect(try await process.standardError().hasPrefix("SHUTDOWN_TIMEOUT_SECONDS is \"0\", "))
        }
    }

    @Test func theEnvironmentWinsOverTheFile() async throws {
        try await withTemporaryDirectory { directory in
            try directory.write("PORT=http\nLOG_LEVEL=debug\n", to: ".env")
            let program = try await Program.start(in: directory.path)

            #expect(try await TestClient.connect(port: program.port).get("/status").status == 200)
            program.process.send(signal: SIGTERM)

            #expect(try await program.process.exit() == .code(0))
            #expect(try await program.process.standardError().contains(#""level":"debug""#))
        }
    }

    @Test(arguments: ["", "check"])
    func aFileThatCannotBeUsedIsAUsageErrorThatDoesNotShowIt(word: String) async throws {
        try await withTemporaryDirectory { directory in
            try directory.write("PORT=0\nJWT_SECRET=\"hunter2\n", to: ".env")
            let process = try Program.launch(word.isEmpty ? [] : [word], in: directory.path)

            #expect(try await process.exit() == .code(64))
            #expect(
                try await process.standardError()
                    == "Line 2 of the file .env cannot be used: its quotes do not match. Write KEY=value, # for a comment.\n"
            )
        }
    }

    @Test func helpDoesNotNeedTheFile() async throws {
        try await withTemporaryDirectory { directory in
            try directory.write("not a setting", to: ".env")
            let process = try Program.launch(["--help"], in: directory.path)

            #expect(try await process.standardOutput() == Command.usage + "\n")
            #expect(try await process.exit() == .code(0))
        }
    }
}
