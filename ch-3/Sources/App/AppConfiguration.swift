internal import Auth
package import Configuration
package import EventSource
package import Logging

/// The program's settings, read once from the environment.
package struct AppConfiguration: Sendable {
    package let host: String
    package let port: Int
    package let logLevel: LogLevel
    package let shutdownTimeout: Duration
    package let requestTimeout: Duration
    package let streamURL: StreamURL
    package let streamFormat: StreamFormat
    package let streamUserAgent: String
    package let printsChanges: Bool
    /// `nil` for one that is made when the program starts.
    package let jwtSecret: Secret?
    package let jwtTimeToLiveSeconds: Int
    /// Where the users are; `nil` without one.
    package let usersFile: String?
    package let storage: StorageConfiguration

    /// - Throws: for the first key whose value cannot be used.
    package init(environment: [String: String]) throws(ConfigurationError) {
        host = try Keys.host.value(in: environment)
        port = try Keys.port.value(in: environment)
        logLevel = try Keys.logLevel.value(in: environment)
        shutdownTimeout = .seconds(try Keys.shutdownTimeoutSeconds.value(in: environment))
        requestTimeout = .seconds(try Keys.requestTimeoutSeconds.value(in: environment))
        let url = try Keys.streamURL.value(in: environment)
        guard let streamURL = StreamURL(url) else { throw Keys.streamURL.error(url) }
        self.streamURL = streamURL
        streamFormat = try Keys.streamFormat.value(in: environment)
        streamUserAgent = try Keys.streamUserAgent.value(in: environment)
        printsChanges = try Keys.printChanges.value(in: environment)
        jwtSecret = try Keys.jwtSecret.value(in: environment)
        jwtTimeToLiveSeconds = try Keys.jwtTimeToLiveSeconds.value(in: environment)
        usersFile = try Keys.usersFile.value(in: environment).text
        storage = try StorageConfiguration(environment: environment)
    }

    /// The keys as `--help` lists them.
    package static let help = [
        Keys.host.help,
        Keys.port.help,
        Keys.logLevel.help,
        Keys.shutdownTimeoutSeconds.help,
        Keys.requestTimeoutSeconds.help,
        Keys.streamURL.help,
        Keys.streamFormat.help,
        Keys.streamUserAgent.help,
        Keys.printChanges.help,
        Keys.jwtSecret.help,
        Keys.jwtTimeToLiveSeconds.help,
        Keys.usersFile.help,
        StorageConfiguration.help,
    ].joined(separator: "\n")

    private enum Keys {
        static let host = ConfigurationKey.text(
            "HOST", default: "127.0.0.1", summary: "address to listen on; 0.0.0.0 for all of this machine")
        static let port = ConfigurationKey.integer(
            "PORT", default: 7000, in: 0...65535, summary: "TCP port to listen on; 0 lets the system choose")
        static let logLevel = ConfigurationKey(
            "LOG_LEVEL", default: LogLevel.info,
            expected: "one of \(LogLevel.allCases.map(\.rawValue).joined(separator: ", "))",
            summary: "the least important lines that are logged", parse: LogLevel.init(name:))
        static let shutdownTimeoutSeconds = ConfigurationKey.integer(
            "SHUTDOWN_TIMEOUT_SECONDS", default: 10, in: 1...3600, summary: "how long what has begun may take to finish"
        )
        static let requestTimeoutSeconds = ConfigurationKey.integer(
            "REQUEST_TIMEOUT_SECONDS", default: 5, in: 1...3600, summary: "how long a request may take to be answered")
        static let streamURL = ConfigurationKey(
            "WIKIPEDIA_STREAM_URL", default: "https://stream.wikimedia.org/v2/stream/recentchange",
            expected: "a URL that starts with https:// or http://", summary: "the stream of changes to follow",
            parse: { StreamURL($0) == nil ? nil : $0 })
        static let streamFormat = ConfigurationKey.choice(
            "STREAM_FORMAT", default: StreamFormat.sse, summary: "the form of the stream to ask for")
        static let streamUserAgent = ConfigurationKey(
            "STREAM_USER_AGENT", default: "wiki-stats/\(Application.version)", expected: "printable ASCII characters",
            summary: "who follows the stream; Wikimedia asks for an address where you can be reached",
            // A line break would begin another header field.
            parse: { $0.utf8.allSatisfy { 0x20...0x7E ~= $0 } ? $0 : nil })
        static let printChanges = ConfigurationKey.boolean(
            "PRINT_CHANGES", default: false, summary: "whether each change is written to standard output")
        static let jwtSecret = SecretKey(
            "JWT_SECRET", bytesMin: JSONWebTokens.keyBytesMin, summary: "signs the tokens: 32 random bytes or more",
            otherwise: "random, so tokens end with the process")
        static let jwtTimeToLiveSeconds = ConfigurationKey.integer(
            "JWT_TTL_SECONDS", default: 3600, in: 1...86_400, summary: "how long a token is valid")
        static let usersFile = ConfigurationKey.optionalText(
            "USERS_FILE", otherwise: "admin, with a password for the terminal; without one nobody",
            summary: "who may sign in, a line of hash-password NAME each")
    }
}
