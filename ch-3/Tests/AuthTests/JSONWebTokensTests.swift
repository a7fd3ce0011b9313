import Configuration
import Foundation
import TestSupport
import Testing

@testable import Auth

struct JSONWebTokensTests {
    // MARK: Issuing

    @Test func whatIsIssuedIsVerified() throws {
        let tokens = JSONWebTokens.make()

        let issued = try tokens.issue(subject: "Mira")
        let claims = try tokens.verify(issued.text)

        #expect(issued.expiresInSeconds == 3600)
        #expect(claims.subject == "Mira" && claims.issuer == "wiki-stats")
        #expect(claims.issuedAt == HandmadeToken.now && claims.notBefore == HandmadeToken.now)
        #expect(claims.expiresAt == HandmadeToken.now + 3600)
    }

    /// The first three are all that a token says about itself; the rest is base64url of JSON, read here by Foundation.
    @Test func anotherImplementationReadsTheSameInIt() throws {
        let text = try JSONWebTokens.make().issue(subject: #"Mira "M" Müller\"#).text

        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let header = try #require(try Self.json(parts[0]) as? [String: String])
        #expect(header == ["alg": "HS256", "typ": "JWT"])
        let claims = try #require(try Self.json(parts[1]))
        #expect(Set(claims.keys) == ["sub", "iss", "iat", "nbf", "exp", "jti"])
        #expect(claims["sub"] as? String == #"Mira "M" Müller\"#)
        #expect(claims["exp"] as? Int == HandmadeToken.now + 3600)
        let bytes = try parts[..<2].map { try #require(Base64URL.decode(Array($0.utf8)[...])) }
        #expect(HandmadeToken.make(header: bytes[0], claims: bytes[1]) == text)
    }

    @Test func noTwoTokensAreTheSame() throws {
        let tokens = JSONWebTokens.make()

        let issued = try (0..<1000).map { _ in try tokens.issue(subject: "Mira").text }

        #expect(Set(issued).count == issued.count)
        let ids = try issued.map { try tokens.verify($0).id }
        #expect(Set(ids).count == issued.count)
    }

    @Test(arguments: ["M", "Mira Müller", "<script>", "\"\\", "👩‍🔬", String(repeating: "\"", count: 256)])
    func aSubjectIsAnyTextOnOneLine(_ subject: String) throws {
        let tokens = JSONWebTokens.make()

        let issued = try tokens.issue(subject: subject)

        #expect(issued.text.utf8.count <= JSONWebTokens.tokenBytesMax / 2)
        #expect(try tokens.verify(issued.text).subject == subject)
    }

    @Test(arguments: [
        "", String(repeating: "a", count: 257), String(repeating: "ü", count: 129), "Mira\r\nSet-Cookie: a=b", "Mira\n",
        "\u{0}", "Mira\u{0}admin", "\u{1B}[2J", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}",
    ])
    func aSubjectThatCouldDoHarmGetsNoToken(_ subject: String) throws {
        #expect(throws: TokenIssueError.unusableSubject) { try JSONWebTokens.make().issue(subject: subject) }
        let json = try String(decoding: JSONEncoder().encode(subject), as: UTF8.self)
        let token = HandmadeToken.make(claims: HandmadeToken.claims(["sub": json]))
        // libjwt takes no NUL at all.
        let error: TokenError = subject.contains("\0") ? .wrongSignature : .unusableClaims
        #expect(throws: error) { try JSONWebTokens.make().verify(token) }
    }

    @Test func aShortKeyStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            _ = JSONWebTokens.make(key: Array(HandmadeToken.key.dropLast()))
        }
    }

    // MARK: Vectors

    /// Made once by Python's `hmac` and `json`, which puts spaces between members.
    @Test func aTokenOfPythonIsVerified() throws {
        let token =
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
            + "eyJpc3MiOiAid2lraS1zdGF0cyIsICJzdWIiOiAiTWlyYSBNw7xsbGVyIiwgImlhdCI6IDE3NjcyMjU2MDAsICJuYmYiOiAxNzY3"
            + "MjI1NjAwLCAiZXhwIjogMTc2NzIyOTIwMCwgImp0aSI6ICI0ZDNjMmIxYSJ9.emVNLhHF3r1c3kssJcNHBp0si_uJpgO8jIX74zhfMlY"

        let claims = try JSONWebTokens.make().verify(token)

        #expect(claims.subject == "Mira Müller" && claims.id == "4d3c2b1a")
    }

    /// RFC 7515 A.1, which is also the example of RFC 7519 §3.1. It was good until 2011, and has no `sub`, which we need: what
    /// is wrong with the claims is said only of a token whose signature is right.
    @Test func theVectorOfTheRFCHasTheSignatureOfItsKey() throws {
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
            + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
            + "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let text = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
        let key = try #require(Base64URL.decode(Array(text.utf8)[...]))

        #expect(HS256(key: key).hasSigned(token))
        #expect(!HS256(key: HandmadeToken.key).hasSigned(token))
        let tokens = JSONWebTokens.make(key: key, issuer: "joe", now: 1_300_819_379)
        #expect(throws: TokenError.unusableClaims) { try tokens.verify(token) }
        #expect(throws: TokenError.wrongSignature) { try JSONWebTokens.make(issuer: "joe").verify(token) }
    }

    /// RFC 7519 §6.1; and again with something in the place of the signature.
    @Test func theUnsecuredVectorOfTheRFCIsRefused() {
        let token =
            "eyJhbGciOiJub25lIn0."
            + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        let tokens = JSONWebTokens.make(issuer: "joe", now: 1_300_819_379)

        #expect(throws: TokenError.malformed) { try tokens.verify(token) }
        #expect(throws: TokenError.otherAlgorithm) { try tokens.verify(token + "AAAA") }
    }

    // MARK: Damage

    @Test func aTokenOfWhichOneBitIsOtherIsRefused() throws {
        let tokens = JSONWebTokens.make()
        let token = Array(try tokens.issue(subject: "Mira").text.utf8)
        for index in token.indices {
            for bit in 0..<8 {
                var damaged = token
                damaged[index] ^= 1 << UInt8(bit)
                let text = String(decoding: damaged, as: UTF8.self)
                #expect(throws: TokenError.self, "bit \(bit) of byte \(index)") { try tokens.verify(text) }
            }
        }
    }

    @Test func aTokenThatIsNotWholeIsRefused() throws {
        let tokens = JSONWebTokens.make()
        let token = try tokens.issue(subject: "Mira").text
        for count in 0..<token.count {
            #expect(throws: TokenError.self) { try tokens.verify(String(token.prefix(count))) }
            #expect(throws: TokenError.self) { try tokens.verify(String(token.suffix(count))) }
            var shorter = token
            shorter.remove(at: token.index(token.startIndex, offsetBy: count))
            #expect(throws: TokenError.self) { try tokens.verify(shorter) }
        }
    }

    @Test func partsInOtherOrderOrNumberAreRefused() throws {
        let tokens = JSONWebTokens.make()
        let (one, other) = try (Self.parts(tokens), Self.parts(tokens))
        let combinations = [
            [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0], [0, 1], [1, 2], [0, 2], [0, 1, 2, 2],
            [0, 0, 1, 2], [0, 1, 1, 2], [0, 1, 2, 0, 1],
        ]
        for combination in combinations {
            let text = combination.map { one[$0] }.joined(separator: ".")
            #expect(throws: TokenError.self, "\(combination)") { try tokens.verify(text) }
        }
        for text in [
            [one[0], one[1], other[2]], [one[0], other[1], one[2]], ["", one[1], one[2]], [one[0], "", one[2]],
            [one[0], one[1], ""], ["", one[0], one[1], one[2]], [one[0], one[1], one[2], ""],
        ] {
            #expect(throws: TokenError.self) { try tokens.verify(text.joined(separator: ".")) }
        }
        #expect(throws: Never.self) { try tokens.verify(one.joined(separator: ".")) }
    }

    @Test(arguments: [
        "", ".", "..", "...", "a.b.c", "Bearer", "{}", "null", "é.é.é", "\u{FFFD}.\u{FFFD}.\u{FFFD}", "\u{0}",
    ])
    func whatIsNoTokenIsMalformed(_ text: String) {
        #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(text) }
    }

    @Test func anotherKeyIsRefused() throws {
        let token = try JSONWebTokens.make(key: HandmadeToken.key + [1]).issue(subject: "Mira").text

        #expect(throws: TokenError.wrongSignature) { try JSONWebTokens.make().verify(token) }
    }

    @Test func anotherIssuerIsRefused() throws {
        let token = try JSONWebTokens.make(issuer: "wiki-stat").issue(subject: "Mira").text

        #expect(throws: TokenError.otherIssuer) { try JSONWebTokens.make().verify(token) }
    }

    @Test func nothingOfTheKeyIsDescribedOrDumped() throws {
        let tokens = JSONWebTokens(
            key: Secret("a key that nobody may ever see here"), issuer: "wiki-stats", timeToLiveSeconds: 1,
            secondsSince1970: { 0 })
        var dumped = ""
        dump(tokens, to: &dumped)

        // As a text, and as an array of its bytes.
        for text in [dumped, "\(tokens)", String(reflecting: tokens)] {
            #expect(!text.contains("nobody") && !text.contains("110") && !text.contains("6e"))
        }
    }

    // MARK: Fixtures

    private static func parts(_ tokens: JSONWebTokens) throws -> [String] {
        try tokens.issue(subject: "Mira").text.split(separator: ".").map(String.init)
    }

    private static func json(_ part: Substring) throws -> [String: Any]? {
        let bytes = try #require(Base64URL.decode(Array(part.utf8)[...]))
        return try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    }
}
