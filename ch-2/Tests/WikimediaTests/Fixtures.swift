@testable import Wikimedia

extension EventIdentity {
    static func make(
        _ id: String = "00000000-0000-4000-8000-000000000001", topic: String? = "codfw.mediawiki.recentchange",
        timestampMilliseconds: Int? = 1_772_120_976_569
    ) -> EventIdentity {
        EventIdentity(id: EventID(id), topic: topic, timestampMilliseconds: timestampMilliseconds)
    }
}

/// The JSON of an event with one member after the other, so that a test can change one and leave the others.
struct EventFixture {
    /// Name and JSON of each member, in order.
    var members = [
        ("$schema", #""/mediawiki/recentchange/1.0.0""#), ("id", "7"), ("type", #""edit""#), ("namespace", "0"),
        ("title", #""Aare""#), ("comment", #""A \"comment\"""#), ("timestamp", "1772120975"), ("user", #""Mira""#),
        ("bot", "false"), ("server_url", #""https://als.wikipedia.org""#), ("server_name", #""als.wikipedia.org""#),
        ("wiki", #""alswiki""#),
    ]
    var meta: [(String, String)]? = [
        ("id", #""00000000-0000-4000-8000-000000000001""#), ("domain", #""als.wikipedia.org""#),
        ("dt", #""2026-02-26T15:49:36.569Z""#), ("topic", #""codfw.mediawiki.recentchange""#), ("partition", "0"),
    ]

    var json: String {
        Self.object((meta.map { [("meta", Self.object($0))] } ?? []) + members)
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
    }

    /// This event with another value of a member; of a member of `meta` where `field` begins with `meta.`; without it for `nil`.
    func setting(_ field: String, to value: String?) -> EventFixture {
        var event = self
        let replace = { (members: [(String, String)], name: String) in
            members.filter { $0.0 != name } + (value.map { [(name, $0)] } ?? [])
        }
        if field == "meta" {
            event.meta = nil
            event.members = replace(members, "meta")
        } else if field.hasPrefix("meta.") {
            event.meta = replace(meta ?? [], String(field.dropFirst(5)))
        } else {
            event.members = replace(members, field)
        }
        return event
    }
}

extension StreamEvent {
    static func decode(_ json: String) -> StreamEvent {
        var decoder = RecentChangeDecoder()
        return decoder.decode(json.utf8.span)
    }

    var change: RecentChange? {
        if case .change(let change) = self { change } else { nil }
    }
}
