/// Why a token is refused. Holds nothing of the token.
package enum TokenError: Error, CaseIterable, Sendable {
    /// Longer than ``JSONWebTokens/tokenBytesMax``.
    case tooLong
    /// Not three parts of base64url, the first two of them JSON objects in which no name is repeated.
    case malformed
    /// The header asks for another algorithm than HS256.
    case otherAlgorithm
    /// The header says that it is something else than a JWT, or demands what we do not know (`crit`).
    case unsupportedHeader
    /// The signature is not that of our key; or libjwt does not read what is signed: a NUL, a number beyond `Int`.
    case wrongSignature
    /// A claim that we need is missing or has another type, or it is meant for somebody else (`aud`).
    case unusableClaims
    case otherIssuer
    case notYetValid
    case expired
}

extension TokenError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong: "the token is longer than \(JSONWebTokens.tokenBytesMax) bytes"
        case .malformed: "the token is not three parts of base64url, two of them JSON"
        case .otherAlgorithm: "the token is not signed with HS256"
        case .unsupportedHeader: "the token's header has a typ or a crit that is not for us"
        case .wrongSignature: "the token's signature is not that of our key"
        case .unusableClaims: "the token's claims are not those that we issue"
        case .otherIssuer: "the token is from another issuer"
        case .notYetValid: "the token is not valid yet"
        case .expired: "the token has expired"
        }
    }

    /// What the client is told, as `error_description` (RFC 6750 §3): about the times, since only the holder of a token
    /// that we have signed gets so far. How far another token got would only help to make a better one.
    package var publicDescription: String {
        switch self {
        case .expired: "The token has expired."
        case .notYetValid: "The token is not valid yet."
        default: "The token is not valid."
        }
    }
}

/// Why there is no token for a subject.
package enum TokenIssueError: Error, Sendable {
    /// Empty, longer than ``TokenClaims/subjectBytesMax``, or with control characters or line breaks.
    case unusableSubject
    /// libjwt has made none, for which there is no reason but a lack of memory.
    case notSigned
}
