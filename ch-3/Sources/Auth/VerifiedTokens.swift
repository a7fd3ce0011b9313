private import Locking

/// Credentials with a token that was verified a moment ago, so that a client that asks again and again is not made to pay for
/// it each time: verifying takes six times the instructions of a whole `/status`, finding the credentials here a small part of that.
///
/// What is kept is what was verified, so nothing is accepted that would not be otherwise: the times are checked anew, and there
/// is no taking back of tokens. Only those that were issued here get in, so nobody fills it with others.
///
/// Nor can a token be guessed by how long it takes to look for it: the place where it is looked for depends on a hash under a
/// key of this process (Swift's own), and what is found there is compared in constant time.
struct VerifiedTokens: Sendable {
    /// How many are kept. One more, and all are forgotten: to verify that many again takes some hundredths of a second.
    static let countMax = 1000
    /// Longer ones, with many spaces in them, are not kept.
    static let credentialsBytesMax = JSONWebTokens.tokenBytesMax

    private let claims = Locked<[Credentials: TokenClaims]>([:])

    /// The claims of a token that was put in with these credentials. It may have expired since.
    func claims(of credentials: String) -> TokenClaims? {
        claims.withLock { $0[Credentials(text: credentials)] }
    }

    func insert(_ credentials: String, _ tokenClaims: TokenClaims) {
        guard credentials.utf8.count <= Self.credentialsBytesMax else { return }
        claims.withLock { claims in
            if claims.count >= Self.countMax { claims.removeAll(keepingCapacity: true) }
            claims[Credentials(text: credentials)] = tokenClaims
        }
    }

    private struct Credentials: Hashable {
        let text: String

        /// The signature alone: no two tokens have the same.
        func hash(into hasher: inout Hasher) {
            let bytes = text.utf8.span
            bytes.extracting(last: HS256.signatureLength).withUnsafeBytes { hasher.combine(bytes: $0) }
        }

        /// Looks at every byte, whichever of them differ.
        static func == (one: Credentials, other: Credentials) -> Bool {
            let (one, other) = (one.text.utf8.span, other.text.utf8.span)
            guard one.count == other.count else { return false }
            var difference: UInt8 = 0
            for index in one.indices { difference |= one[index] ^ other[index] }
            return difference == 0
        }
    }
}

// What dumps it sees no token.
extension VerifiedTokens: CustomReflectable {
    var customMirror: Mirror { Mirror(self, children: []) }
}
