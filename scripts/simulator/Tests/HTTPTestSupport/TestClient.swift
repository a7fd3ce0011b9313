private import Locking
private import TestSupport

/// A ``TestSocket`` for tests that are `async`: each call blocks a thread of its own, and not one of Swift's.
package final class TestClient: Sendable {
    private let socket: TestSocket
    private let reader: Locked<TestResponseReader>

    private init(_ socket: TestSocket) {
        self.socket = socket
        reader = Locked(TestResponseReader(socket: socket))
    }

    package static func connect(
        host: String = "127.0.0.1", port: Int, source: String? = nil, receiveBufferBytes: Int32? = nil
    ) async throws -> TestClient {
        try await blocking {
            TestClient(
                try TestSocket(host: host, port: port, source: source, receiveBufferBytes: receiveBufferBytes))
        }
    }

    package func send(_ bytes: some Sequence<UInt8> & Sendable) async throws {
        try await blocking { [socket] in try socket.send(bytes) }
    }

    package func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// The next response, also one with a status of 1xx.
    package func response(isToHEAD: Bool = false) async throws -> TestResponse {
        try await blocking { [reader] in try reader.withLock { try $0.read(isToHEAD: isToHEAD) } }
    }

    package func get(_ path: String) async throws -> TestResponse {
        try await send("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
        return try await response()
    }

    /// Everything up to the end of the connection; empty if the server ends it without a word.
    package func receiveToEnd() async throws -> String {
        try await blocking { [reader] in
            String(decoding: try reader.withLock { try $0.readToEnd() }, as: UTF8.self)
        }
    }

    package func canReceive(withinMilliseconds milliseconds: Int32) async throws -> Bool {
        try await blocking { [socket] in socket.canReceive(withinMilliseconds: milliseconds) }
    }

    /// Ends our side: the server sees the end of what we send, and can still answer.
    package func endSending() {
        socket.endSending()
    }

    /// Ends both sides.
    package func disconnect() {
        socket.disconnect()
    }

    /// Makes the end of this client a reset, which tells the server that nobody is there any more.
    package func resetWhenClosed() {
        socket.resetWhenClosed()
    }
}
