import Testing

@testable import Auth

/// Tokens with the right signature, or none that counts, and something in them that we do not take.
struct TokenRefusalTests {
    // MARK: Header

    /// The signature is HMAC-SHA256 in each case: only the header asks for something else.
    @Test(arguments: [
        #""none""#, #""None""#, #""nOnE""#, #""NONE""#, #""""#, #""hs256""#, #""Hs256""#, #""HS256 ""#,
        #""HS256\u0000""#,
        #""HS384""#, #""HS512""#, #""RS256""#, #""PS256""#, #""ES256""#, #""EdDSA""#, #""A256GCMKW""#, "256", "null",
        "true",
        #"["HS256"]"#, #"{"HS256":"HS256"}"#,
    ])
    func anotherAlgorithmIsRefused(_ algorithm: String) {
        let token = HandmadeToken.make(header: #"{"typ":"JWT","alg":\#(algorithm)}"#)

        #expect(throws: TokenError.otherAlgorithm) { try JSONWebTokens.make().verify(token) }
    }

    @Test(arguments: [#"{}"#, #"{"typ":"JWT"}"#, #"{"ALG":"HS256"}"#, #"{"header":{"alg":"HS256"}}"#])
    func noAlgorithmIsRefused(_ header: String) {
        #expect(throws: TokenError.otherAlgorithm) {
            try JSONWebTokens.make().verify(HandmadeToken.make(header: header))
        }
    }

    @Test(arguments: [
        #"{"alg":"none","alg":"HS256"}"#, #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"HS256","alg":"HS256"}"#,
        #"{"alg":"none","\u0061lg":"HS256"}"#, #"{"typ":"JWT","alg":"HS256","typ":"JWT"}"#,
        #"{"alg":"HS256","kid":"a","kid":"b"}"#,
    ])
    func aNameThatIsRepeatedInTheHeaderIsRefused(_ header: String) {
        #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(HandmadeToken.make(header: header)) }
    }

    @Test(arguments: [
        #"[]"#, #""HS256""#, "null", "1", #"[{"alg":"HS256"}]"#, #"{"alg":"HS256"}{}"#, #"{"alg":"HS256""#, "",
        "{\"alg\":\"HS256\"}\u{0}", "\u{FEFF}{\"alg\":\"HS256\"}", #"{'alg':'HS256'}"#, #"{"alg":"HS256",}"#,
        #"{"alg":"HS256","a":"\ud800"}"#, #"{"alg":"HS256","a":1e999}"#, "{\"alg\":\"HS256\",\"a\":\"\t\"}",
        #"{"alg":"HS256","a":[[[[[[]]]]]]}"#,
    ])
    func aHeaderThatIsNoJSONObjectIsMalformed(_ header: String) {
        #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(HandmadeToken.make(header: header)) }
    }

    /// They name a key, or where to get one. We have one key, and fetch nothing.
    @Test(arguments: [
        #""kid":"../../dev/null""#, #""jku":"http://127.0.0.1:1/keys""#, #""x5u":"http://127.0.0.1:1/certificate""#,
        #""jwk":{"kty":"oct","k":"AA"}"#, #""x5c":["AA"]"#, #""x5t":"AA""#, #""cty":"JWT""#, #""unknown":[1,{}]"#,
    ])
    func whatNamesAnotherKeyIsIgnored(_ member: String) throws {
        let header = #"{"alg":"HS256",\#(member)}"#

        #expect(try JSONWebTokens.make().verify(HandmadeToken.make(header: header)).subject == "Mira")
        let other = HandmadeToken.make(header: header, key: [])
        #expect(throws: TokenError.wrongSignature) { try JSONWebTokens.make().verify(other) }
    }

    @Test(arguments: [
        #""crit":["exp"]"#, #""crit":[]"#, #""crit":null"#, #""crit":["b64"],"b64":false"#, #""typ":"at+jwt""#,
        #""typ":"JWE""#, #""typ":"""#, #""typ":1"#, #""typ":null"#, #""typ":["JWT"]"#,
    ])
    func aTypeOrAnExtensionThatIsNotForUsIsRefused(_ member: String) {
        let token = HandmadeToken.make(header: #"{"alg":"HS256",\#(member)}"#)

        #expect(throws: TokenError.unsupportedHeader) { try JSONWebTokens.make().verify(token) }
    }

    /// RFC 7515 §4.1.9: it is a media type, so the case of its letters does not matter; and it may be missing.
    @Test(arguments: [
        #"{"alg":"HS256"}"#, #"{"alg":"HS256","typ":"jwt"}"#, "{ \"typ\" : \"JWT\",\r\n\t\"alg\":\"HS256\"}",
    ])
    func headersMayBeWrittenInOtherWays(_ header: String) throws {
        #expect(try JSONWebTokens.make().verify(HandmadeToken.make(header: header)).subject == "Mira")
    }

    // MARK: Times

    /// Seconds from the time of issue; the skew is 30 s, and the token lives for an hour.
    @Test(
        arguments: [
            (0, nil), (-30, nil), (-31, .notYetValid), (3599, nil), (3600, nil), (3629, nil), (3630, .expired),
            (1_000_000, .expired), (-HandmadeToken.now, .notYetValid),
        ] as [(Int, TokenError?)])
    func aTokenIsGoodInItsTimeAndAShortWhileAround(seconds: Int, error: TokenError?) {
        let tokens = JSONWebTokens.make(now: HandmadeToken.now + seconds)
        let token = HandmadeToken.make()

        #expect(Self.error { try tokens.verify(token) } == error)
    }

    @Test(
        arguments: [
            (["nbf": 31], .notYetValid), (["iat": 31], .notYetValid), (["nbf": 30, "iat": 30], nil),
            (["exp": -29], nil), (["exp": -30], .expired), (["nbf": 100, "exp": -100], .notYetValid),
            (["exp": 1_000_000_000], nil),
        ] as [([String: Int], TokenError?)])
    func eachOfItsTimesIsLookedAt(offsets: [String: Int], error: TokenError?) {
        let token = HandmadeToken.make(
            claims: HandmadeToken.claims(offsets.mapValues { "\(HandmadeToken.now + $0)" }))

        #expect(Self.error { try JSONWebTokens.make().verify(token) } == error)
    }

    @Test(arguments: ["exp", "nbf", "iat"])
    func aTimeThatIsNoWholeNumberOfSecondsInThisEraIsRefused(_ name: String) {
        let values: [String?] = [
            nil, "null", #""1767229200""#, "-1", "1767225600.0", "1767225600.5", "1767225600e0", "253402300800",
            "9223372036854775807", "1e300", "true", "[1767225600]", "{}",
        ]
        for value in values {
            let token = HandmadeToken.make(claims: HandmadeToken.claims([name: value]))
            #expect(throws: TokenError.unusableClaims, "\(name): \(value ?? "missing")") {
                try JSONWebTokens.make().verify(token)
            }
        }
    }

    /// simdjson reads them. What libjwt does not read it does not call signed.
    @Test(arguments: ["9223372036854775808", "18446744073709551615", #""\u0000""#])
    func whatLibjwtDoesNotReadIsRefusedToo(_ value: String) {
        let token = HandmadeToken.make(claims: HandmadeToken.claims(["a": value]))

        #expect(throws: TokenError.wrongSignature) { try JSONWebTokens.make().verify(token) }
    }

    // MARK: Claims

    @Test(
        arguments: [
            ("sub", nil), ("sub", "null"), ("sub", "1"), ("sub", #"["Mira"]"#), ("iss", nil), ("iss", "null"),
            ("iss", "1"),
            ("iss", #"["wiki-stats"]"#), ("jti", nil), ("jti", "1"), ("jti", #""""#), ("aud", #""another""#),
            ("aud", "[]"),
            ("aud", #""wiki-stats""#),
        ] as [(String, String?)])
    func aClaimThatIsMissingOrIsNotForUsIsRefused(name: String, value: String?) {
        let token = HandmadeToken.make(claims: HandmadeToken.claims([name: value]))

        #expect(throws: TokenError.unusableClaims) { try JSONWebTokens.make().verify(token) }
    }

    @Test(arguments: [#""""#, #""wiki-stats ""#, #""Wiki-Stats""#, #""wiki-stats\u0001""#])
    func anIssuerIsComparedLetterByLetter(_ issuer: String) {
        let token = HandmadeToken.make(claims: HandmadeToken.claims(["iss": issuer]))

        #expect(throws: TokenError.otherIssuer) { try JSONWebTokens.make().verify(token) }
    }

    @Test(arguments: [#""exp":99999999999"#, #""sub":"admin""#, #""\u0073ub":"admin""#, #""jti":"4d3c2b1a""#])
    func aClaimThatIsRepeatedIsRefused(_ member: String) {
        let claims = HandmadeToken.claims()

        for json in ["{\(member),\(claims.dropFirst())", "\(claims.dropLast()),\(member)}"] {
            #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(HandmadeToken.make(claims: json)) }
        }
    }

    @Test func claimsThatMeanNothingToUsAreIgnored() throws {
        let claims = HandmadeToken.claims(["role": #""admin""#, "http://example.com/is_root": "true", "": "[[],{}]"])

        #expect(try JSONWebTokens.make().verify(HandmadeToken.make(claims: claims)).subject == "Mira")
    }

    @Test func claimsThatAreNotUTF8AreMalformed() {
        let claims = Array(HandmadeToken.claims().utf8)
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80]] as [[UInt8]] {
            let other = Array("{\"a\":\"".utf8) + bytes + Array("\",".utf8) + claims.dropFirst()
            let token = HandmadeToken.make(header: Array(HandmadeToken.header.utf8), claims: other)
            #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(token) }
        }
    }

    // MARK: Form and size

    /// Standard base64 has other characters, padding, and by MIME line breaks: each is another text with the same signature.
    @Test func otherFormsOfBase64AreMalformed() throws {
        // The claims are chosen so that there is a character to replace, and a length to pad.
        let claims = HandmadeToken.claims(["a": #""???>>>~~~""#])
        let parts = HandmadeToken.make(claims: claims).split(separator: ".").map(String.init)
        #expect(parts[1].contains("_") || parts[1].contains("-"))
        let forms = [
            parts.map { $0.replacing("-", with: "+").replacing("_", with: "/") },
            parts.map { $0 + String(repeating: "=", count: (4 - $0.utf8.count % 4) % 4) },
            parts.map { $0 + "\n" }, parts.map { " " + $0 }, parts.map { $0 + "=" }, parts.map { $0 + "\u{0}" },
        ]
        for form in forms {
            #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(form.joined(separator: ".")) }
        }
    }

    @Test func theLastCharacterOfASignatureHasNoBitsToPlayWith() {
        let token = HandmadeToken.make()
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

        let taken = alphabet.filter { last in
            Self.error { try JSONWebTokens.make().verify("\(token.dropLast())\(last)") } == nil
        }

        #expect(taken == token.suffix(1))
    }

    @Test func theLongestTokenIsTakenAndOneMoreIsNot() throws {
        func token(padding: Int) -> String {
            HandmadeToken.make(claims: HandmadeToken.claims(["pad": "\"\(String(repeating: "a", count: padding))\""]))
        }
        let paddings = Array(1300...1500)
        let longest = try #require(paddings.map(token).last { $0.utf8.count <= JSONWebTokens.tokenBytesMax })
        let longer = try #require(paddings.map(token).first { $0.utf8.count > JSONWebTokens.tokenBytesMax })

        // Of four lengths base64 has three.
        #expect(longest.utf8.count >= JSONWebTokens.tokenBytesMax - 1)
        #expect(try JSONWebTokens.make().verify(longest).subject == "Mira")
        #expect(throws: TokenError.tooLong) { try JSONWebTokens.make().verify(longer) }
    }

    @Test func hugeTokensAreNotLookedAt() {
        let tokens = JSONWebTokens.make()
        let mebibyte = 1 << 20
        let huge = HandmadeToken.make(
            claims: HandmadeToken.claims(["pad": "\"\(String(repeating: "a", count: mebibyte))\""]))
        for token in [
            huge, String(repeating: "A", count: mebibyte), String(repeating: ".", count: mebibyte),
            HandmadeToken.make() + String(repeating: "A", count: mebibyte),
        ] {
            #expect(throws: TokenError.tooLong) { try tokens.verify(token) }
        }
    }

    /// As deep as a token has room for.
    @Test(arguments: ["[", "{\"a\":"])
    func nestedTokensAreMalformed(_ opening: String) {
        let depth = 1000 / opening.utf8.count
        let closing = opening == "[" ? "]" : "}"
        let nested = String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth / 4)
        for json in [nested, String(repeating: opening, count: 6) + "1" + String(repeating: closing, count: 6)] {
            let inClaims = HandmadeToken.make(claims: HandmadeToken.claims(["a": json]))
            #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(inClaims) }
            let inHeader = HandmadeToken.make(header: #"{"alg":"HS256","a":\#(json)}"#)
            #expect(throws: TokenError.malformed) { try JSONWebTokens.make().verify(inHeader) }
        }
    }

    // MARK: What is told

    @Test func onlyWhatTheHolderOfATokenOfOursMayKnowIsTold() {
        for error in TokenError.allCases {
            let told = error.publicDescription
            #expect(told == "The token is not valid." || [.expired, .notYetValid].contains(error))
            // What may stand in error_description (RFC 6750 §3).
            #expect(told.utf8.allSatisfy { 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        }
        #expect(Set(TokenError.allCases.map(\.description)).count == TokenError.allCases.count)
    }

    private static func error(_ body: () throws -> some Any) -> TokenError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? TokenError
        }
    }
}
