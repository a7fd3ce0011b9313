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
    /// What answers is not a Cassandra that speaks version 4 of the protocol.
    case notCassandra(String)
    case malformedAnswer(MalformedMessage)
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
        case .credentialsNeeded, .notCassandra, .malformedAnswer, .invalidRequest, .stopped: .giveUp
        }
    }
}

extension ServerError {
    package var remedy: CQLError.Remedy {
        switch kind {
        case .serverError, .unavailable, .overloaded, .isBootstrapping, .truncateError, .writeTimeout, .readTimeout,
            .readFailure, .writeFailure:
            .retry
        case .unprepared:
            .prepareAgain
        case .protocolError, .badCredentials, .functionFailure, .syntaxError, .unauthorized, .invalid, .configError,
            .alreadyExists, .unknown:
            .giveUp
        }
    }
}

extension CQLError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notConnected(let reason): "no connection: \(reason)"
        case .connectionLost(let reason): "the connection to Cassandra was lost: \(reason)"
        case .timedOut(let duration): "Cassandra has not answered for \(duration)"
        case .server(let error): "\(error)"
        case .credentialsNeeded(let reason): reason
        case .notCassandra(let reason): reason
        case .malformedAnswer(let error): "Cassandra's answer cannot be read: \(error)"
        case .invalidRequest(let reason): reason
        case .stopped: "the session has been stopped"
        }
    }
}
