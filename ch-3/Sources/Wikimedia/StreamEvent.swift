package import JSON

/// What the data of one event turned out to be.
///
/// Which of the three is decided by the bytes alone: reading them again, here or elsewhere, decides the same.
package enum StreamEvent: Equatable, Sendable {
    case change(RecentChange)
    /// A test event that Wikimedia sends a few times an hour, so that no topic is ever silent. Not a change: do not count it.
    case canary(EventIdentity?)
    /// Not to be counted as a change, because something that would be counted is missing.
    case malformed(MalformedReason, EventIdentity?)

    /// Also of an event that is no change, where it can be read: such an event comes again like any other.
    package var identity: EventIdentity? {
        switch self {
        case .change(let change): change.identity
        case .canary(let identity), .malformed(_, let identity): identity
        }
    }
}

/// Why the data of an event is no change.
package enum MalformedReason: Error, Hashable, Sendable {
    case notJSON(JSONParseError)
    case notAnObject
    /// A member that is needed is absent or null. `meta.domain` is the member `domain` of the member `meta`.
    case missing(field: String)
    /// A member that is needed has a value of another type.
    case wrongType(field: String)
    /// `meta.id` is empty or longer than `EventID.bytesMax`, or another name longer than `RecentChange.nameBytesMax`.
    case wrongLength(field: String)
}

extension MalformedReason: CustomStringConvertible {
    /// One sentence, without anything of the event in it.
    package var description: String {
        switch self {
        case .notJSON(let error): error.description
        case .notAnObject: "The event is not a JSON object."
        case .missing(let field): "The event has no \(field)."
        case .wrongType(let field): "The event's \(field) has the wrong type."
        case .wrongLength(let field): "The event's \(field) is empty or too long."
        }
    }
}
