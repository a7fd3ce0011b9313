/// What a handler answers.
///
/// The connection adds `Date`, `Content-Length` or `Transfer-Encoding`, and `Connection`: a handler does not set them.
package struct HTTPResponse: Sendable {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String

        /// Control characters become spaces: a line break in a value that somebody else has supplied would let them write
        /// further fields, or a whole second response.
        package init(_ name: String, _ value: String) {
            self.name = Self.withoutControls(name)
            self.value = Self.withoutControls(value)
        }

        private static func withoutControls(_ text: String) -> String {
            guard text.utf8.contains(where: \.isControl) else { return text }
            return String(decoding: text.utf8.map { $0.isControl ? .space : $0 }, as: UTF8.self)
        }
    }

    package var status: HTTPStatus
    package var fields: [Field]
    package var body: ResponseBody

    private static let jsonFields = [Field("Content-Type", "application/json")]

    package init(_ status: HTTPStatus, fields: [Field] = [], body: ResponseBody = .bytes([])) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package init(_ status: HTTPStatus, fields: [Field] = [], contentType: String, body: ResponseBody) {
        self.init(status, fields: [Field("Content-Type", contentType)] + fields, body: body)
    }

    /// - Parameter bytes: a JSON document in UTF-8.
    package static func json(_ bytes: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status, fields: jsonFields, body: .bytes(bytes))
    }
}

/// What a response carries.
package enum ResponseBody: Sendable {
    /// Bytes that are there already: the usual one.
    case bytes([UInt8])
    /// Bytes that come to be while they are sent, how many is not known before their end.
    case stream(any BodyStream)
}

/// A response body that writes itself.
package protocol BodyStream: Sendable {
    /// Writes the body after the head, in the form that the head has announced. Runs on the connection's loop.
    func write(to connection: isolated Connection, framing: BodyFraming) async throws
}
