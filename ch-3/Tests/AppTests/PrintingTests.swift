import Glibc
import ScriptedServer
import TestSupport
import Testing

/// Each change on standard output, whatever is at the other end of it.
@Suite(.timeLimit(.minutes(1)))
struct PrintingTests {
    @Test func eachChangeIsPrintedOnOneLineOverReconnections() async throws {
        let server = ScriptedServer([
            .stream(frame(1), frame(2, changeJSON(2, separator: "\n  ")), String(frame(3).dropLast(9))),
            .stream(frame(1), frame(2, changeJSON(2)), frame(3, changeJSON(3)), frame(4, canaryJSON(4)), frame(5, "{")),
            .over,
        ])
        let process = try Program.launch(environment: Self.environment(server))

        let output = try await process.standardOutput()

        #expect(try await process.exit() == .code(0))
        let expected = [changeJSON(1), changeJSON(2, separator: "   "), changeJSON(3)]
        #expect(output == expected.map { $0 + "\n" }.joined())
    }

    @Test func linesOfJSONArePrintedToo() async throws {
        let body = (1...3).map { changeJSON($0) + "\n" }.joined()
        let server = ScriptedServer([.stream(body, type: "application/json"), .over])
        let process = try Program.launch(environment: Self.environment(server, ["STREAM_FORMAT": "ndjson"]))

        #expect(try await process.standardOutput() == body)
        #expect(try await process.exit() == .code(0))
    }

    @Test func nothingIsPrintedWhereNothingShallBe() async throws {
        let server = ScriptedServer([.stream(frame(1), frame(2)), .over])
        let process = try Program.launch(environment: Self.environment(server, ["PRINT_CHANGES": "false"]))

        #expect(try await process.standardOutput() == "")
        #expect(try await process.exit() == .code(0))
        #expect(try await process.standardError().contains(#""changes":2"#))
    }

    @Test func aReaderThatHasEnoughEndsTheProgramCleanly() async throws {
        let server = ScriptedServer([.stream(Self.moreThanAPipeTakes) + [.waitForClient]])
        let process = try ChildProcess(
            "/bin/bash",
            arguments: ["-c", "cd /proc/self; \"$0\" | head -n 3; exit ${PIPESTATUS[0]}", Executable.path],
            environment: Self.environment(server, ["PATH": "/usr/bin:/bin"]))

        #expect(try await process.standardOutput() == (1...3).map { changeJSON($0) + "\n" }.joined())

        #expect(try await process.exit() == .code(0))
        let log = try await process.standardError()
        #expect(log.contains("standard output was closed") && !log.contains(#""level":"error""#))
    }

    @Test(arguments: [
        (ChildProcess.Output.file("/dev/full"), "No space left on device"), (.closed, "Bad file descriptor"),
    ])
    func standardOutputThatTakesNothingIsAnErrorThatSaysSo(output: ChildProcess.Output, reason: String) async throws {
        let server = ScriptedServer([.stream(frame(1)) + [.waitForClient]])
        let process = try Program.launch(environment: Self.environment(server), standardOutput: output)

        let log = try await process.standardError()

        #expect(try await process.exit() == .code(70))
        #expect(log.hasSuffix("\nstandard output cannot be written to: \(reason)\n"), "\(log)")
        #expect(log.contains(#""level":"error","message":"service failed","service":"stream""#))
    }

    /// What it cannot print it does not read: the server feels it, and memory stays as it is.
    @Test func aReaderThatDoesNotReadStopsTheStreamAndNotTheShutdown() async throws {
        let server = ScriptedServer([
            .stream(Self.moreThanAPipeTakes) + [.sendUntilBlocked(Array(frame(1).utf8)), .waitForClient]
        ])
        try await withTemporaryDirectory { directory in
            let pipe = "\(directory.path)/pipe"
            try #require(mkfifo(pipe, 0o600) == 0)
            let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            defer { close(reader) }
            let process = try ChildProcess(
                "/bin/sh", arguments: ["-c", "echo $$ >&2; cd /proc/self; exec \"$0\"", Executable.path],
                environment: Self.environment(server), standardOutput: .file(pipe))
            let id = try await process.standardError(upTo: "\n").prefix { $0.isNumber }
            var sentBytes = 0
            while let observation = await server.observe() {
                guard case .blocked(let count) = observation else { continue }
                sentBytes = count
                break
            }

            // The kernel's buffers on both sides, and what the program reads at once.
            #expect(1...20_000_000 ~= sentBytes)
            #expect(try Self.residentBytes(of: id) < 200_000_000)
            let before = ContinuousClock.now
            process.send(signal: SIGTERM)

            #expect(try await process.exit() == .code(0))
            #expect(ContinuousClock.now - before < .seconds(5))
        }
    }

    // MARK: Fixtures

    /// Changes of which each is printed: 64 KiB and more of them.
    private static let moreThanAPipeTakes = (1...900).map { frame($0) }.joined()

    private static func environment(_ server: ScriptedServer, _ more: [String: String] = [:]) -> [String: String] {
        ["PORT": "0", "PRINT_CHANGES": "true", "WIKIPEDIA_STREAM_URL": server.url()].merging(more) { $1 }
    }

    private static func residentBytes(of process: Substring) throws -> Int {
        let file = try #require(fopen("/proc/\(process)/status", "re"))
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 4096)
        let count = fread(&text, 1, text.count, file)
        let status = String(decoding: text[..<count], as: UTF8.self)
        let kilobytes = try #require(status.firstMatch(of: /VmRSS:\s+(\d+) kB/)?.1)
        return try #require(Int(kilobytes)) * 1024
    }
}
