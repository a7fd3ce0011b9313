package import Configuration
package import Logging

/// The program's settings, read once from the environment.
package struct AppConfiguration: Sendable {
    package let host: String
    package let port: Int
    package let logLevel: LogLevel
    package let shutdownTimeout: Duration
    package let requestTimeout: Duration

    /// - Throws: for the first key whose value cannot be used.
    package init(environment: [String: String]) throws(ConfigurationError) {
        host = try Keys.host.value(in: environment)
        port = try Keys.port.value(in: environment)
        logLevel = try Keys.logLevel.value(in: environment)
        shutdownTimeout = .seconds(try Keys.shutdownTimeoutSeconds.value(in: environment))
        requestTimeout = .seconds(try Keys.requestTimeoutSeconds.value(in: environment))
    }

    /// The keys as `--help` lists them.
    package static let help = [
        Keys.host.help,
        Keys.port.help,
        Keys.logLevel.help,
        Keys.shutdownTimeoutSeconds.help,
        Keys.requestTimeoutSeconds.help,
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
    }
}
