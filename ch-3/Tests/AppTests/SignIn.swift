import Auth
import Configuration
import Glibc
import HTTPTestSupport
import Logging
import TestSupport

/// What tests sign in with where something is only for those who have.
enum SignIn {
    /// For `JWT_SECRET`.
    static let secret = "nothing but tests know this secret"

    static let authentication = BearerAuthentication(
        tokens: tokens, realm: "tests", logger: Logger(destination: RecordedLog()))

    /// `Authorization: Bearer …`, with the end of its line.
    static func field() throws -> String {
        "Authorization: Bearer \(try tokens.issue(subject: "Mira").text)\r\n"
    }

    private static let tokens = JSONWebTokens(
        key: Secret(secret), issuer: "wiki-stats", timeToLiveSeconds: 3600, secondsSince1970: { time(nil) })
}

extension TestClient {
    func getSignedIn(_ path: String) async throws -> TestResponse {
        try await send("GET \(path) HTTP/1.1\r\nHost: test\r\n\(SignIn.field())\r\n")
        return try await response()
    }
}
