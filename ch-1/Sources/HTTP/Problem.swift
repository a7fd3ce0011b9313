internal import JSON

/// An error as the client gets it: RFC 9457, `application/problem+json`.
///
/// The parser throws it for what it refuses, and a handler may throw it to end its request.
package struct Problem: Error, Sendable, Equatable {
    package let status: HTTPStatus
    /// What is wrong with this request, in a sentence for the one who sent it. Never holds anything secret.
    package let detail: String
    /// Fields that the answer needs besides, such as `Allow`.
    package let fields: [HTTPResponse.Field]

    package init(_ status: HTTPStatus, _ detail: String, fields: [HTTPResponse.Field] = []) {
        self.status = status
        self.detail = detail
        self.fields = fields
    }

    package var response: HTTPResponse {
        HTTPResponse(status, fields: fields, contentType: "application/problem+json", body: .bytes(json))
    }

    /// `{"type":"about:blank","title":"Not Found","status":404,"detail":"…"}`
    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("type", "about:blank")
            json.member("title", status.reason)
            json.member("status", status.code)
            json.member("detail", detail)
        }
        return json.bytes
    }
}
