package import Configuration
internal import JSON

/// Issues and verifies the tokens that a client shows once it has signed in: JSON Web Tokens (RFC 7519), signed with
/// HMAC-SHA256 by a key that only this program has.
///
/// A token is good until it expires: there is no list of those that were taken back. It is refused unless all of it is as we
/// would have written it, in the order of RFC 8725: the algorithm is ours to choose and not the token's, the signature is
/// checked before anything that is claimed counts, and whose token it is and for when is checked by us.
package struct JSONWebTokens: Sendable {
    /// The shortest key, in bytes: as long as the hash (RFC 7518 §3.2).
    package static let keyBytesMin = 32
    /// The longest token that is looked at, in bytes: twice what the longest subject needs.
    package static let tokenBytesMax = 2048

    private let signature: HS256
    private let issuer: String
    private let timeToLiveSeconds: Int
    private let clockSkewSeconds: Int
    private let secondsSince1970: @Sendable () -> Int

    /// - Parameters:
    ///   - key: at least ``keyBytesMin`` bytes in UTF-8. Random ones: a word can be guessed by whoever has a token.
    ///   - timeToLiveSeconds: from issue to expiry.
    ///   - clockSkewSeconds: how far the clock may have been set back or forth between issue and verification, or the
    ///     clocks of two machines may differ; RFC 7519 §4.1.4 suggests no more than a few minutes.
    ///   - secondsSince1970: the time now.
    package init(
        key: Secret, issuer: String, timeToLiveSeconds: Int, clockSkewSeconds: Int = 30,
        secondsSince1970: @escaping @Sendable () -> Int
    ) {
        self.init(
            key: Array(key.reveal().utf8), issuer: issuer, timeToLiveSeconds: timeToLiveSeconds,
            clockSkewSeconds: clockSkewSeconds, secondsSince1970: secondsSince1970)
    }

    init(
        key: [UInt8], issuer: String, timeToLiveSeconds: Int, clockSkewSeconds: Int = 30,
        secondsSince1970: @escaping @Sendable () -> Int
    ) {
        precondition(key.count >= Self.keyBytesMin, "a key of less than \(Self.keyBytesMin) bytes")
        signature = HS256(key: key)
        self.issuer = issuer
        self.timeToLiveSeconds = timeToLiveSeconds
        self.clockSkewSeconds = clockSkewSeconds
        self.secondsSince1970 = secondsSince1970
    }

    // MARK: Issuing

    package func issue(subject: String) throws(TokenIssueError) -> IssuedToken {
        guard TokenClaims.isUsable(subject: subject) else { throw .unusableSubject }
        let now = secondsSince1970()
        let claims = TokenClaims(
            subject: subject, issuer: issuer, issuedAt: now, notBefore: now, expiresAt: now + timeToLiveSeconds,
            id: String(UInt128.random(in: 0...UInt128.max), radix: 16))
        guard let text = signature.sign(claims.json) else { throw .notSigned }
        return IssuedToken(text: text, expiresInSeconds: timeToLiveSeconds)
    }

    // MARK: Verifying

    /// What the token says, if it is one of ours and its time is now.
    package func verify(_ token: String) throws(TokenError) -> TokenClaims {
        let claims = try signedClaims(of: token)
        try check(claims)
        return claims
    }

    /// What the token says, if we have signed it.
    ///
    /// simdjson reads header and claims before libjwt does, which sees nothing that is not small, flat and whole JSON.
    func signedClaims(of token: String) throws(TokenError) -> TokenClaims {
        guard token.utf8.count <= Self.tokenBytesMax else { throw .tooLong }
        let parts = Array(token.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }),
            let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            Base64URL.decode(parts[2]) != nil
        else { throw .malformed }

        var parser = JSONParser(documentBytesMax: Self.tokenBytesMax, depthMax: 4)
        try parser.parseObject(header) { try Self.checkHeader($0) }
        let claims = try parser.parseObject(payload) { TokenClaims($0) }
        guard signature.hasSigned(token) else { throw .wrongSignature }
        guard let claims else { throw .unusableClaims }
        return claims
    }

    /// Of the header only the algorithm and the type count. `kid`, `jwk`, `jku`, `x5u` and the like, which name a key or
    /// where to get one, are ignored as RFC 7515 §4 wants it of what is not understood: there is one key, and it is ours.
    private static func checkHeader(_ header: [String: JSONValue]) throws(TokenError) {
        guard header["alg"]?.string == "HS256" else { throw .otherAlgorithm }
        // Extensions that must be understood (RFC 7515 §4.1.11): we understand none.
        guard header["crit"] == nil else { throw .unsupportedHeader }
        if let type = header["typ"], type.string?.lowercased() != "jwt" { throw .unsupportedHeader }
    }

    /// Who has issued it, and whether its time is now.
    func check(_ claims: TokenClaims) throws(TokenError) {
        guard claims.issuer == issuer else { throw .otherIssuer }
        let now = secondsSince1970()
        guard max(claims.issuedAt, claims.notBefore) <= now + clockSkewSeconds else { throw .notYetValid }
        guard now - clockSkewSeconds < claims.expiresAt else { throw .expired }
    }
}

/// A token that was made just now.
package struct IssuedToken: Sendable {
    /// In its compact form, 3 parts of ASCII. Whoever has it can do what its subject can.
    package let text: String
    package let expiresInSeconds: Int
}

extension JSONParser {
    /// Reads an object in which no name may be repeated: RFC 7519 §4 lets a reader refuse it or take the last, and two readers
    /// that choose differently see two tokens.
    fileprivate mutating func parseObject<Result>(
        _ json: [UInt8], _ body: ([String: JSONValue]) throws -> Result
    ) throws(TokenError) -> Result {
        do {
            return try parse(json.span) { document in
                guard let all = document.members else { throw TokenError.malformed }
                var members: [String: JSONValue] = [:]
                for (name, value) in all where members.updateValue(value, forKey: String(name)) != nil {
                    throw TokenError.malformed
                }
                return try body(members)
            }
        } catch let error as TokenError {
            throw error
        } catch {
            throw .malformed
        }
    }
}
