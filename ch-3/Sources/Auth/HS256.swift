internal import CJWT
private import Glibc

/// HMAC-SHA256 under one key, as libjwt puts it on a token: the algorithm HS256 (RFC 7518 §3.2).
///
/// The only file that calls libjwt. Version 1.10 knows nothing of times and issuers, and is not made for hostile input: it
/// copies a part onto the stack however long it is, skips characters that are not base64, stops reading at a NUL, takes the
/// last of members that are repeated, and the algorithm from the header, whatever the case of its letters; all that before
/// it looks at the signature. So a token gets here only after ``JSONWebTokens`` has read all of it, and what the claims say
/// is never asked of libjwt.
struct HS256: Sendable {
    /// Of a signature in base64url: 256 bits, 6 in each character.
    static let signatureLength = 43

    private let key: [UInt8]

    init(key: [UInt8]) {
        self.key = key
    }

    /// - Parameter claims: a JSON object in UTF-8.
    /// - Returns: the token in its compact form; `nil` if `claims` is no JSON object, or there is no memory.
    func sign(_ claims: [UInt8]) -> String? {
        var made: OpaquePointer?
        guard jwt_new(&made) == 0, let token = made else { return nil }
        defer { jwt_free(token) }
        guard jwt_set_alg(token, JWT_ALG_HS256, key, Int32(key.count)) == 0,
            jwt_add_grants_json(token, (claims + [0]).map(CChar.init(bitPattern:))) == 0,
            let text = jwt_encode_str(token)
        else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// Whether the signature is that of this key. It is compared in constant time, since Debian's 1.10.2-1+deb12u1
    /// (CVE-2024-25189).
    ///
    /// - Parameter token: three parts that are not empty, of base64url, the first two JSON objects.
    func hasSigned(_ token: String) -> Bool {
        var read: OpaquePointer?
        guard token.withCString({ jwt_decode(&read, $0, key, Int32(key.count)) }) == 0, let token = read else {
            return false
        }
        defer { jwt_free(token) }
        // What we have read in the header, and what libjwt has, must not differ.
        return jwt_get_alg(token) == JWT_ALG_HS256
    }
}

// What describes or dumps it, or something that holds it, sees no key.
extension HS256: CustomStringConvertible, CustomReflectable {
    var description: String { "HS256" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
