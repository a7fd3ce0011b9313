import Configuration
import Glibc
import TestSupport
import Testing

@testable import Auth

struct UserStoreTests {
    @Test func eachLineIsAUser() async throws {
        let users = try await Self.read("mira:\(Self.hash)\nJosé Öz:\(PasswordHash.ofAccent.text)\n")

        #expect(users.entry(for: .mira).user == .mira)
        #expect(users.entry(for: .mira).hash.text == Self.hash)
        #expect(users.entry(for: .make("José Öz")).hash.text == PasswordHash.ofAccent.text)
        #expect(users.entry(for: .nobody).user == nil)
    }

    @Test(arguments: [
        "mira:\(hash)", "\n\n  \t\n# a comment: \nmira:\(hash)\n#", "mira:\(hash)\r\n",
        "\r\n# a\r\nmira:\(hash)\r\n\r\n",
        "\u{FEFF}mira:\(hash)\n", "  mira:\(hash)\t \n",
    ])
    func commentsSpaceAndTheEndsOfLinesDoNotCount(_ text: String) async throws {
        let users = try await Self.read(text)

        #expect(users.entry(for: .mira).user == .mira)
        #expect(users.entry(for: .mira).hash.text == Self.hash)
    }

    @Test func aNameIsGivenAsTheFileHasIt() async throws {
        let users = try await Self.read("Jos\u{E9}:\(Self.hash)\n")

        let user = try #require(users.entry(for: .make("Jose\u{301}")).user)
        #expect(Array(user.text.utf8) == Array("Jos\u{E9}".utf8))
    }

    /// Checking a password against it must cost what it costs for a user, whatever the costs in the file are.
    @Test func aNameThatNobodyHasGetsTheHashOfSomebodyAlwaysTheSame() async throws {
        let users = try await Self.read("mira:\(Self.hash)\njosé:\(PasswordHash.ofAccent.text)\n")
        let names = (0..<100).map { UserName.make("nobody \($0)") }

        let hashes = names.map { users.entry(for: $0).hash.text }

        #expect(hashes == names.map { users.entry(for: $0).hash.text })
        #expect(Set(hashes) == [Self.hash, PasswordHash.ofAccent.text])
        #expect(names.allSatisfy { users.entry(for: $0).user == nil })
    }

    // MARK: What cannot be used

    @Test(arguments: [
        ("mira", 1, "it has no colon between a name and a hash"), (":\(hash)", 1, "in the name, it is empty"),
        ("\n# x\na\tb:\(hash)", 3, "in the name, it has a colon, a control character or a line break in it"),
        ("mira :\(hash)", 1, "in the name, it begins or ends with a space"),
        ("mira:", 1, "in the hash, it is not of the form $argon2id$v=19$m=…,t=…,p=…$…$…"),
        ("mira: \(hash)", 1, "in the hash, it is not of the form $argon2id$v=19$m=…,t=…,p=…$…$…"),
        ("mira:hunter2", 1, "in the hash, it is not of the form $argon2id$v=19$m=…,t=…,p=…$…$…"),
        ("mira:\(hash) # her", 1, "in the hash, it is not of the form $argon2id$v=19$m=…,t=…,p=…$…$…"),
        ("a:\(hash)\r\rb:\(hash)", 1, "in the hash, it is not of the form $argon2id$v=19$m=…,t=…,p=…$…$…"),
        (
            "mira:$argon2id$v=19$m=4194304,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$vRO+wR9mmO7iMVV5NiM5HB3l5w38Or", 1,
            "in the hash, it asks for more than 262144 KiB of memory (m)"
        ),
        ("mira:\(hash)\n\nmira:\(hash)", 3, "line 1 has the same name"),
        ("Jos\u{E9}:\(hash)\r\nJose\u{301}:\(hash)", 2, "line 1 has the same name"),
    ])
    func aLineThatCannotBeUsedIsToldByItsNumberAlone(text: String, line: Int, reason: String) async throws {
        let error = try await Self.error(text)

        #expect(error?.line == line)
        #expect(error?.reason == reason)
        for secret in ["mira", "hunter2", "vRO+wR9m"] { #expect(error?.description.contains(secret) == false) }
        #expect(error?.description.contains("Line \(line) of USERS_FILE, ") == true)
    }

    @Test(arguments: ["", "\n", "# nobody yet\n", "\u{FEFF}"])
    func aFileWithoutUsersIsAnError(_ text: String) async throws {
        let error = try await Self.error(text)

        #expect(error?.line == nil)
        #expect(error?.reason == "it has no users in it")
    }

    @Test func whatCannotBeReadIsAnErrorThatNamesTheFile() async throws {
        try await withTemporaryDirectory { directory in
            let missing = #expect(throws: UsersFileError.self) { try UserStore(file: "\(directory.path)/users") }
            #expect(
                missing?.description
                    == "USERS_FILE is \(directory.path)/users, which cannot be used: No such file or directory.")

            let isDirectory = #expect(throws: UsersFileError.self) { try UserStore(file: directory.path) }
            #expect(isDirectory?.reason == "Is a directory")

            let latin1 = try directory.write([0x6D, 0xE9, 0x3A], to: "users")
            #expect(throws: UsersFileError(latin1, nil, "it is not UTF-8")) { try UserStore(file: latin1) }
        }
    }

    @Test func aFileMayHaveAMebibyteAndNoMore() async throws {
        let user = "mira:\(Self.hash)\n"
        let comment = "#" + String(repeating: "x", count: UserStore.fileBytesMax - user.utf8.count - 1)

        #expect(try await Self.read(user + comment).entry(for: .mira).user == .mira)
        #expect(try await Self.error(user + comment + "x")?.reason == "it is larger than 1048576 bytes")
        #expect(throws: UsersFileError("/dev/zero", nil, "it is larger than 1048576 bytes")) {
            try UserStore(file: "/dev/zero")
        }
    }

    @Test(
        arguments: [(0o600, false), (0o640, false), (0o660, false), (0o644, true), (0o602, true)] as [(mode_t, Bool)])
    func aFileThatEverybodyCanReadOrChangeIsNoticed(mode: mode_t, isExposed: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write("mira:\(Self.hash)\n", to: "users")
            try #require(chmod(file, mode) == 0)

            #expect(try UserStore(file: file).isExposed == isExposed)
        }
    }

    // MARK: Fixtures

    private static let hash = PasswordHash.ofPassword.text

    private static func read(_ text: String) async throws -> UserStore {
        try await withTemporaryDirectory { try UserStore(file: try $0.write(text, to: "users")) }
    }

    private static func error(_ text: String) async throws -> UsersFileError? {
        do {
            _ = try await read(text)
            return nil
        } catch let error as UsersFileError {
            return error
        }
    }
}
