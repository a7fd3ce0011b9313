import HTTPTestSupport
import ScriptedServer
import TestSupport
import Testing

/// The built program, as a child process.
struct Program: Sendable {
    let process: ChildProcess
    let port: Int

    /// Starts it, without waiting for anything.
    ///
    /// - Parameter directory: where it finds its `.env`; by default there is none.
    static func launch(
        _ arguments: [String] = [], environment: [String: String] = [:], in directory: String = "/proc/self",
        standardOutput: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/env", arguments: ["--chdir=\(directory)", Executable.path] + arguments, environment: environment,
            standardOutput: standardOutput)
    }

    /// Starts it and returns when it serves, on a port that the system has chosen.
    ///
    /// - Parameter server: whose stream it follows; without one it finds none.
    static func start(
        following server: ScriptedServer? = nil, _ environment: [String: String] = [:],
        in directory: String = "/proc/self",
        standardOutput: ChildProcess.Output = .captured
    ) async throws -> Program {
        let followed = server.map { ["WIKIPEDIA_STREAM_URL": $0.url()] } ?? [:]
        let process = try launch(
            environment: offline.merging(followed) { $1 }.merging(environment) { $1 }, in: directory,
            standardOutput: standardOutput)
        let log = try await process.standardError(upTo: "\n")
        let port = try #require(log.firstMatch(of: /"message":"started".*"port":(\d+)/)?.1, "\(log)")
        return Program(process: process, port: try #require(Int(port)))
    }
}
