import HTTP
import HTTPTestSupport

/// A handler that answers with what `produce` writes.
func streaming(
    _ produce: @escaping @Sendable (BodyWriter) async throws -> Void
) -> @Sendable (HTTPRequest) async -> HTTPResponse {
    { _ in HTTPResponse(.ok, contentType: "text/plain", body: .stream(produce)) }
}

/// A handler that answers with these pieces, one after the other.
func streaming(_ pieces: [String]) -> @Sendable (HTTPRequest) async -> HTTPResponse {
    streaming { writer in
        for piece in pieces { try await writer.write(Array(piece.utf8)) }
    }
}

func streaming(_ pieces: String...) -> @Sendable (HTTPRequest) async -> HTTPResponse {
    streaming(pieces)
}

extension TestSocket {
    /// What comes, until these characters have come.
    func receiveText(upTo end: String) throws(TestSocketError) -> String {
        var text = ""
        while !text.hasSuffix(end) {
            let bytes = try receive()
            guard !bytes.isEmpty else { throw .endedEarly(received: text) }
            text += String(decoding: bytes, as: UTF8.self)
        }
        return text
    }
}
