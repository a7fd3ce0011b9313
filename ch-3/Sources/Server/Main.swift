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
            case .check: return try HealthCheck.exitCode(environment: DotEnv.environment())
            case .hashPassword(let name): try await HashPassword.run(name: name, until: signals)
            case .serve: try await serve(until: signals)
            }
            return .success
        } catch {
            StandardError().write(line: Array("\(error)\n".utf8))
            return ExitCode(error)
        }
    }

    private static func serve(until signals: ShutdownSignals) async throws {
        let configuration = try AppConfiguration(environment: DotEnv.environment())
        let logger = Logger(level: configuration.logLevel)
        let application = try Application(
            configuration: configuration, logger: logger, terminal: Terminal.standardError)
        signals.onFirst(application.shutdown)
        try await application.run()
    }
}
