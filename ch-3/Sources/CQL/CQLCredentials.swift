package import Configuration

/// Who signs in, as SASL PLAIN has it: RFC 4616 § 2.
package struct CQLCredentials: Sendable {
    package let username: String
    private let password: Secret

    /// - Returns: `nil` if one of them has a NUL, which separates the two on the wire.
    package init?(username: String, password: Secret) {
        guard !username.utf8.contains(0), !password.reveal().utf8.contains(0) else { return nil }
        self.username = username
        self.password = password
    }

    /// The message that a server is sent, with no authorization identity.
    var plainToken: [UInt8] { [0] + Array(username.utf8) + [0] + Array(password.reveal().utf8) }
}
