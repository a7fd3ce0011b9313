/// What a handler answers.
///
/// The connection adds `Date`, `Content-Length` or `Transfer-Encoding`, and `Connection`: a handler does not set them.
package struct HTTPResponse: Sendable {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String

        /// Name and value come from the program. A control character in one would let whoever supplied it write further
        /// fields, or a whole second response, so it stops the program here.
        package init(_ name: String, _ value: String) {
            precondition((name + value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "control character in a field")
            self.name = name
            self.value = value
        }
    }

    package var status: HTTPStatus
    package var fields: [Field]
    package var body: any ResponseBody

    package static let emptyBody: [UInt8] = []

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
        HTTPResponse(status, contentType: "application/json", body: bytes)
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
