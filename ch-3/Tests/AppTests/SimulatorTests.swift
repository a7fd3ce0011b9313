import EventSource
import Foundation
import Glibc
import HTTPTestSupport
import TestSupport
import Testing

/// The simulator behaves as badly as it can, and still everything is counted once.
@Suite(
    .enabled(
        if: Simulator.path != nil || Captures.areRequired,
        "set TEST_SIMULATOR to the built executable of scripts/simulator, as scripts/test does"),
    .timeLimit(.minutes(2)))
struct SimulatorTests {
    @Test(
        arguments: [
            (.sse, ["--disconnect-in-frame"]), (.sse, ["--disconnect-abruptly"]),
            (.ndjson, ["--disconnect-in-frame", "--disconnect-abruptly"]),
        ] as [(StreamFormat, [String])])
    func theTotalsAreTheExpectedOnes(format: StreamFormat, switches: [String]) async throws {
        let simulator = try await Simulator.start(
            [
                "--total", "20000", "--disconnect-every-events", "700", "--step-back-every", "100", "--canary-every",
                "90",
                "--malformed-every", "110", "--topic-stretch", "3000", "--huge-every", "5000",
            ] + switches)
        let expected = try await simulator.expected()
        #expect(expected.messages == 20_000)

        try await Counting.of(simulator.url("/v2/stream/recentchange"), format: format) { counting in
            while await !eventually({ (try? await counting.totals().messages) ?? 0 >= expected.messages }) {
                try Task.checkCancellation()
            }

            let atFirst = try await counting.totals()
            #expect(atFirst == expected)
            await counting.leaveStream()
            let atLast = try await counting.totals()
            #expect(atLast == expected)
            #expect(counting.log.contains("\"format\":\"\(format)\""))
            #expect(counting.log.lines.count { $0.contains("stream connected") } > 20)
        }
    }
}

private struct Simulator: Sendable {
    static let path = ProcessInfo.processInfo.environment["TEST_SIMULATOR"]

    private let process: ChildProcess
    private let port: Int

    static func start(_ switches: [String]) async throws -> Simulator {
        let path = try #require(path, "TEST_SIMULATOR is not set")
        let process = try ChildProcess(path, arguments: ["--port", "0"] + switches)
        let line = try await process.standardOutput(upTo: "\n")
        let port = try #require(line.firstMatch(of: /^listening on 127\.0\.0\.1:(\d+)\n/)?.1, "\(line)")
        return Simulator(process: process, port: try #require(Int(port)))
    }

    func url(_ path: String) -> String {
        "http://127.0.0.1:\(port)\(path)"
    }

    /// What a reader of all events must have counted.
    func expected() async throws -> Totals {
        try .decode(await TestClient.connect(port: port).get("/expected").body)
    }
}
