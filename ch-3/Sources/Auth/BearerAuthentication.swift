package import HTTP
package import Logging

/// Lets only those requests through to a handler that show a valid token: `Authorization: Bearer …` (RFC 6750, RFC 9110 §11).
///
/// The token is looked for in that field alone. In the address it would end up in logs and histories (RFC 6750 §5.3), so there
/// it counts for nothing.
///
/// ```swift
/// router.on(.get, "/stats", handler: authentication.required { request, claims in … })
/// ```
package struct BearerAuthentication: Sendable {
    /// A handler that is told who asks, and until when the token holds: an answer that goes on longer ends then.
    package typealias Handler = @Sendable (HTTPRequest, TokenClaims) async throws -> HTTPResponse

    private let tokens: JSONWebTokens
    private let verified = VerifiedTokens()
    private let realm: String
    private let logger: Logger

    /// - Parameter realm: what the tokens are for, shown to clients; without quotes and backslashes.
    package init(tokens: JSONWebTokens, realm: String, logger: Logger) {
        precondition(
            realm.utf8.allSatisfy { 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        self.tokens = tokens
        self.realm = realm
        self.logger = logger
    }

    /// The handler for a route: asks `handler` if the request shows a valid token, and otherwise answers itself.
    package func required(_ handler: @escaping Handler) -> Router.Handler {
        { request in try await handler(request, claims(of: request)) }
    }

    /// What the request's token says.
    ///
    /// - Throws: 401 without a token or with one that is not valid, 400 for credentials that are not in the right form, with the
    ///   challenge of RFC 6750 §3.
    package func claims(of request: HTTPRequest) throws(Problem) -> TokenClaims {
        let authorizations = request.fields.values("Authorization")
        guard authorizations.count <= 1 else {
            throw problem(.badRequest, "invalid_request", "There is more than one Authorization field.")
        }
        let credentials = authorizations.first ?? ""
        if let claims = verified.claims(of: credentials), (try? tokens.check(claims)) != nil { return claims }
        let token = try token(in: credentials)
        do throws(TokenError) {
            let claims = try tokens.verify(token)
            // In the usual form only, of which each token has one: those with more spaces would share its place.
            if credentials == "Bearer \(token)" { verified.insert(credentials, claims) }
            return claims
        } catch {
            logger.debug("token refused", ["reason": .describing(error), "path": "\(request.path)"])
            throw problem(.unauthorized, "invalid_token", error.publicDescription)
        }
    }

    /// What follows the scheme, whose letters may be of either case, and the spaces after it.
    private func token(in credentials: String) throws(Problem) -> String {
        let scheme = credentials.utf8.prefix { $0 != UInt8(ascii: " ") }
        // Credentials of another scheme are as good as none, and then there is no error to tell (RFC 6750 §3.1).
        guard Substring(scheme).lowercased() == "bearer" else {
            throw problem(.unauthorized, nil, "This needs a token: send it as Authorization: Bearer.")
        }
        let token = credentials.utf8[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }
        guard !token.isEmpty, token.allSatisfy(Self.isToken68) else {
            throw problem(.badRequest, "invalid_request", "After Bearer there must be one token.")
        }
        return String(Substring(token))
    }

    /// What a token consists of (RFC 9110 §11.2); the `=` stands only at its end there, where ours have none.
    private static func isToken68(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    private func problem(_ status: HTTPStatus, _ error: String?, _ description: String) -> Problem {
        let reason = error.map { ", error=\"\($0)\", error_description=\"\(description)\"" } ?? ""
        return Problem(
            status, description, fields: [.init("WWW-Authenticate", "Bearer realm=\"\(realm)\"\(reason)")])
    }
}
