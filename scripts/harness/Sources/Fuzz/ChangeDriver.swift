internal import Foundation
internal import JSON

@testable import Wikimedia

/// Oracles: `JSONModel`, from which the same must follow in every case, and Foundation's `JSONDecoder`.
final class ChangeDriver: Driver {
    let seeds = [
        """
        {"$schema":"/mediawiki/recentchange/1.0.1","meta":{"id":"0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6",\
        "domain":"de.example.org","topic":"eqiad.changes","dt":"2026-02-26T15:49:36.569Z"},"id":7,"type":"edit",\
        "namespace":0,"title":"Caf\\u00e9","timestamp":1772120976,"user":"~2026-1","bot":false,"wiki":"dewiki",\
        "server_url":"https://de.example.org","server_name":"de.example.org","log_params":[],"length":{"old":1}}
        """,
        #"{"meta":{"id":"x","domain":"canary"}}"#,
        #"{"meta":{"id":"","domain":"d"},"user":"u","bot":true,"server_url":"s","server_name":"n","type":142}"#,
        #"[1]"#,
    ]
    let words = [
        #""meta":"#, #""id":"#, #""domain":"#, #""topic":"#, #""dt":"#, #""user":"#, #""bot":"#, #""server_url":"#,
        #""server_name":"#, #""type":"#, #""title":"#, #""timestamp":"#,
        #""canary""#, #""2026-02-26T15:49:36.569Z""#, #""0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6""#, "true", "false",
        "null", "{", "}", ",", "1.0", "1e3", "-1", "\\u0000", "\\ud83d\\ude00", "[]", "\"\"",
    ]

    private static let depthMax = 100
    private var decoder = RecentChangeDecoder(eventBytesMax: 4096)
    private let foundation = JSONDecoder()

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        let event = decoder.decode(input.span)
        let tree = bytes.count <= 4096 ? JSONModel.read(bytes, depthMax: Self.depthMax) : nil
        if case .malformed(.notJSON(let error), let identity) = event {
            expect(tree == nil && identity == nil, "refused, but it is JSON: \(bytes.quoted)")
            compareWithFoundation(error, bytes)
        } else if let tree {
            expectEqual(event, EventModel.event(tree), bytes.quoted)
        } else {
            expect(false, "\(event) of what is no JSON: \(bytes.quoted)")
        }
        if case .change(let change) = event, let tree { compareWithFoundation(change, tree, bytes) }
    }

    /// What is refused, Foundation refuses too, but for these cases: it looks at strings and numbers only where they are
    /// asked for, goes five times as deep, takes a comma before a closing bracket, and also reads UTF-16, UTF-32 and a byte
    /// order mark, which RFC 8259 §8.1 excludes.
    private func compareWithFoundation(_ error: JSONParseError, _ bytes: [UInt8]) {
        guard error == .invalidStructure || error == .empty else { return }
        if bytes.prefix(4).contains(0) || bytes.first ?? 0 >= 0xEF { return }
        let dense = bytes.filter { !" \t\r\n".utf8.contains($0) }
        if zip(dense, dense.dropFirst()).contains(where: { $0 == (0x2C, 0x5D) || $0 == (0x2C, 0x7D) }) { return }
        let isRefused = (try? foundation.decode(FoundationChange.self, from: Data(bytes))) == nil
        expect(isRefused, "Foundation takes \(bytes.quoted), but: \(error)")
    }

    /// Where there is a change, Foundation reads the same members out of the bytes, but for these cases: a name that comes
    /// twice in an object, of which RFC 8259 §4 lets each reader choose; and whole numbers written as others, which
    /// Foundation gives out as `Int`.
    private func compareWithFoundation(_ change: RecentChange, _ tree: JSONModel, _ bytes: [UInt8]) {
        let hasDoubles = tree.contains {
            guard case .object(let members) = $0 else { return false }
            return Set(members.map(\.name)).count < members.count
        }
        if hasDoubles { return }
        let read: FoundationChange
        do {
            read = try foundation.decode(FoundationChange.self, from: Data(bytes))
        } catch {
            return expect(false, "Foundation refuses \(bytes.quoted): \(error)")
        }
        expectEqual(read.meta.id.value, change.identity.id.description, "meta.id")
        expectEqual(read.meta.domain.value, change.domain, "meta.domain")
        expectEqual(read.meta.topic?.value, change.identity.topic, "meta.topic")
        expectEqual(read.user.value, change.user, "user")
        expectEqual(read.bot.value, change.isBot, "bot")
        expectEqual(read.serverURL.value, change.serverURL, "server_url")
        expectEqual(read.serverName.value, change.serverName, "server_name")
        expectEqual(read.type?.value, change.type, "type")
        expectEqual(read.title?.value, change.title, "title")
        if case .number = tree["timestamp"] { return }
        expectEqual(read.timestamp?.value, change.timestampSeconds, "timestamp")
    }
}

