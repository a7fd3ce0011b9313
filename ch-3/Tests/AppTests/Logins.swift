import Auth
import HTTPTestSupport

extension TestClient {
    /// `POST /login` with this body.
    ///
    /// - Parameter type: `nil` for none.
    func login(_ body: some Sequence<UInt8>, type: String? = "application/json") async throws -> TestResponse {
        try await sendLogin(body, type: type)
        return try await response()
    }

    func login(_ body: String, type: String? = "application/json") async throws -> TestResponse {
        try await login(Array(body.utf8), type: type)
    }

    func sendLogin(_ body: String) async throws {
        try await sendLogin(Array(body.utf8), type: "application/json")
    }

    private func sendLogin(_ body: some Sequence<UInt8>, type: String?) async throws {
        let body = Array(body)
        let typeField = type.map { "Content-Type: \($0)\r\n" } ?? ""
        let head = "POST /login HTTP/1.1\r\nHost: test\r\n\(typeField)Content-Length: \(body.count)\r\n\r\n"
        try await send(Array(head.utf8) + body)
    }
}

extension PasswordHash {
    /// Of the password "password", at a cost that is none, so that tests are fast. Made by argon2-cffi 25.1.0.
    static let ofPassword = PasswordHash.make(
        "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$vRO+wR9mmO7iMVV5NiM5HB3l5w38Or/GeLRjuQKochU")

    private static func make(_ text: String) -> PasswordHash {
        do { return try PasswordHash(parsing: text) } catch { preconditionFailure(error.reason) }
    }
}

extension UserName {
    static let mira = UserName.make("mira")

    private static func make(_ text: String) -> UserName {
        do { return try UserName(text) } catch { preconditionFailure(error.reason) }
    }
}
