internal import JSON

/// Turns the data of `recentchange` events into changes. Reuses its memory, so one decoder serves a whole stream.
package struct RecentChangeDecoder: ~Copyable, Sendable {
    private var parser: JSONParser

    /// - Parameter eventBytesMax: longer events are malformed. Recorded ones have about 1 KB, and none more than 4.
    package init(eventBytesMax: Int = 1 << 20) {
        parser = JSONParser(documentBytesMax: eventBytesMax)
    }

    /// Reads one event. Never fails: what cannot be read is an answer too.
    ///
    /// Malformed is an event that lacks what is counted (`user`, `bot`, `server_url`, `server_name`, `meta.domain`), since it
    /// would make the sums disagree, or `meta.id`, since it could be counted twice. Nothing else can make it malformed,
    /// because what nobody counts should not keep a change from being counted: real events come without `id`, with types
    /// that are numbers, and with `log_params` that are sometimes an object and sometimes a list.
    ///
    /// A string may be empty. Of members with the same name, the last one counts.
    package mutating func decode(_ bytes: Span<UInt8>) -> StreamEvent {
        do {
            return try parser.parse(bytes) { document in
                guard let members = document.members else { return .malformed(.notAnObject, nil) }
                return EventMembers(members).event
            }
        } catch let error as JSONParseError {
            return .malformed(.notJSON(error), nil)
        } catch {
            preconditionFailure("the body above throws nothing")
        }
    }

    /// The positions in the id of an event; empty if it is an id of another kind. See `StreamPosition`.
    package mutating func positions(inID id: String) -> [SourcePosition] {
        (try? parser.parse(id.utf8.span, SourcePosition.positions)) ?? []
    }
}

/// The members that matter, collected in one walk through the event, before it is known what the event is.
private struct EventMembers {
    private var user: JSONValue?
    private var bot: JSONValue?
    private var serverURL: JSONValue?
    private var serverName: JSONValue?
    private var type: JSONValue?
    private var title: JSONValue?
    private var namespace: JSONValue?
    private var wiki: JSONValue?
    private var timestamp: JSONValue?
    private var meta: JSONValue?
    private var id: JSONValue?
    private var domain: JSONValue?
    private var topic: JSONValue?
    private var dt: JSONValue?

    init(_ members: JSONMembers) {
        for (name, value) in members {
            switch name {
            case "meta": meta = value
            case "user": user = value
            case "bot": bot = value
            case "server_url": serverURL = value
            case "server_name": serverName = value
            case "type": type = value
            case "title": title = value
            case "namespace": namespace = value
            case "wiki": wiki = value
            case "timestamp": timestamp = value
            default: break
            }
        }
        guard let metaMembers = meta?.members else { return }
        for (name, value) in metaMembers {
            switch name {
            case "id": id = value
            case "domain": domain = value
            case "topic": topic = value
            case "dt": dt = value
            default: break
            }
        }
    }

    var event: StreamEvent {
        if let domain = domain?.text, domain == "canary" { return .canary(identity) }
        do throws(MalformedReason) {
            return .change(try change)
        } catch {
            return .malformed(error, identity)
        }
    }

    private var identity: EventIdentity? {
        guard let id = id?.text, 1...EventID.bytesMax ~= id.utf8.count else { return nil }
        return EventIdentity(
            id: EventID(utf8: id.utf8), topic: topic?.string,
            timestampMilliseconds: dt?.text.flatMap { millisecondsSince1970(rfc3339: $0.utf8) })
    }

    private var change: RecentChange {
        get throws(MalformedReason) {
            _ = try Self.require(meta, "meta", \.members)
            _ = try Self.require(id, "meta.id", \.text)
            guard let identity else { throw .wrongLength(field: "meta.id") }
            return RecentChange(
                identity: identity,
                domain: try Self.require(domain, "meta.domain", \.string),
                serverURL: try Self.require(serverURL, "server_url", \.string),
                serverName: try Self.require(serverName, "server_name", \.string),
                user: try Self.require(user, "user", \.string),
                isBot: try Self.require(bot, "bot", \.boolean),
                type: type?.string, title: title?.string, namespace: namespace?.integer, wiki: wiki?.string,
                timestampSeconds: timestamp?.integer)
        }
    }

    private static func require<Value>(
        _ member: JSONValue?, _ field: String, _ read: (JSONValue) -> Value?
    ) throws(MalformedReason) -> Value {
        if let value = member.flatMap(read) { return value }
        throw member?.isNull == false ? .wrongType(field: field) : .missing(field: field)
    }
}
