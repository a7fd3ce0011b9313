/// One event of a stream.
package struct ServerSentEvent: Sendable, Equatable {
    /// What the stream calls this kind of event: `message` where it says nothing.
    package var type: String
    /// The bytes as they came; lines are joined by a line feed. Meant to be UTF-8, and not checked here.
    package var data: [UInt8]
    /// The last id that the stream has given, with this event or before it: empty if there was none yet.
    package var id: String

    package init(type: String = "message", data: [UInt8], id: String = "") {
        self.type = type
        self.data = data
        self.id = id
    }
}
