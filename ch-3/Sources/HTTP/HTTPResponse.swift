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
    package var body: any ResponseBody

    package static let emptyBody: [UInt8] = []
    private static let jsonFields = [Field("Content-Type", "application/json")]

    package init(_ status: HTTPStatus, fields: [Field] = [], body: any ResponseBody = Self.emptyBody) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package init(_ status: HTTPStatus, fields: [Field] = [], contentType: String, body: any ResponseBody) {
        self.init(status, fields: [Field("Content-Type", contentType)] + fields, body: body)
    }

    /// - Parameter bytes: a JSON document in UTF-8.
    package static func json(_ bytes: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status, fields: jsonFields, body: bytes)
    }
}

/// What a response carries. Bytes that are there already are the usual one.
package protocol ResponseBody: Sendable {
    /// How many bytes `write` will write; `nil` if that is not known before the end.
    var byteCount: Int? { get }

    /// Writes the body after the head, in the form that the head has announced. Runs on the connection's loop.
    func write(to connection: isolated Connection, framing: BodyFraming) async throws
}

extension [UInt8]: ResponseBody {
    package var byteCount: Int? { count }

    package func write(to connection: isolated Connection, framing: BodyFraming) async throws {
        connection.append(self)
    }
}
