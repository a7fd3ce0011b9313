/// A user and a password. It does not print the password, whoever prints it, and however.
package struct CQLCredentials: Sendable {
    package let username: String
    private let password: String

    /// - Returns: `nil` if one of them has a NUL, which PLAIN cannot carry (RFC 4616 § 2).
    package init?(username: String, password: String) {
        guard !username.utf8.contains(0), !password.utf8.contains(0) else { return nil }
        self.username = username
        self.password = password
    }

    /// The message of SASL PLAIN, RFC 4616 § 2, with no authorization identity.
    var plainToken: [UInt8] { [0] + Array(username.utf8) + [0] + Array(password.utf8) }
}

extension CQLCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(username), with a password" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}
