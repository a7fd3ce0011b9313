import JSON
import TestSupport
import Testing

@testable import Wikimedia

struct RecentChangeDecoderTests {
    // MARK: Changes

    @Test func aChangeHasAllItsFields() {
        let change = RecentChange(
            identity: .make(), domain: "als.wikipedia.org", serverURL: "https://als.wikipedia.org",
            serverName: "als.wikipedia.org", user: "Mira", isBot: false, type: "edit", title: "Aare",
            timestampSeconds: 1_772_120_975)

        #expect(StreamEvent.decode(EventFixture().json) == .change(change))
    }

    @Test(arguments: [
        ("user", #""222.101.92.235""#), ("user", #""2001:db8::7""#), ("user", #""~2026-12881-95""#),
        ("user", #""\u0627\u0644""#),
        ("user", "\"\u{1F98A} \u{4e16}\""), ("user", #""""#), ("bot", "true"), ("type", #""142""#), ("type", #""log""#),
        ("id", nil), ("id", "null"), ("namespace", "-1"), ("title", "\"a\\nb\""),
        ("log_params", "[]"), ("log_params", #"{"4::duration":"infinity","flags":["a",null]}"#),
        ("log_params", #""text""#),
        ("length", #"{"new":12}"#), ("length", #"{"old":null,"new":12}"#), ("unheard_of", "[[[[{}]]]]"),
    ])
    func whatRealEventsAreLikeIsAChange(_ field: String, _ value: String?) {
        #expect(StreamEvent.decode(EventFixture().setting(field, to: value).json).change != nil)
    }

    @Test(arguments: ["type", "title", "timestamp", "meta.topic", "meta.dt"])
    func whatIsNotCountedMayBeAbsentOrOfAnyType(field: String) throws {
        let whole = try #require(StreamEvent.decode(EventFixture().json).change)
        for value in [nil, "null", "{}", "[1]", "1.5", "true"] {
            let change = try #require(StreamEvent.decode(EventFixture().setting(field, to: value).json).change)
            #expect(change != whole)
            #expect(change.identity.id == whole.identity.id && change.user == whole.user)
        }
    }

    @Test func escapesAreRead() {
        let event = EventFixture().setting("user", to: #""\u004dir\u0061 \ud83e\udd8a\u0000""#)

        #expect(StreamEvent.decode(event.json).change?.user == "Mira \u{1F98A}\0")
    }

    @Test func ofMembersWithOneNameTheLastCounts() {
        var event = EventFixture()
        event.members += [("user", #""Last""#), ("bot", "true")]
        event.meta?.append(("domain", #""last.example""#))

        let change = StreamEvent.decode(event.json).change
        #expect(change?.user == "Last" && change?.isBot == true && change?.domain == "last.example")
    }

    @Test func theOrderOfMembersDoesNotMatter() {
        var event = EventFixture()
        event.members.reverse()
        event.meta?.reverse()

        #expect(StreamEvent.decode(event.json) == StreamEvent.decode(EventFixture().json))
    }

    // MARK: Canaries

    @Test func aCanaryIsNoChange() {
        let json = #"""
            {"$schema":"/mediawiki/recentchange/1.0.0","meta":{"domain":"canary","dt":"2026-02-26T15:49:36.569Z",
            "id":"00000000-0000-4000-8000-000000000001","stream":"mediawiki.recentchange",
            "topic":"codfw.mediawiki.recentchange"}}
            """#

        #expect(StreamEvent.decode(json) == .canary(.make()))
    }

    @Test(arguments: ["meta.id", "meta.topic", "user", "bot"])
    func aCanaryIsOneWhateverElseItHasOrLacks(field: String) {
        let canary = EventFixture().setting("meta.domain", to: #""canary""#)
        for event in [canary, canary.setting(field, to: nil)] {
            guard case .canary = StreamEvent.decode(event.json) else {
                Issue.record("\(event.json) is no canary")
                return
            }
        }
    }

    // MARK: Malformed events

    @Test(arguments: ["meta.id", "meta.domain", "user", "bot", "server_url", "server_name"])
    func whatIsCountedMustBeThereAndOfItsType(field: String) {
        let identity = field == "meta.id" ? nil : EventIdentity.make()
        let event = EventFixture()

        #expect(StreamEvent.decode(event.setting(field, to: nil).json) == .malformed(.missing(field: field), identity))
        #expect(
            StreamEvent.decode(event.setting(field, to: "null").json) == .malformed(.missing(field: field), identity))
        for value in ["1", "{}", "[]", field == "bot" ? #""true""# : "true"] {
            let decoded = StreamEvent.decode(event.setting(field, to: value).json)
            #expect(decoded == .malformed(.wrongType(field: field), identity))
        }
    }

    @Test(arguments: [
        (nil, MalformedReason.missing(field: "meta")), ("null", .missing(field: "meta")),
        ("[]", .wrongType(field: "meta")),
        (#""canary""#, .wrongType(field: "meta")), ("{}", .missing(field: "meta.id")),
    ])
    func anEventNeedsItsMeta(_ value: String?, reason: MalformedReason) {
        #expect(StreamEvent.decode(EventFixture().setting("meta", to: value).json) == .malformed(reason, nil))
    }

    @Test(arguments: ["null", "true", "1", "\"text\"", "[]", "[{}]"])
    func anEventIsAnObject(_ json: String) {
        #expect(StreamEvent.decode(json) == .malformed(.notAnObject, nil))
    }

    @Test func bytesThatAreNotJSONAreMalformed() {
        #expect(StreamEvent.decode("") == .malformed(.notJSON(.empty), nil))
        #expect(
            StreamEvent.decode(String(EventFixture().json.dropLast())) == .malformed(.notJSON(.invalidStructure), nil))
        #expect(StreamEvent.decode(EventFixture().json + "x") == .malformed(.notJSON(.invalidStructure), nil))
    }

    @Test func anIDIsAsLongAsTheLimitAndNoLongerAndNotEmpty() {
        let event = { (count: Int) in
            StreamEvent.decode(
                EventFixture().setting("meta.id", to: "\"\(String(repeating: "a", count: count))\"").json)
        }

        #expect(event(EventID.bytesMax).change?.identity.id.description.count == EventID.bytesMax)
        #expect(event(EventID.bytesMax + 1) == .malformed(.wrongLength(field: "meta.id"), nil))
        #expect(event(0) == .malformed(.wrongLength(field: "meta.id"), nil))
    }

    @Test(arguments: ["user", "server_url", "server_name", "meta.domain"])
    func aNameThatIsCountedHasALimit(_ field: String) {
        let event = { (count: Int) in
            StreamEvent.decode(
                EventFixture().setting(field, to: "\"\(String(repeating: "é", count: count / 2))\"").json)
        }

        #expect(event(RecentChange.nameBytesMax).change != nil)
        #expect(
            event(RecentChange.nameBytesMax + 2) == .malformed(.wrongLength(field: field), .make()))
    }

    @Test func anEventIsAsLongAsTheLimitAndNoLonger() {
        let bytes = Array(EventFixture().json.utf8)
        let longer = bytes + [UInt8(ascii: " ")]
        var decoder = RecentChangeDecoder(eventBytesMax: bytes.count)

        #expect(decoder.decode(bytes.span).change != nil)
        #expect(decoder.decode(longer.span) == .malformed(.notJSON(.tooLong(bytesMax: bytes.count)), nil))
        #expect(decoder.decode(bytes.span).change != nil)
    }

    @Test func reasonsAreSentencesWithoutAnythingOfTheEvent() {
        #expect(MalformedReason.missing(field: "meta.id").description == "The event has no meta.id.")
        #expect(MalformedReason.wrongType(field: "bot").description == "The event's bot has the wrong type.")
        #expect(MalformedReason.notJSON(.notUTF8).description == "The document is not UTF-8.")
    }

    // MARK: Damage

    @Test(arguments: 0..<100)
    func aDamagedEventIsDecodedAsTheSameEachTime(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var decoder = RecentChangeDecoder()
        for _ in 0..<50 {
            let bytes = Self.damage(Array(EventFixture().json.utf8), &random)
            let first = decoder.decode(bytes.span)
            var other = RecentChangeDecoder()

            #expect(other.decode(bytes.span) == first)
        }
        let whole = EventFixture().json
        #expect(decoder.decode(whole.utf8.span).change != nil)
    }

    @Test func anEventCutOffAnywhereIsMalformed() {
        let bytes = Array(EventFixture().json.utf8)
        var decoder = RecentChangeDecoder()
        for count in 0..<bytes.count {
            let prefix = bytes[..<count]
            #expect(decoder.decode(prefix.span).identity == nil)
        }
    }

    private static func damage(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, index + Int.random(in: 1...8, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.insert(contentsOf: bytes[index..<end], at: index)
            default: if bytes.count > 20 { bytes.removeSubrange(index..<end) }
            }
        }
        return bytes
    }
}
