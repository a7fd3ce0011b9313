extension ResponseBody {
    /// A body that is written while it comes to be: its length is not known before its end, and it may have none.
    ///
    /// Sent as chunks (RFC 9112 §7.1), or up to the end of the connection to a client of HTTP/1.0.
    ///
    /// - Parameter produce: writes the body and returns at its end. Its task is cancelled when the client is gone or the
    ///   server shuts down. If it throws, the connection is ended without the last chunk, so that the client can tell that
    ///   the body is not whole.
    package static func stream(_ produce: @escaping @Sendable (BodyWriter) async throws -> Void) -> ResponseBody {
        .stream(ProducedStream(produce: produce))
    }
}

private struct ProducedStream: BodyStream {
    let produce: @Sendable (BodyWriter) async throws -> Void

    func write(to connection: isolated Connection, framing: BodyFraming) async throws {
        try await produce(BodyWriter(connection: connection, isChunked: framing == .chunked))
        if framing == .chunked { connection.append("0\r\n\r\n".utf8) }
    }
}

/// Takes the pieces of a body on their way to the client.
///
/// Not `Sendable`: two tasks that write at the same time would mix their pieces, and the compiler does not let them.
package struct BodyWriter {
    private let connection: Connection
    private let isChunked: Bool

    fileprivate init(connection: Connection, isChunked: Bool) {
        self.connection = connection
        self.isChunked = isChunked
    }

    /// Sends a piece, and returns when the kernel has taken all of it.
    ///
    /// That is the back-pressure: a client that does not read makes the caller wait, and nothing piles up in memory. After
    /// `HTTPServer.Limits.writeTimeout` without any progress the connection is closed.
    ///
    /// - Throws: if the connection is lost; `CancellationError` when the client is gone or the server shuts down, so that
    ///   a producer ends even if it does not look for that. The piece has been sent nevertheless: it may be a last word.
    package func write(_ bytes: [UInt8]) async throws {
        // An empty chunk would mean the end.
        guard !bytes.isEmpty else { return }
        try await connection.write(bytes, isChunked: isChunked)
    }
}

@available(*, unavailable)
extension BodyWriter: Sendable {}

extension Connection {
    fileprivate func write(_ bytes: [UInt8], isChunked: Bool) async throws {
        if isChunked {
            append("\(String(bytes.count, radix: 16))\r\n".utf8)
            append(bytes)
            append("\r\n".utf8)
        } else {
            append(bytes)
        }
        try await flush()
        try Task.checkCancellation()
        // One piece a turn: a client that reads as fast as we write must not keep the loop to itself.
        await loop.nextTurn()
    }
}
