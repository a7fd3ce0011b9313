internal import Auth
internal import HTTP
internal import JSON
internal import Logging

extension Router {
    /// `POST /login` with a name and a password → 200 with a token, as OAuth 2.0 answers (RFC 6749 §5.1).
    ///
    /// A wrong name and a wrong password are the same 401. Its challenge is `Bearer`, which a 401 must have (RFC 9110 §15.5.2)
    /// and browsers ignore: a name and a password in a body are no scheme, and `Basic` would make a browser ask for them itself.
    ///
    /// - Parameters:
    ///   - login: who may sign in; `nil`: nobody.
    ///   - issue: makes a token for a user.
    mutating func addLogin(
        _ login: PasswordLogin?, logger: Logger, issue: @escaping @Sendable (_ subject: String) throws -> IssuedToken
    ) {
        on(.post, "/login") { request in
            guard let login else {
                throw Problem(.serviceUnavailable, "Nobody can sign in here: no users are set up.")
            }
            let credentials = try LoginRequest(request)
            do {
                let user = try await login.user(credentials.username, credentials.password, from: request.peer)
                guard let user else {
                    // Without the name: people type their password there.
                    logger.info("login refused", ["peer": "\(request.peer)"])
                    throw Problem(
                        .unauthorized, "The user name or the password is wrong.",
                        fields: [.init("WWW-Authenticate", "Bearer")])
                }
                let token = try issue(user.text)
                logger.info("login", ["user": "\(user.text)", "peer": "\(request.peer)"])
                return token.response
            } catch let error as TooManyFailedLogins {
                throw Problem(
                    .tooManyRequests, "There were too many wrong passwords for this user, or from this address.",
                    fields: [.retryAfter(error.retryAfter)])
            } catch is TooManyLogins {
                throw Problem(
                    .serviceUnavailable, "Too many are signing in just now.", fields: [.retryAfter(.seconds(1))])
            }
        }
    }
}

extension IssuedToken {
    /// `{"access_token":"…","token_type":"Bearer","expires_in":3600}`, not to be kept by any cache.
    fileprivate var response: HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.member("access_token", text)
            json.member("token_type", "Bearer")
            json.member("expires_in", expiresInSeconds)
        }
        var response = HTTPResponse.json(json.bytes)
        response.fields.append(.init("Cache-Control", "no-store"))
        return response
    }
}
