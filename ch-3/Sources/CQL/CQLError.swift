/// Why a request has failed. What to do about it is its ``remedy``.
package enum CQLError: Error, Sendable, Equatable {
    /// There was no connection, and the attempt to make one has failed: for this reason.
    case notConnected(String)
    /// The connection has ended before the answer came. Whether the server has done what it was asked is not known.
    case connectionLost(String)
    /// No answer has come for so long. The connection was given up for it, and all other requests on it with it.
    case timedOut(Duration)
    /// The server has answered with an error.
    case server(ServerError)
    /// The server wants a user and a password, and the settings have none; or it wants something else than these.
    case credentialsNeeded(String)
    /// It is not what version 4 of the protocol has, or more of that than this client supports.
    case malformedAnswer(String)
    /// A value of a row is null, or of another type than what it was asked for.
    case unexpectedValue(String)
    /// It does not fit into the protocol, or its values do not fit the statement. Nothing has been sent.
    case invalidRequest(String)
    /// The session has been stopped.
    case stopped

    /// What the caller should do next.
    package enum Remedy: Sendable {
        /// The same request later: it may succeed then.
        ///
        /// Whether it has been done already cannot always be known, so this is for requests that may be done twice: those
        /// that write absolute values with a timestamp of their own.
        case retry
        /// `prepare`, and then the same request. The session does this by itself; only a server that forgets a statement
        /// each time it has been prepared makes it give up.
        case prepareAgain
        /// Not the same request again: it will fail in the same way until somebody changes something.
        case giveUp
    }

    package var remedy: Remedy {
        switch self {
        case .notConnected, .connectionLost, .timedOut: .retry
        case .server(let error): error.remedy
        case .credentialsNeeded, .malformedAnswer, .unexpectedValue, .invalidRequest, .stopped: .giveUp
        }
    }

    /// For a response that is not one to the request: the server's error, or no Cassandra at all.
    static func unexpected(_ response: Response) -> CQLError {
        if case .error(let error) = response { return .server(error) }
        return .malformedAnswer("the server's answer is none to what it was asked")
    }
}

extension CQLError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notConnected(let reason), .connectionLost(let reason), .credentialsNeeded(let reason),
            .malformedAnswer(let reason), .unexpectedValue(let reason), .invalidRequest(let reason):
            reason
        case .timedOut(let duration): "Cassandra has not answered for \(duration)"
        case .server(let error): "\(error)"
        case .stopped: "the session has been stopped"
        }
    }
}
