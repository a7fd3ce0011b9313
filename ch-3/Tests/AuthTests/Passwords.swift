import Auth
import Configuration
import HTTP

extension PasswordHash {
    /// Of the password "password", at a cost that is none, so that tests are fast. Made by argon2-cffi 25.1.0.
    static let ofPassword = PasswordHash.make(
        "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$vRO+wR9mmO7iMVV5NiM5HB3l5w38Or/GeLRjuQKochU")
    /// Of the password "café", with the one letter é.
    static let ofAccent = PasswordHash.make(
        "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$fdQECNo6QctL7Jjn0gJvq4r0bJDUADUbLeG7n2CdWCQ")

    private static func make(_ text: String) -> PasswordHash {
        do { return try PasswordHash(parsing: text) } catch { preconditionFailure(error.reason) }
    }
}

extension UserName {
    static let mira = UserName.make("mira")
    static let nobody = UserName.make("nobody")

    static func make(_ text: String) -> UserName {
        do { return try UserName(text) } catch { preconditionFailure(error.reason) }
    }
}

/// What a test that is not about it gives.
let password = Secret("password")
