private import Configuration
private import Glibc
private import HTTP
private import Lifecycle
private import Logging

@main
struct Main {
    static func main() {
        ShutdownSignals.runMain { signals in await run(until: signals) }
    }

    /// - Returns: the exit status, in the numbers of sysexits.h.
    private static func run(until signals: ShutdownSignals) async -> Int32 {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            if arguments == ["--help"] || arguments == ["-h"] {
                print(SimulatorConfiguration.usage)
                return EXIT_SUCCESS
            }
            let configuration = try SimulatorConfiguration(arguments: arguments)
            let server = try SimulatorServer(configuration, logger: Logger(level: configuration.logLevel))
            signals.onFirst(server.shutdown)
            // Whoever has started the simulator waits for this line, so it must not stay in a buffer.
            let line = Array("listening on \(configuration.host):\(server.port)\n".utf8)
            write(STDOUT_FILENO, line, line.count)
            try await server.run()
            return EXIT_SUCCESS
        } catch {
            StandardError().write(line: Array("simulator: \(error)\n".utf8))
            return error is ListenError ? 69 : error is ConfigurationError || error is UsageError ? 64 : 70
        }
    }
}
