import Configuration
import Dispatch
import HTTP
import HTTPTestSupport
import Locking
import Logging
import TestSupport
import Testing

@testable import App
@testable import Auth

@Suite(.timeLimit(.minutes(1)))
struct LoginRouteTests {
    @Test func aNameAndItsPasswordAreAnsweredWithAToken() async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            let response = try await client.login(#"{"username":"mira","password":"password"}"#)

            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(response["Cache-Control"] == "no-store")
            #expect(response.text == #"{"access_token":"a token of mira","token_type":"Bearer","expires_in":3600}"#)
        }
    }

    @Test(arguments: [
        #"{"password":"password","username":"mira"}"#, #" { "username" : "mira" , "password" : "pass\u0077ord" } "#,
        #"{"username":"mira","password":"password","remember":[1,{"a":null}],"Password":"x"}"#,
    ])
    func orderEscapesAndOtherMembersDoNotMatter(_ body: String) async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            #expect(try await client.login(body).status == 200)
        }
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;x=y",
    ])
    func theTypeIsJSONWithAnyParameters(_ type: String) async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            #expect(try await client.login(Self.right, type: type).status == 200)
        }
    }

    // MARK: Who is not let in

    @Test func aWrongNameAndAWrongPasswordAreAnsweredTheSame() async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            let wrongPassword = try await client.login(#"{"username":"mira","password":"passwort"}"#)
            let wrongName = try await client.login(#"{"username":"miro","password":"password"}"#)

            for response in [wrongPassword, wrongName] {
                #expect(response.status == 401)
                #expect(response["WWW-Authenticate"] == "Bearer")
                #expect(response["Content-Type"] == "application/problem+json")
            }
            #expect(wrongPassword.text == wrongName.text)
        }
    }

    @Test func tooManyFailuresAre429WithTheTimeToWait() async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            for _ in 0..<10 {
                #expect(try await client.login(#"{"username":"mira","password":"passwort"}"#).status == 401)
            }

            let response = try await client.login(Self.right)

            #expect(response.status == 429)
            #expect(response["Retry-After"] == "30")
            #expect(response["Content-Type"] == "application/problem+json")
        }
    }

    @Test func whileTooManyAreBeingCheckedTheNextIs503AndMayTryAgain() async throws {
        let entered = Gate()
        let held = DispatchSemaphore(value: 0)
        let verifier = PasswordVerifier(waitingMax: 1) { _, _ in
            entered.open()
            held.wait()
            return true
        }
        try await Self.withLogin(verifier: verifier) { server in
            let client = try await server.connect()
            try await client.sendLogin(Self.right)
            await entered.wait()

            let second = try await server.connect().login(Self.right)
            held.signal()

            #expect(second.status == 503)
            #expect(second["Retry-After"] == "1")
            #expect(try await client.response().status == 200)
        }
    }

    @Test func withoutUsersNobodyIsLetInAndToldWhy() async throws {
        var router = Router(logger: Logger(destination: RecordedLog()))
        router.addLogin(nil, logger: Logger(destination: RecordedLog())) { _ in throw Failure() }
        try await withServer(handler: router.respond) { server in
            let response = try await server.connect().login(Self.right)

            #expect(response.status == 503)
            #expect(response.text.contains("no users are set up"))
        }
    }

    @Test func aTokenThatCannotBeMadeIs500() async throws {
        let issue: @Sendable (String) throws -> IssuedToken = { _ in throw Failure() }
        try await Self.withLogin(issue: issue) { server in
            let client = try await server.connect()
            #expect(try await client.login(Self.right).status == 500)
        }
    }

    // MARK: What is no login

    @Test(arguments: [
        ("", "The document is empty."), ("{", "The document is not JSON"), ("[]", "The body must be an object."),
        ("\"\"", "The body must be an object."), (#"{"username":"mira"}"#, "The member password is missing."),
        (#"{"password":"password"}"#, "The member username is missing."), ("{}", "The member username is missing."),
        (#"{"username":1,"password":"x"}"#, "The member username must be a string."),
        (#"{"username":"mira","password":null}"#, "The member password must be a string."),
        (#"{"username":"mira","password":["x"]}"#, "The member password must be a string."),
        (#"{"username":"a","username":"a","password":"x"}"#, "The member username is there more than once."),
        (#"{"username":"a","password":"x","password":"y"}"#, "The member password is there more than once."),
        (#"{"username":"a","password":"x","password":1}"#, "The member password is there more than once."),
        (#"{"username":"","password":"x"}"#, "The user name cannot be used: it is empty."),
        (#"{"username":"a:b","password":"x"}"#, "The user name cannot be used: it has a colon"),
        (#"{"username":"mira","password":""}"#, "The password must have 1 to 1024 bytes."),
        (#"{"username":"mira","password":"\ud800"}"#, "The document has an invalid string."),
        ("{\"username\":\"mira\",\"password\":\"a\nb\"}", "The document has an invalid string."),
        ("username=mira&password=password", "The document is not JSON"),
    ])
    func whatIsWrongWithTheBodyIsTold(body: String, detail: String) async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            let response = try await client.login(body)

            #expect(response.status == 400)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response.text.contains(detail), "\(response.text)")
        }
    }

    @Test func aBodyThatIsNotUTF8Is400() async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            let body = Array(#"{"username":"mira","password":""#.utf8) + [0xE9] + Array(#""}"#.utf8)

            #expect(try await client.login(body).text.contains("The document is not UTF-8."))
        }
    }

    @Test func theLongestPasswordIsCheckedAndOneByteMoreIsNot() async throws {
        let lengths = Locked<[Int]>([])
        let verifier = PasswordVerifier { _, password in
            lengths.withLock { $0.append(password.reveal().utf8.count) }
            return false
        }
        try await Self.withLogin(verifier: verifier) { server in
            let client = try await server.connect()
            // Each byte as an escape: the longest way to write it.
            let longest = String(repeating: #"\u0061"#, count: 1024)
            let name = String(repeating: #"\u0062"#, count: 64)
            #expect(try await client.login(#"{"username":"\#(name)","password":"\#(longest)"}"#).status == 401)
            #expect(try await client.login(#"{"username":"mira","password":"\#(longest)a"}"#).status == 400)
        }
        #expect(lengths.withLock { $0 } == [1024])
    }

    @Test(arguments: [(8 * 1024, 200), (8 * 1024 + 1, 413)])
    func aBodyMayHave8KiB(byteCount: Int, status: Int) async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            let body = Self.right + String(repeating: " ", count: byteCount - Self.right.utf8.count)

            #expect(try await client.login(body).status == status)
            #expect(try await client.login(Self.right).status == 200)
        }
    }

    @Test(arguments: [
        nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp",
        "application/json, text/plain", "application/json\r\nContent-Type: text/plain", "", "json",
    ])
    func whatIsNotSaidToBeJSONIs415(_ type: String?) async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            let response = try await client.login(Self.right, type: type)

            #expect(response.status == 415)
            #expect(response["Accept"] == "application/json")
        }
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "DELETE"])
    func otherMethodsAre405(_ method: String) async throws {
        try await Self.withLogin { server in
            let client = try await server.connect()
            try await client.send("\(method) /login HTTP/1.1\r\nHost: a\r\n\r\n")

            let response = try await client.response(isToHEAD: method == "HEAD")
            #expect(response.status == 405)
            #expect(response["Allow"] == "OPTIONS, POST")
        }
    }

    @Test func whatIsNoLoginIsNotLimitedAndCostsNoHash() async throws {
        let checks = Locked(0)
        let verifier = PasswordVerifier { _, _ in
            checks.withLock { $0 += 1 }
            return true
        }
        try await Self.withLogin(verifier: verifier) { server in
            let client = try await server.connect()
            for _ in 0..<50 { #expect(try await client.login("{").status == 400) }
            #expect(checks.withLock { $0 } == 0)
            #expect(try await client.login(Self.right).status == 200)
        }
    }

    // MARK: Secrets

    /// Whatever comes of it: what is given as a password, or as a name that nobody has, is nowhere.
    @Test func noPasswordIsInTheLogOrInAnAnswer() async throws {
        let secret = "hunter2-hunter2"
        let log = RecordedLog()
        let bodies = [
            #"{"username":"mira","password":"\#(secret)"}"#, #"{"username":"\#(secret)","password":"password"}"#,
            #"{"username":"mira","password":"\#(secret)""#, #"{"username":"\#(secret):","password":"\#(secret)"}"#,
            #"{"username":"mira","password":{"\#(secret)":1}}"#, secret, #"{"username":"mira","\#(secret)":"a"}"#,
            #"{"username":"mira","password":"\#(secret)","password":"\#(secret)"}"#,
        ]
        for verifier in [
            PasswordVerifier(), PasswordVerifier { _, _ in true }, PasswordVerifier(waitingMax: 0),
            PasswordVerifier { _, _ in throw PasswordError.failed(errno: 12) },
        ] {
            try await Self.withLogin(verifier: verifier, log: log) { server in
                let client = try await server.connect()
                for body in bodies + bodies {
                    let response = try await client.login(body)
                    #expect(!response.text.contains(secret))
                    #expect(!response.fields.contains { $0.value.contains(secret) })
                }
                _ = try await client.login(Self.right, type: "text/plain")
            }
        }
        #expect(log.contains("login refused") && log.contains("handler failed"))
        #expect(!log.contains(secret))
        #expect(!log.contains("a token of") && !log.contains("argon2id"))
    }

    @Test func whoSignsInIsLoggedAndWhoFailsIsLoggedWithoutTheName() async throws {
        let log = RecordedLog()
        try await Self.withLogin(log: log) { server in
            let client = try await server.connect()
            _ = try await client.login(Self.right)
            _ = try await client.login(#"{"username":"mira","password":"passwort"}"#)
        }

        #expect(log.contains(#""message":"login","user":"mira","peer":"127.0.0.1""#))
        #expect(log.contains(#""message":"login refused","peer":"127.0.0.1""#))
    }

    @Test func aLoginWhoseClientHasGoneIsNotChecked() async throws {
        let (entered, secondHasCome, cancelled) = (Gate(), Gate(), Gate())
        let held = DispatchSemaphore(value: 0)
        let (checks, requests) = (Locked(0), Locked(0))
        let verifier = PasswordVerifier { _, _ in
            checks.withLock { $0 += 1 }
            entered.open()
            held.wait()
            return true
        }
        let router = Self.router(verifier: verifier)
        let handler: TestHandler = { request in
            let number = requests.withLock { count in
                count += 1
                return count
            }
            if number == 2 { secondHasCome.open() }
            return await withTaskCancellationHandler {
                await router.respond(to: request)
            } onCancel: {
                cancelled.open()
            }
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()
            try await client.sendLogin(Self.right)
            await entered.wait()
            var gone: TestClient? = try await server.connect()
            gone?.resetWhenClosed()
            try await gone?.sendLogin(Self.right)
            // A reset takes with it what has not been read yet.
            await secondHasCome.wait()
            gone = nil
            await cancelled.wait()

            held.signal()

            #expect(try await client.response().status == 200)
            try await client.sendLogin(Self.right)
            held.signal()
            #expect(try await client.response().status == 200)
        }
        #expect(checks.withLock { $0 } == 2)
    }

    // MARK: Fixtures

    private static let right = #"{"username":"mira","password":"password"}"#

    private struct Failure: Error {}

    private static func router(
        verifier: PasswordVerifier = PasswordVerifier(), log: RecordedLog = RecordedLog(),
        issue: @escaping @Sendable (String) throws -> IssuedToken = aToken
    ) -> Router {
        let logger = Logger(level: .debug, destination: log)
        var router = Router(logger: logger)
        let start = ContinuousClock.now
        let login = PasswordLogin(users: UserStore(.mira, .ofPassword), verifier: verifier, now: { start })
        router.addLogin(login, logger: logger, issue: issue)
        return router
    }

    @Sendable private static func aToken(_ subject: String) -> IssuedToken {
        IssuedToken(text: "a token of \(subject)", expiresInSeconds: 3600)
    }

    private static func withLogin(
        verifier: PasswordVerifier = PasswordVerifier(), log: RecordedLog = RecordedLog(),
        issue: @escaping @Sendable (String) throws -> IssuedToken = aToken,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let router = router(verifier: verifier, log: log, issue: issue)
        try await withServer(handler: router.respond, body)
    }
}
