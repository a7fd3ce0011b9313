import HTTP
import HTTPTestSupport
import Logging
import TestSupport
import Testing

@testable import Auth

/// What a client sees that asks for something that is only for those who have signed in.
@Suite(.timeLimit(.minutes(1)))
struct BearerAuthenticationTests {
    @Test(arguments: ["Bearer ", "bearer ", "BEARER ", "bEaReR   "])
    func theHandlerLearnsWhoAsksAndUntilWhen(scheme: String) async throws {
        try await Self.withProtected { client, _ in
            let response = try await client.get(authorization: scheme + HandmadeToken.make())

            #expect(response.status == 200)
            #expect(response.text == "Mira until \(HandmadeToken.now + 3600)")
            #expect(response["WWW-Authenticate"] == nil)
        }
    }

    // MARK: No credentials

    @Test(arguments: [
        "", "Authorization:\r\n", "Authorization: Basic TWlyYTpodW50ZXIy\r\n", "Authorization: Digest a=\"b\"\r\n",
        "Authorization: Bearer2 abc\r\n", "Authorization: \"Bearer\" abc\r\n", "Cookie: access_token=%\r\n",
        "X-Authorization: Bearer %\r\n", "Proxy-Authorization: Bearer %\r\n",
    ])
    func withoutATokenTheAnswerSaysWhatIsNeededAndNothingOfAnError(fields: String) async throws {
        try await Self.withProtected { client, _ in
            let response = try await client.get(fields: fields.replacing("%", with: HandmadeToken.make()))

            #expect(response.status == 401)
            #expect(response["WWW-Authenticate"] == #"Bearer realm="wiki-stats""#)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(
                response.text
                    == #"{"type":"about:blank","title":"Unauthorized","status":401,"#
                    + #""detail":"This needs a token: send it as Authorization: Bearer."}"#)
        }
    }

    @Test func aTokenInTheAddressOrTheBodyCountsForNothing() async throws {
        try await Self.withProtected { client, _ in
            let token = HandmadeToken.make()
            let body = "access_token=\(token)"

            let inAddress = try await client.get("/protected?access_token=\(token)")
            let inBody = try await client.get(
                fields: "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n",
                body: body)

            for response in [inAddress, inBody] {
                #expect(response.status == 401)
                #expect(response["WWW-Authenticate"] == #"Bearer realm="wiki-stats""#)
            }
        }
    }

    @Test func toHEADThereIsTheChallengeToo() async throws {
        try await Self.withProtected { client, _ in
            try await client.send("HEAD /protected HTTP/1.1\r\nHost: a\r\n\r\n")

            let response = try await client.response(isToHEAD: true)
            #expect(response.status == 401)
            #expect(response["WWW-Authenticate"] == #"Bearer realm="wiki-stats""#)
        }
    }

    // MARK: Bad ones

