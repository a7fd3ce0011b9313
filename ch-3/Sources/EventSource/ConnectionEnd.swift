/// Why a connection to the stream has ended, or has not come about.
package enum ConnectionEnd: Error, Sendable, Equatable {
    /// The server has ended the body, as Wikimedia does every 15 minutes.
    case completed
    /// 204: the server asks its readers not to come back (WHATWG HTML § 9.2.3).
    case noContent
    /// Any other status than 200.
    case status(Int, retryAfter: Duration?)
    /// A body that is not a stream of events.
    case contentType(String?)
    /// Nothing has come for so long.
    case silence(Duration)
    /// No name, no route, refused, reset, cut off, no trust, a broken encoding: in the words of libcurl.
    case failure(String)
    /// The reader's task was cancelled.
    case cancelled
}

extension ConnectionEnd: CustomStringConvertible {
    package var description: String {
        switch self {
        case .completed: "the server has ended the stream"
        case .noContent: "the server says that there is no more (204)"
        case .status(let status, _): "the server has answered with status \(status)"
        case .contentType(let type?): "the server has answered with \(type), which is no stream of events"
        case .contentType(nil): "the server has answered without a Content-Type"
        case .silence(let duration): "nothing has come for \(duration)"
        case .failure(let message): message
        case .cancelled: "cancelled"
        }
    }
}