/// The members as Foundation reads them; `nil` where one has another type.
private struct FoundationChange: Decodable {
    struct Meta: Decodable {
        let id: Lenient<String>
        let domain: Lenient<String>
        let topic: Lenient<String>?
    }

    struct Lenient<Value: Decodable>: Decodable {
        let value: Value?

        init(from decoder: any Decoder) throws {
            value = try? decoder.singleValueContainer().decode(Value.self)
        }
    }

    enum CodingKeys: String, CodingKey {
        case meta, user, bot, type, title, timestamp
        case serverURL = "server_url"
        case serverName = "server_name"
    }

    let meta: Meta
    let user: Lenient<String>
    let bot: Lenient<Bool>
    let serverURL: Lenient<String>
    let serverName: Lenient<String>
    let type: Lenient<String>?
    let title: Lenient<String>?
    let timestamp: Lenient<Int>?
}

/// What an event is, in the words of the documentation of `RecentChangeDecoder`.
private enum EventModel {
    static func event(_ tree: JSONModel) -> StreamEvent {
        guard case .object = tree else { return .malformed(.notAnObject, nil) }
        let meta = tree["meta"]
        let id = meta?["id"]?.string
        let identity = id.flatMap { id in
            1...256 ~= id.utf8.count
                ? EventIdentity(
                    id: EventID(id), topic: meta?["topic"]?.string,
                    timestampMilliseconds: meta?["dt"]?.string.flatMap(TimeModel.milliseconds))
                : nil
        }
        if meta?["domain"]?.string == "canary" { return .canary(identity) }

        // In the order in which the first that is wrong is named.
        var isObject = false
        if case .object = meta { isObject = true }
        let needed: [(String, JSONModel?, Bool)] = [
            ("meta", meta, isObject),
            ("meta.id", meta?["id"], id != nil),
        ]
        let counted: [(String, JSONModel?, Bool)] = [
            ("meta.domain", meta?["domain"], meta?["domain"]?.string != nil),
            ("server_url", tree["server_url"], tree["server_url"]?.string != nil),
            ("server_name", tree["server_name"], tree["server_name"]?.string != nil),
            ("user", tree["user"], tree["user"]?.string != nil),
            ("bot", tree["bot"], tree["bot"]?.boolean != nil),
        ]
        for (field, member, isRight) in needed where !isRight {
            return .malformed(member ?? .null == .null ? .missing(field: field) : .wrongType(field: field), identity)
        }
        guard let identity else { return .malformed(.wrongLength(field: "meta.id"), nil) }
        for (field, member, isRight) in counted {
            if !isRight {
                return .malformed(
                    member ?? .null == .null ? .missing(field: field) : .wrongType(field: field), identity)
            }
            if let name = member?.string, name.utf8.count > 1024 {
                return .malformed(.wrongLength(field: field), identity)
            }
        }
        return .change(
            RecentChange(
                identity: identity, domain: meta?["domain"]?.string ?? "", serverURL: tree["server_url"]?.string ?? "",
                serverName: tree["server_name"]?.string ?? "", user: tree["user"]?.string ?? "",
                isBot: tree["bot"]?.boolean ?? false, type: tree["type"]?.string, title: tree["title"]?.string,
                timestampSeconds: tree["timestamp"]?.integer))
    }
}
