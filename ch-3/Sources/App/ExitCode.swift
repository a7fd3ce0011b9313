private import Auth
private import CQL
private import Configuration
private import HTTP

/// How the program ends, in the numbers of sysexits.h.
package enum ExitCode: Int32, Sendable {
    case success = 0
    /// The answer of `check` is no.
    case failure = 1
    /// EX_USAGE: a word, a setting or an input that cannot be used.
    case usage = 64
    /// EX_UNAVAILABLE: something that is needed cannot be had, such as the port, or a Cassandra that lets us in.
    case unavailable = 69
    /// EX_SOFTWARE: a part of the program has failed, or has not ended in time.
    case software = 70

    package init(_ error: any Error) {
        self =
            switch error {
            case is UsageError, is ConfigurationError, is DotEnvError, is UsersFileError, is HashPasswordError: .usage
            case is ListenError, is CQLError: .unavailable
            default: .software
            }
    }
}
