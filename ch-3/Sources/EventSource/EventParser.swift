/// Takes events out of a body that comes in pieces of any size.
///
/// Pure: it sees bytes and says what they are. How they are split makes no difference to what it says.
protocol EventParser {
    /// The id to resume after: that of the last event which was given out or skipped. Empty if there was none.
    var lastEventID: String { get }
    /// How long the stream asks its readers to wait before they reconnect, if it does.
    var retryDelay: Duration? { get }
    /// How many events were too large, and left out.
    var skippedCount: Int { get }

    /// Takes in the next piece of the body.
    mutating func append(_ chunk: [UInt8])

    /// The next event that is complete, `nil` if more bytes are needed for it.
    mutating func next() -> ServerSentEvent?
}
