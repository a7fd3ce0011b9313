import Foundation
import Testing

@testable import Generator

/// What the events look like, compared with what the recorded ones look like.
struct EventTests {
    @Test func everyEventHasWhatTheSchemaAsksFor() throws {
        for event in try SimulatedStream.make().parsed(3000) {
            #expect(event["$schema"] as? String == "/mediawiki/recentchange/1.0.0")
            let meta = try #require(event["meta"] as? [String: Any])
            let domain = try #require(meta["domain"] as? String)
            #expect(meta["stream"] as? String == "mediawiki.recentchange")
            #expect(URL(string: try #require(meta["uri"] as? String))?.host() == domain)
            let id = try #require(meta["id"] as? String)
            #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
            let date = try Date(
                try #require(meta["dt"] as? String), strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            )
            let timestamp = try #require(event["timestamp"] as? Int)
            #expect(0...3 ~= Int(date.timeIntervalSince1970) - timestamp)

            #expect(event["server_name"] as? String == domain)
            #expect(event["server_url"] as? String == "https://\(domain)")
            for name in ["title", "title_url", "comment", "parsedcomment", "user", "wiki"] {
                #expect(event[name] is String, "\(name)")
            }
            #expect(event["namespace"] is Int)
            #expect(event["bot"] is Bool)
            try expectMembersOfType(event)
        }
    }

    private func expectMembersOfType(_ event: [String: Any]) throws {
        let length = event["length"] as? [String: Int]
        let revision = event["revision"] as? [String: Int]
        switch try #require(event["type"] as? String) {
        case "edit":
            #expect(length?.count == 2 && revision?.count == 2)
        case "new":
            #expect(length?.keys.sorted() == ["new"] && revision?.keys.sorted() == ["new"])
        case "log":
            #expect(event["log_params"] is [String: Any] || (event["log_params"] as? [Any])?.isEmpty == true)
            #expect(event["log_id"] is Int && event["log_type"] is String && event["log_action_comment"] is String)
        case "categorize":
            #expect((event["title"] as? String)?.hasPrefix("Category:") == true)
        case let type:
            #expect(type == "142")
        }
        #expect(event["id"] is Int || event["type"] as? String == "log")
    }

    @Test func theSharesAreThoseOfTheRecordedEvents() throws {
        let events = try SimulatedStream.make { $0.userCount = 100_000 }.parsed(10_000)
        func share(_ isCounted: ([String: Any]) -> Bool) -> Double {
            Double(events.count(where: isCounted)) / Double(events.count)
        }
        func share(ofType type: String) -> Double { share { $0["type"] as? String == type } }
        #expect(0.54...0.60 ~= share(ofType: "edit"))
        #expect(0.29...0.35 ~= share(ofType: "categorize"))
        #expect(0.06...0.09 ~= share(ofType: "log"))
        #expect(0.03...0.05 ~= share(ofType: "new"))
        #expect(0.0005...0.005 ~= share(ofType: "142"))
        #expect(0.40...0.50 ~= share { $0["bot"] as? Bool == true })
        #expect(0.02...0.06 ~= share { ($0["user"] as? String)?.contains(/^10\.\d+\.\d+\.\d+$|^2001:DB8:/) == true })
        #expect(0.20...0.30 ~= share { $0["server_name"] as? String == "commons.wikimedia.org" })
        let logs = events.filter { $0["type"] as? String == "log" }
        #expect(0.3...0.6 ~= Double(logs.count { $0["id"] == nil }) / Double(logs.count))
        #expect(logs.contains { $0["log_params"] is [Any] } && logs.contains { $0["log_params"] is [String: Any] })
    }

    @Test func theLengthsAreThoseOfTheRecordedEvents() {
        let lengths = SimulatedStream.make().lines(10_000).map(\.count).sorted()
        #expect(1100...1400 ~= lengths.reduce(0, +) / lengths.count)
        #expect(600...1050 ~= lengths[lengths.count / 20])
        #expect(1250...1800 ~= lengths[lengths.count * 19 / 20])
    }

    @Test func textsHaveManyScriptsAndAllEscapes() {
        let text = String(decoding: SimulatedStream.make().bytes(as: .lines, from: 0, upTo: 10_000), as: UTF8.self)
        for piece in ["Река", "نهر", "नदी", "แม่น้ำ", "강물", "かわ", "河流", "\\\"", "\\\\", "\\n", "\\u0001", "\\ud83d\\ude00"]
        {
            #expect(text.contains(piece), "\(piece)")
        }
    }

    @Test func noTwoEventsHaveTheSameID() {
        let stream = SimulatedStream.make { $0.canaryEvery = 3 }
        let ids = Frame.parse(stream.bytes(as: .events, from: 0, upTo: 12_000)).map { frame in
            let text = String(decoding: frame.data, as: UTF8.self)
            return text.firstMatch(of: /"id":"([0-9a-f-]{36})"/)?.output.1
        }
        #expect(ids.count == 16_000)
        #expect(!ids.contains(nil))
        #expect(Set(ids).count == ids.count)
    }
}
