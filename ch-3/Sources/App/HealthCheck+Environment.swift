package import Configuration

extension HealthCheck {
    /// Asks for the status on the host and the port that these settings name.
    package static func exitCode(environment: [String: String]) throws(ConfigurationError) -> ExitCode {
        let configuration = try AppConfiguration(environment: environment)
        return isHealthy(host: configuration.host, port: configuration.port, path: "/status") ? .success : .failure
    }
}
