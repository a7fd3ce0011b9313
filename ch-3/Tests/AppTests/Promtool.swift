import Foundation
import TestSupport

/// `promtool`, which comes with Prometheus and reads metrics as it does.
enum Promtool {
    static let isWanted = isInstalled || areRequired
    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)
    private static let program = "/usr/bin/promtool"
    /// Where everything has to be tested, a test without its program fails.
    private static let areRequired = ProcessInfo.processInfo.environment["REQUIRE_SERVERS"] == "1"

    /// What `promtool check metrics` finds wrong with a text; nothing, if it is right.
    static func complaints(about text: String) async throws -> String {
        try await blocking {
            let process = Process()
            process.executableURL = URL(filePath: program)
            process.arguments = ["check", "metrics"]
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            process.standardError = output
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
            try input.fileHandleForWriting.close()
            let said = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            let status = process.terminationStatus
            return String(decoding: said, as: UTF8.self) + (status == 0 ? "" : "exit status \(status)")
        }
    }
}
