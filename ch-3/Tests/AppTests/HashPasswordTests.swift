import App
import Auth
import Configuration
import Glibc
import TestSupport
import Testing

/// `wiki-stats hash-password`, through the executable.
@Suite(.timeLimit(.minutes(1)))
struct HashPasswordTests {
    @Test(arguments: ["secret words", "secret words\n", "secret words\r\n"])
    func aPasswordIsReadAndItsHashIsPrinted(_ input: String) async throws {
        let process = try await Self.run(input)

        let output = try await process.standardOutput()
        #expect(try await process.exit() == .code(0))
        #expect(try await process.standardError() == "")
        #expect(output.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$") && output.hasSuffix("\n"))
        let hash = try PasswordHash(parsing: String(output.dropLast()))
        #expect(try hash.matches(Secret("secret words")))
    }

    @Test func withANameTheLineForTheFileIsPrinted() async throws {
        let process = try await Self.run("pässwörd 密码\n", name: "José Öz")

        let line = try await process.standardOutput()

        #expect(line.hasPrefix("José Öz:$argon2id$"))
        try await withTemporaryDirectory { directory in
            let users = try UserStore(file: try directory.write(line, to: "users"))
            let (hash, user) = users.entry(for: try UserName("José Öz"))
            #expect(user == (try UserName("José Öz")))
            #expect(try hash.matches(Secret("pässwörd 密码")))
        }
    }

    /// Or the file of users would be empty, and nobody would know.
    @Test func aHashThatCannotBeWrittenIsAnError() async throws {
        let process = try await Self.run("secret words", output: .file("/dev/full"))

        #expect(try await process.exit() == .code(70))
        #expect(
            try await process.standardError() == "standard output cannot be written to: No space left on device\n")
    }

    @Test func theLongestPasswordIsHashed() async throws {
        let longest = String(repeating: "x", count: 1024)
        for end in ["", "\n", "\r\n"] {
            #expect(try await Self.run(longest + end).exit() == .code(0))
        }
    }

    @Test(
        arguments: [
            ("", "The password is empty: choose one.\n"), ("\n", "The password is empty: choose one.\n"),
            ("\r\n", "The password is empty: choose one.\n"),
            ("se\0cret", "The password has a NUL character in it: choose one without.\n"),
            ("secret\nsecret\n", "There is more than one line: give one password.\n"),
            ("secret\n\n", "There is more than one line: give one password.\n"),
            (
                "secret" + String(repeating: "x", count: 1019),
                "The password is longer than 1024 bytes: choose a shorter one.\n"
            ),
        ])
    func whatIsNoPasswordIsAnErrorThatDoesNotShowIt(input: String, error: String) async throws {
        let process = try await Self.run(input)

        #expect(try await process.exit() == .code(64))
        #expect(try await process.standardError() == error)
        #expect(try await process.standardOutput() == "")
    }

    @Test(arguments: [1025, 1026, 2000, 100_000])
    func whatIsTooLongIsNotReadToItsEnd(byteCount: Int) async throws {
        let process = try await Self.run(String(repeating: "x", count: byteCount))

        #expect(try await process.exit() == .code(64))
    }

    @Test func whatIsNotUTF8IsAnError() async throws {
        let process = try await Self.run([0x70, 0xE9, 0x0A])

        #expect(try await process.exit() == .code(64))
        #expect(try await process.standardError().hasPrefix("The password is not UTF-8"))
    }

    @Test(arguments: ["", "a:b", "#a", " a", "a\n", String(repeating: "x", count: 65)])
    func aBadNameIsAnError(_ name: String) async throws {
        let process = try await Self.run("secret\n", name: name)

        #expect(try await process.exit() == .code(64))
        #expect(try await process.standardError().hasPrefix("The user name cannot be used: it "))
        #expect(try await process.standardOutput() == "")
    }

    @Test func whatLooksLikeAnOptionIsNoName() async throws {
        let process = try await Self.run("secret\n", name: "--help")

        #expect(try await process.exit() == .code(64))
        #expect(try await process.standardError().contains("does not know what to do with"))
    }

    @Test func theNameIsOptional() throws {
        #expect(try Command(arguments: ["hash-password"]) == .hashPassword(name: nil))
        #expect(try Command(arguments: ["hash-password", "mira"]) == .hashPassword(name: "mira"))
        #expect(throws: UsageError.self) { try Command(arguments: ["hash-password", "mira", "x"]) }
        #expect(Command.usage.contains("hash-password [NAME]") && Command.usage.contains("\n  USERS_FILE "))
    }

    // MARK: On a terminal

    @Test func aTerminalIsAskedAndDoesNotShowWhatIsTyped() async throws {
        let terminal = try PseudoTerminal()
        let process = try Self.start(on: terminal)

        let prompt = try await terminal.read(upTo: "Password: ")
        #expect(!terminal.echoes)
        terminal.type("secret words\n")
        let output = try await process.standardOutput()

        #expect(try await process.exit() == .code(0))
        #expect(try PasswordHash(parsing: String(output.dropLast())).matches(Secret("secret words")))
        #expect(terminal.echoes)
        terminal.type("the end")
        #expect(prompt == "Password: ")
        #expect(try await terminal.read(upTo: "the end") == "\r\nthe end")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalAtThePromptEndsItAndGivesTheTerminalBack(_ signal: Int32) async throws {
        let terminal = try PseudoTerminal()
        let process = try Self.start(on: terminal)
        _ = try await terminal.read(upTo: "Password: ")

        process.send(signal: signal)

        #expect(try await process.exit() == .code(130))
        #expect(terminal.echoes)
        #expect(try await process.standardOutput() == "")
    }

    // MARK: Fixtures

    private static func run(
        _ input: String, name: String? = nil, output: ChildProcess.Output = .captured
    ) async throws -> ChildProcess {
        try await run(Array(input.utf8), name: name, output: output)
    }

    /// Runs it with this as standard input, from a file, to the end.
    private static func run(
        _ input: [UInt8], name: String? = nil, output: ChildProcess.Output = .captured
    ) async throws -> ChildProcess {
        try await withTemporaryDirectory { directory in
            let file = try directory.write(input, to: "input")
            let process = try ChildProcess(
                "/bin/sh",
                arguments: ["-c", #"input=$1; shift; exec "$0" hash-password "$@" <"$input""#]
                    + [Executable.path, file] + (name.map { [$0] } ?? []), standardOutput: output)
            _ = try await process.exit()
            return process
        }
    }

    private static func start(on terminal: PseudoTerminal) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            arguments: ["-c", #"exec "$0" hash-password <"$1" 2>"$1""#, Executable.path, terminal.path])
    }
}
