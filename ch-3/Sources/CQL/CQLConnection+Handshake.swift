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
            try await connection.startUp()
            connection.begin()
            return connection
        } catch {
            connection.close(.stopped)
            throw error
        }
    }

    private func startUp() async throws {
        switch try await ask(.startup) {
        case .ready: return
        case .authenticate(let authenticator): try await authenticate(with: authenticator)
        case let other: throw CQLError.unexpected(other)
        }
    }

    /// SASL PLAIN (RFC 4616), as Cassandra's PasswordAuthenticator wants it: one message, without a challenge (§ 4.2.3).
    private func authenticate(with authenticator: String) async throws {
        guard let credentials = settings.credentials else {
            throw CQLError.credentialsNeeded("the server wants a user and a password (\(authenticator))")
        }
        switch try await ask(.authResponse(token: credentials.plainToken)) {
        case .authSuccess: return
        case .authChallenge:
            throw CQLError.credentialsNeeded("the server wants more than a user and a password (\(authenticator))")
        case let other: throw CQLError.unexpected(other)
        }
    }

    private func ask(_ request: Request) async throws -> Response {
        let frame = try request.encode(frameBytesMax: settings.frameBytesMax)
        let answer = try await send(frame, timeout: settings.connectTimeout)
        do throws(MalformedMessage) {
            return try Response.decode(answer).response
        } catch {
            throw CQLError.malformedAnswer(error)
        }
    }
}

extension CQLError {
    /// For a response that is not one to the request: the server's error, or no Cassandra at all.
    static func unexpected(_ response: Response) -> CQLError {
        if case .error(let error) = response { return .server(error) }
        return .notCassandra("the server has answered \(response.name), which is no answer to what it was asked")
    }
}