    @Test(arguments: [
        (HandmadeToken.make(key: []), "The token is not valid."), ("abc", "The token is not valid."),
        (HandmadeToken.make(header: #"{"alg":"none"}"#), "The token is not valid."),
        (HandmadeToken.make(claims: HandmadeToken.claims(["iss": #""another""#])), "The token is not valid."),
        (HandmadeToken.make(claims: HandmadeToken.claims(["exp": "1"])), "The token has expired."),
        (HandmadeToken.make(claims: HandmadeToken.claims(["nbf": "9999999999"])), "The token is not valid yet."),
        (HandmadeToken.make(claims: HandmadeToken.claims(["exp": "1"]), key: []), "The token is not valid."),
        (String(repeating: "A", count: 10_000), "The token is not valid."), ("abc==", "The token is not valid."),
        ("~+/", "The token is not valid."),
    ])
    func anInvalidTokenIsAnErrorThatTellsNoMoreThanItMay(token: String, description: String) async throws {
        try await Self.withProtected { client, log in
            let response = try await client.get(authorization: "Bearer \(token)")

            #expect(response.status == 401)
            #expect(
                response["WWW-Authenticate"]
                    == #"Bearer realm="wiki-stats", error="invalid_token", error_description="\#(description)""#)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response.text.contains(#""detail":"\#(description)""#))
            #expect(log.contains(#""message":"token refused","reason":"the token"#))
            #expect(!log.contains(token) && !response.text.contains(token))
        }
    }

    @Test(arguments: [
        "Bearer", "Bearer ", "Bearer %,", "Bearer % %", "Bearer %\t%", "Bearer \"%\"", "Bearer é", "Bearer %;",
        "Bearer {}",
    ])
    func credentialsInTheWrongFormAreABadRequest(credentials: String) async throws {
        try await Self.withProtected { client, _ in
            let response = try await client.get(authorization: credentials.replacing("%", with: HandmadeToken.make()))

            #expect(response.status == 400)
            #expect(
                response["WWW-Authenticate"]
                    == #"Bearer realm="wiki-stats", error="invalid_request", "#
                    + #"error_description="After Bearer there must be one token.""#)
        }
    }

    @Test func moreThanOneFieldIsABadRequestWhateverIsInThem() async throws {
        try await Self.withProtected { client, _ in
            let good = "Authorization: Bearer \(HandmadeToken.make())\r\n"
            for fields in [good + good, good + "Authorization: Basic abc\r\n", "authorization: \r\n" + good] {
                let response = try await client.get(fields: fields)

                #expect(response.status == 400)
                #expect(
                    response["WWW-Authenticate"]
                        == #"Bearer realm="wiki-stats", error="invalid_request", "#
                        + #"error_description="There is more than one Authorization field.""#)
            }
        }
    }

    // MARK: Tokens that were verified before

    @Test func aTokenThatWasTakenIsTakenAgainUntilItExpires() async throws {
        let clock = JSONWebTokens.Clock(HandmadeToken.now)
        try await Self.withProtected(clock: clock) { client, _ in
            let token = HandmadeToken.make()
            var statuses: [Int] = []
            for seconds in [0, 1, 3629, 3630, 3629, -31, 0] {
                clock.now = HandmadeToken.now + seconds
                statuses.append(try await client.get(authorization: "Bearer \(token)").status)
            }

            #expect(statuses == [200, 200, 200, 401, 200, 401, 200])
        }
    }

    @Test func aTokenThatIsLikeOneThatWasTakenIsRefused() async throws {
        try await Self.withProtected { client, _ in
            let token = Array(HandmadeToken.make().utf8)
            var statuses = [try await client.get(authorization: "Bearer \(HandmadeToken.make())").status]

            for index in token.indices {
                var other = token
                other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                statuses.append(
                    try await client.get(authorization: "Bearer \(String(decoding: other, as: UTF8.self))").status)
            }
            statuses.append(try await client.get(authorization: "Bearer \(HandmadeToken.make())A").status)

            #expect(statuses == [200] + Array(repeating: 401, count: token.count + 1))
        }
    }

    @Test func onlySoManyAreKept() throws {
        let verified = VerifiedTokens()
        let claims = try JSONWebTokens.make().verify(HandmadeToken.make())
        let credentials = try (0...VerifiedTokens.countMax).map { _ in
            "Bearer \(try JSONWebTokens.make().issue(subject: "Mira").text)"
        }

        for one in credentials.dropLast() { verified.insert(one, claims) }
        #expect(credentials.dropLast().allSatisfy { verified.claims(of: $0) == claims })
        #expect(verified.claims(of: credentials.last ?? "") == nil)

        verified.insert(credentials.last ?? "", claims)
        #expect(credentials.filter { verified.claims(of: $0) != nil } == credentials.suffix(1))
    }

    @Test func longOnesAreNotKept() throws {
        let verified = VerifiedTokens()
        let claims = try JSONWebTokens.make().verify(HandmadeToken.make())
        let spaces = String(repeating: " ", count: VerifiedTokens.credentialsBytesMax)

        verified.insert("Bearer \(spaces)\(HandmadeToken.make())", claims)

        #expect(verified.claims(of: "Bearer \(spaces)\(HandmadeToken.make())") == nil)
        #expect(verified.claims(of: "") == nil)
    }

    // MARK: Setting it up

    @Test func nothingOfTheKeyOrATokenIsDumped() async throws {
        let authentication = BearerAuthentication(
            tokens: .make(), realm: "tests", logger: Logger(destination: RecordedLog()))
        try await Self.withProtected(authentication) { client in
            let token = HandmadeToken.make()
            let response = try await client.get(authorization: "Bearer \(token)")
            #expect(response.status == 200)
            var dumped = ""
            dump(authentication, to: &dumped)

            for text in [dumped, "\(authentication)", String(reflecting: authentication)] {
                #expect(!text.contains(token) && !text.contains("\(HandmadeToken.key)") && !text.contains("0123456789"))
            }
        }
    }

    @Test func aRealmThatCouldEndItsQuotesStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            _ = BearerAuthentication(tokens: .make(), realm: "a\"b", logger: Logger())
        }
    }

    // MARK: Fixtures

    private static func withProtected(
        clock: JSONWebTokens.Clock = .init(HandmadeToken.now), _ body: (TestClient, RecordedLog) async throws -> Void
    ) async throws {
        let log = RecordedLog()
        let authentication = BearerAuthentication(
            tokens: .make(clock: clock), realm: "wiki-stats", logger: Logger(level: .debug, destination: log))
        try await withProtected(authentication) { try await body($0, log) }
    }

    private static func withProtected(
        _ authentication: BearerAuthentication, _ body: (TestClient) async throws -> Void
    ) async throws {
        var router = Router(logger: Logger(destination: RecordedLog()))
        router.on(
            .get, "/protected",
            handler: authentication.required { _, claims in
                HTTPResponse(.ok, body: .bytes(Array("\(claims.subject) until \(claims.expiresAt)".utf8)))
            })
        try await withServer(handler: router.respond) { try await body($0.connect()) }
    }
}

extension TestClient {
    fileprivate func get(authorization: String) async throws -> TestResponse {
        try await get(fields: "Authorization: \(authorization)\r\n")
    }

    fileprivate func get(fields: String, body: String = "") async throws -> TestResponse {
        try await send("GET /protected HTTP/1.1\r\nHost: test\r\n\(fields)\r\n\(body)")
        return try await response()
    }
}
