private import App
private import Configuration
private import Glibc
private import HTTP
private import Lifecycle
private import Logging

@main
struct Main {
    static func main() {
        ShutdownSignals.runMain { signals in await run(until: signals).rawValue }
    }

    private static func run(until signals: ShutdownSignals) async -> ExitCode {
        do {
            switch try Command(arguments: Array(CommandLine.arguments.dropFirst())) {
            case .help: print(Command.usage)
            case .version: print("wiki-stats \(Application.version)")
            case .check: return try check()
            case .serve: try await serve(until: signals)
            }
            return .success
        } catch {
            StandardError().write(line: Array("\(error)\n".utf8))
            return ExitCode(error)
        }
    }

    private static func check() throws -> ExitCode {
        let configuration = try AppConfiguration(environment: DotEnv.environment())
        let isHealthy = HealthCheck.isHealthy(host: configuration.host, port: configuration.port, path: "/status")
        return isHealthy ? .success : .failure
    }

    private static func serve(until signals: ShutdownSignals) async throws {
        let configuration = try AppConfiguration(environment: DotEnv.environment())
        let logger = Logger(level: configuration.logLevel)
        let application = try Application(configuration: configuration, logger: logger)
        signals.onFirst(application.shutdown)
        try await application.run()
    }
}
