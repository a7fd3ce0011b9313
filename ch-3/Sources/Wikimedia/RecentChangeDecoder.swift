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
    /// would make the sums disagree, or has a name there that is too long to be kept; or lacks `meta.id`, since it could be
    /// counted twice. Nothing else can make it malformed,
    /// because what nobody counts should not keep a change from being counted: real events come without `id`, with types
    /// that are numbers, and with `log_params` that are sometimes an object and sometimes a list.
    ///
    /// A string may be empty. Of members with the same name, the last one counts.
    package mutating func decode(_ bytes: Span<UInt8>) -> StreamEvent {
        do {
            return try parser.parse(bytes) { document in
                document.kind == .object ? EventMembers(document).event : .malformed(.notAnObject, nil)
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

/// The members that matter, picked before it is known what the event is.
private struct EventMembers {
    private static let names = JSONNames(
        "user", "bot", "server_url", "server_name", "type", "title", "timestamp", "meta")
    private static let metaNames = JSONNames("id", "domain", "topic", "dt")

    private let user, bot, serverURL, serverName, type, title, timestamp, meta: JSONValue?
    private let id, domain, topic, dt: JSONValue?

    init(_ event: JSONValue) {
        var members = event.pick(Self.names)
        user = members.take()
        bot = members.take()
        serverURL = members.take()
        serverName = members.take()
        type = members.take()
        title = members.take()
        timestamp = members.take()
        meta = members.take()

        var metaMembers = meta?.pick(Self.metaNames)
        id = metaMembers?.take()
        domain = metaMembers?.take()
        topic = metaMembers?.take()
        dt = metaMembers?.take()
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
                domain: try Self.name(domain, "meta.domain"),
                serverURL: try Self.name(serverURL, "server_url"),
                serverName: try Self.name(serverName, "server_name"),
                user: try Self.name(user, "user"),
                isBot: try Self.require(bot, "bot", \.boolean),
                type: type?.string, title: title?.string, timestampSeconds: timestamp?.integer)
        }
    }

    private static func name(_ member: JSONValue?, _ field: String) throws(MalformedReason) -> String {
        let name = try require(member, field, \.string)
        guard name.utf8.count <= RecentChange.nameBytesMax else { throw .wrongLength(field: field) }
        return name
    }

    private static func require<Value>(
        _ member: JSONValue?, _ field: String, _ read: (JSONValue) -> Value?
    ) throws(MalformedReason) -> Value {
        if let value = member.flatMap(read) { return value }
        throw member?.isNull == false ? .wrongType(field: field) : .missing(field: field)
    }
}
