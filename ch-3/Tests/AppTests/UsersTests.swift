import Auth
import Glibc
import HTTPTestSupport
import ScriptedServer
import TestSupport
import Testing

/// Who can sign in to the built program, by its settings and by where it is started.
@Suite(.timeLimit(.minutes(1)))
struct UsersTests {
    @Test func theUsersOfTheFileCanSignInAndNobodyElse() async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write("# who\nmira:\(PasswordHash.ofPassword.text)\n", to: "users")
            try #require(chmod(file, 0o600) == 0)
            let program = try await Program.start(["USERS_FILE": file])
            let client = try await TestClient.connect(port: program.port)

            let response = try await client.login(#"{"username":"mira","password":"password"}"#)
            #expect(response.status == 200)
            #expect(response.text.contains(#""token_type":"Bearer","expires_in":3600"#))
            let token = try #require(response.text.firstMatch(of: /"access_token":"([^"]+)"/)?.1)
            try await client.send("GET /stats HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(try await client.login(#"{"username":"mira","password":"hunter2"}"#).status == 401)
            #expect(try await client.login(#"{"username":"admin","password":"hunter2"}"#).status == 401)

            program.process.send(signal: SIGTERM)
            #expect(try await program.process.exit() == .code(0))
            let log = try await program.process.standardError()
            for text in ["hunter2", "argon2id", "USERS_FILE", String(token)] { #expect(!log.contains(text)) }
        }
    }

    @Test func aFileThatEverybodyCanReadIsAWarning() async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write("mira:\(PasswordHash.ofPassword.text)\n", to: "users")
            try #require(chmod(file, 0o644) == 0)
            let process = try Program.launch(environment: offline.merging(["USERS_FILE": file]) { $1 })

            let log = try await process.standardError(upTo: "USERS_FILE")

            #expect(
                log.contains(#""level":"warning","message":"everybody on this machine can read or change USERS_FILE"#))
        }
    }

    @Test func aFileThatCannotBeUsedStopsTheStart() async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write("mira:hunter2\n", to: "users")
            let process = try Program.launch(environment: offline.merging(["USERS_FILE": file]) { $1 })

            #expect(try await process.exit() == .code(64))
            #expect(
                try await process.standardError()
                    == "Line 1 of USERS_FILE, \(file), cannot be used: in the hash, it is not "
                    + "of the form $argon2id$v=19$m=…,t=…,p=…$…$…. Write name:hash, as wiki-stats hash-password NAME "
                    + "prints it; # begins a comment.\n")
        }
    }

    @Test func withoutUsersAndWithoutATerminalNobodyCanSignInAndTheLogSaysWhatToSet() async throws {
        let process = try Program.launch(environment: offline)
        let log = try await process.standardError(upTo: "set USERS_FILE")
        #expect(log.contains(#""level":"warning","message":"nobody can sign in","remedy":"set USERS_FILE"#))

        let port = try #require(log.firstMatch(of: /"port":(\d+)/).flatMap { Int($0.1) })
        let client = try await TestClient.connect(port: port)
        #expect(try await client.login(#"{"username":"admin","password":"admin"}"#).status == 503)
        #expect(try await client.get("/status").status == 200)
    }

    @Test func withoutUsersATerminalIsShownThePasswordOfAdminOnce() async throws {
        var passwords: Set<String> = []
        for _ in 1...2 {
            let terminal = try PseudoTerminal()
            let process = try ChildProcess(
                "/usr/bin/env", arguments: ["--chdir=/proc/self", Executable.path], environment: offline,
                standardError: .file(terminal.path))
            let text = try await terminal.read(upTo: #""started""#)
            let password = try #require(text.firstMatch(of: /admin with the password ([a-z2-9]{20}),/)?.1)
            passwords.insert(String(password))
            let rest = try await terminal.read(upTo: "}")
            let port = try #require(rest.firstMatch(of: /"port":(\d+)/).flatMap { Int($0.1) })
            let client = try await TestClient.connect(port: port)

            #expect(try await client.login(#"{"username":"admin","password":"\#(password)"}"#).status == 200)
            #expect(try await client.login(#"{"username":"admin","password":"admin"}"#).status == 401)
            process.send(signal: SIGTERM)
            let end = try await terminal.read(upTo: #""stopped""#)

            #expect(!(rest + end).contains(password))
            #expect(try await process.exit() == .code(0))
            #expect(try await process.standardOutput() == "")
        }
        #expect(passwords.count == 2)
    }
}
