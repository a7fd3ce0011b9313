extension CQLConnection {
    /// Connects, and makes the connection ready for requests: STARTUP, and what the server then wants to know (§ 4.1.1).
    ///
    /// - Throws: ``CQLError`` or `CancellationError`; the connection is closed then.
    static func open(_ contactPoint: ContactPoint, _ settings: CQLSession.Settings) async throws -> CQLConnection {
        let connection = CQLConnection(contactPoint, settings)
        SocketLoop.start(connection)
        // For all of it together, the name server included.
        let timer = Task {
            try await Task.sleep(for: settings.connectTimeout)
            connection.close(.timedOut(settings.connectTimeout))
        }
        defer { timer.cancel() }
        do {
            switch try await connection.ask(.startup, timeout: settings.connectTimeout) {
            case .ready: break
            case .authenticate(let authenticator): try await connection.authenticate(with: authenticator)
            case let other: throw CQLError.unexpected(other)
            }
            return connection
        } catch {
            connection.close(.stopped)
            throw error
        }
    }

    /// SASL PLAIN (RFC 4616), as Cassandra's PasswordAuthenticator wants it: one message, without a challenge (§ 4.2.3).
    private func authenticate(with authenticator: String) async throws {
        guard let credentials = settings.credentials else {
            throw CQLError.credentialsNeeded("the server wants a user and a password (\(authenticator))")
        }
        switch try await ask(.authResponse(token: credentials.plainToken), timeout: settings.connectTimeout) {
        case .authSuccess: return
        case .other(.authChallenge):
            throw CQLError.credentialsNeeded("the server wants more than a user and a password (\(authenticator))")
        case let other: throw CQLError.unexpected(other)
        }
    }
}
