import Foundation
import TestSupport

/// `openssl s_server` with a certificate of its own, which answers every request with the same bytes.
final class OpenSSLServer: Sendable {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)
    private static let program = "/usr/bin/openssl"

    let url: String
    let certificateFile: String
    private let folder: URL
    private let process: Process

    init(
        name: String = "IP:127.0.0.1", arguments: [String] = [],
        answer: String = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\ndata: b\n\n"
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "openssl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(answer.utf8).write(to: folder.appending(path: "stream"))
        certificateFile = folder.appending(path: "certificate.pem").path

        let request = Self.process(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", "key.pem", "-out",
                "certificate.pem",
            ], in: folder)
        try await blocking {
            try request.run()
            request.waitUntilExit()
        }

        // -HTTP: what a GET names is a file, and the file is the whole response.
        let accept = ["s_server", "-accept", "127.0.0.1:0", "-key", "key.pem", "-cert", "certificate.pem", "-HTTP"]
        process = Self.process(accept + arguments, in: folder)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = try await blocking { try Self.untilReady(output) }
        let port = said.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
        url = "https://127.0.0.1:\(port)/stream"
    }

    deinit {
        // Not `terminate`: the child has inherited a mask that blocks SIGTERM.
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    /// It says `ACCEPT 127.0.0.1:40123` when it is ready.
    private static func untilReady(_ output: Pipe) throws -> String {
        var said = ""
        while !said.hasSuffix("\n") || !said.contains("ACCEPT") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw OpenSSLServerError(said: said) }
            said += String(decoding: data, as: UTF8.self)
        }
        return said
    }

    private static func process(_ arguments: [String], in folder: URL) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // A pipe of its own, or it would end with the end of standard input.
        process.standardInput = Pipe()
        return process
    }
}

struct OpenSSLServerError: Error {
    let said: String
}
