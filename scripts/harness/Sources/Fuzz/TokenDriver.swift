internal import CSodium
internal import Foundation

@testable import Auth

/// Tokens: any text; any header and claims, signed; any two parts, signed; and all of these with a bit flipped or cut off.
/// Oracles: `TokenModel` takes exactly those that are taken, so their signature is libsodium's; what is issued is one of them;
/// and no other credentials are taken for those that were verified before.
final class TokenDriver: Driver {
    let seeds = [
        #"{"alg":"HS256"}"# + "\n" + TokenModel.claims,
        #"{"alg":"hs256" }"# + "\n" + TokenModel.claims,
        #"{"typ":"jwt","alg":"HS256","kid":"a"}"# + "\n"
            + #"{"sub":"\u00e9\ud83d\ude00","iat":0,"nbf":-1,"exp":253402300799,"iss":"fuzz","jti":"1","a":[{}]}"#,
        #"{"alg":"none","alg":"HS256","crit":[]}"# + "\n" + #"{"exp":1767225570,"exp":1767225570.0,"aud":"b"}"#,
        TokenModel.base64URL(Array(#"{"alg":"HS256" }"#.utf8)) + "."
            + TokenModel.base64URL(Array(TokenModel.claims.utf8)),
        TokenModel.sign(TokenModel.base64URL(Array(#"{"alg":"HS256"}"#.utf8)) + ".e30"),
        "eyJhbGciOiJub25lIn0.e30.", "Mira",
    ]
    let words = [
        #""alg":"#, #""HS256""#, #""none""#, #""HS512""#, #""typ":"JWT""#, #""crit":["a"]"#, #""sub":"#, #""iat":"#,
        #""nbf":"#, #""exp":"#, #""iss":"fuzz""#, #""jti":"#, #""aud":"#, "\\u0000", "\\u0061lg", "1767225600",
        "1767225570", "1767225569", "1767225630", "1767225631", "253402300799", "253402300800",
        "9223372036854775808", "-1", "1e9", ".0", "[[[[[", "\n", "..", "ey", "=", "+", "\u{2028}", "\u{7F}",
    ]

    private let tokens = JSONWebTokens(
        key: TokenModel.key, issuer: TokenModel.issuer, timeToLiveSeconds: 60,
        secondsSince1970: { TokenModel.now })
    private let verified = VerifiedTokens()
    private let known: String

    init() {
        known = TokenModel.sign(
            TokenModel.base64URL(Array(#"{"alg":"HS256"}"#.utf8)) + "."
                + TokenModel.base64URL(Array(TokenModel.claims.utf8)))
        if let claims = try? tokens.verify(known) { verified.insert(known, claims) }
        checkKnown(known)
    }

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        let text = String(decoding: bytes, as: UTF8.self)
        var choices = Choices(bytes)
        let halves = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        let header = halves.count == 2 ? Array(halves[0]) : Array(#"{"alg":"HS256"}"#.utf8)
        let signed = TokenModel.sign(
            TokenModel.base64URL(header) + "." + TokenModel.base64URL(Array(halves.last ?? [])))
        for token in [text, signed, TokenModel.sign(text)] {
            checkToken(token)
            checkToken(damaged(token, &choices))
        }
        checkKnown(damaged(known, &choices))
        checkIssue(subject: text)
    }

    private func checkToken(_ token: String) {
        do throws(TokenError) {
            let claims = try tokens.verify(token)
            expect(TokenModel.takes(token), "\(token) was taken for \(claims)")
        } catch {
            expect(!TokenModel.takes(token), "\(token) was refused because \(error)")
        }
        checkKnown(token)
    }

    private func checkKnown(_ token: String) {
        expect((verified.claims(of: token) != nil) == Array(token.utf8).elementsEqual(known.utf8), "\(token) is known")
    }

    private func checkIssue(subject: String) {
        do throws(TokenIssueError) {
            let token = try tokens.issue(subject: subject).text
            expect(TokenModel.takes(token), "\(token), for \(subject.debugDescription), is none")
            let claims = try? tokens.verify(token)
            expect(claims.map { $0.subject.utf8.elementsEqual(subject.utf8) } == true, "\(token) has another subject")
        } catch {
            expect(!TokenModel.takes(subject: subject), "\(subject.debugDescription) was refused because \(error)")
        }
    }

    /// With one bit flipped, or cut off somewhere, or with its end repeated.
    private func damaged(_ token: String, _ choices: inout Choices) -> String {
        var bytes = Array(token.utf8)
        guard !bytes.isEmpty else { return "." }
        let index = choices.number(below: bytes.count)
        switch choices.number(below: 4) {
        case 0: bytes.removeSubrange(index...)
        case 1: bytes += bytes[index...]
        default: bytes[index] ^= 1 << UInt8(choices.number(below: 8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Whether a token is good, decided in the plainest way: with base64 of Foundation, HMAC of libsodium, and `JSONModel`.
enum TokenModel {
    static let key = Array("a key that is only for the fuzzer".utf8)
    static let issuer = "fuzz"
    static let now = 1_767_225_600
    static let claims = #"{"sub":"Mira","iat":1767225600,"nbf":1767225600,"exp":1767225660,"iss":"fuzz","jti":"1"}"#

    static func takes(_ token: String) -> Bool {
        let parts = token.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
        guard token.utf8.count <= 2048, parts.count == 3,
            sign(parts[0] + "." + parts[1]).utf8.elementsEqual(token.utf8),
            let header = object(parts[0]), let claims = object(parts[1])
        else { return false }
        let type = header["typ"]?.string ?? (header["typ"] == nil ? "jwt" : "")
        guard header["alg"]?.string == "HS256", header["crit"] == nil, type.lowercased() == "jwt",
            claims["iss"]?.string == issuer, claims["aud"] == nil, claims["jti"]?.string?.isEmpty == false,
            let subject = claims["sub"]?.string, takes(subject: subject)
        else { return false }
        let times = ["iat", "nbf", "exp"].compactMap { claims[$0]?.integer }
        guard times.count == 3, times.allSatisfy({ $0 >= 0 && $0 < 253_402_300_800 }) else { return false }
        return times[0] <= now + 30 && times[1] <= now + 30 && times[2] > now - 30
    }

    static func takes(subject: String) -> Bool {
        1...256 ~= subject.utf8.count
            && subject.unicodeScalars.allSatisfy { scalar in
                switch scalar.value {
                case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: false
                default: true
                }
            }
    }

    static func sign(_ text: String) -> String {
        var state = crypto_auth_hmacsha256_state()
        var code = [UInt8](repeating: 0, count: 32)
        crypto_auth_hmacsha256_init(&state, key, key.count)
        crypto_auth_hmacsha256_update(&state, Array(text.utf8), UInt64(text.utf8.count))
        crypto_auth_hmacsha256_final(&state, &code)
        return text + "." + base64URL(code)
    }

    static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The object whose base64url this is, if no name is in it twice, and it has nothing that libjwt does not read.
    private static func object(_ text: String) -> JSONModel? {
        let padded =
            text.replacing("-", with: "+").replacing("_", with: "/")
            + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), base64URL(Array(data)) == text,
            let value = JSONModel.read(Array(data), depthMax: 4), case .object(let members) = value,
            Set(members.map(\.name)).count == members.count
        else { return nil }
        return value.contains(isUnreadable) ? nil : value
    }

    private static func isUnreadable(_ value: JSONModel) -> Bool {
        switch value {
        case .string(let string): string.utf8.contains(0)
        case .integer(let integer, _): integer == nil
        case .object(let members): members.contains { $0.name.utf8.contains(0) }
        default: false
        }
    }
}
