/// A whole request: its head, and its body, which has been read.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    /// Percent-decoded, with one leading slash: `/status`. See ``RequestTarget``.
    package let path: String
    /// What follows the `?`, as it came; `nil` without one.
    package let query: String?
    package let fields: HTTPFields
    package let body: [UInt8]
    package let peer: PeerAddress

    init(head: RequestHead, body: [UInt8], peer: PeerAddress) {
        method = head.method
        path = head.target.path
        query = head.target.query
        fields = head.fields
        self.body = body
        self.peer = peer
    }
}
