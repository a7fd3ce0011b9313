internal import JSON

/// What a verified token says (RFC 7519 §4.1). Times are seconds since 1970.
package struct TokenClaims: Sendable, Equatable {
    /// The longest `sub`, in bytes of UTF-8.
    package static let subjectBytesMax = 256
    /// The last second of the year 9999: later times are not written, and cannot overflow where they are reckoned with.
    static let timeMax = 253_402_300_799

    /// Who has signed in, `sub`: without control characters and line breaks.
    package let subject: String
    /// Whose tokens these are, `iss`.
    let issuer: String
    /// `iat`
    package let issuedAt: Int
    /// `nbf`
    package let notBefore: Int
    /// From then on the token is not accepted, `exp`. A stream that was begun with it should end then.
    package let expiresAt: Int
    /// Random, so that no two tokens are the same, `jti`.
    package let id: String

    /// `{"sub":…,"iat":…,"nbf":…,"exp":…,"iss":…,"jti":…}`
    var json: [UInt8] {
        var json = JSONWriter(reservingCapacity: 256)
        json.object { json in
            json.member("sub", subject)
            json.member("iat", issuedAt)
            json.member("nbf", notBefore)
            json.member("exp", expiresAt)
            json.member("iss", issuer)
            json.member("jti", id)
        }
        return json.bytes
    }

    static func isUsable(subject: String) -> Bool {
        1...subjectBytesMax ~= subject.utf8.count
            && subject.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: false
                default: true
                }
            }
    }
}

extension TokenClaims {
    /// All six claims are needed, since every token of ours has them; others mean nothing to us.
    ///
    /// Times are whole numbers: RFC 7519 §2 allows a fraction, and we never write one. A token with an audience is refused,
    /// since none is called as we are (§4.1.3).
    init?(_ claims: [String: JSONValue]) {
        func time(_ name: String) -> Int? {
            claims[name]?.integer.flatMap { 0...Self.timeMax ~= $0 ? $0 : nil }
        }
        guard let subject = claims["sub"]?.string, Self.isUsable(subject: subject),
            let issuer = claims["iss"]?.string, let id = claims["jti"]?.string, !id.isEmpty,
            let issuedAt = time("iat"), let notBefore = time("nbf"), let expiresAt = time("exp"),
            claims["aud"] == nil
        else { return nil }
        self.init(
            subject: subject, issuer: issuer, issuedAt: issuedAt, notBefore: notBefore, expiresAt: expiresAt, id: id)
    }
}
