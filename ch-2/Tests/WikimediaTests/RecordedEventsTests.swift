import Foundation
import TestSupport
import Testing

@testable import Wikimedia

/// Events as Wikimedia has sent them, and what an independent program has counted in them.
@Suite(
    .enabled(
        if: Recordings.folder != nil || Recordings.areRequired, "set TEST_CAPTURES to the folder of recorded events"))
struct RecordedEventsTests {
    @Test(arguments: ["capture-2021-08-27.ndjson", "capture-2021-10-08.ndjson", "capture-2026-02.ndjson"])
    func theTotalsAreTheExpectedOnes(file: String) throws {
        let expected = try #require(try Recordings.expected()[file])
        var decoder = RecentChangeDecoder()
        let changes = try Recordings.lines(of: file).map { line in
            try #require(decoder.decode(line.span).change, "\(String(decoding: line, as: UTF8.self))")
        }
        let count = { (key: (RecentChange) -> String) in changes.reduce(into: [:]) { $0[key($1), default: 0] += 1 } }

        #expect(changes.count == expected.messages)
        #expect(changes.count { $0.isBot } == expected.bots)
        #expect(changes.count { !$0.isBot } == expected.nonBots)
        #expect(Set(changes.map(\.user)).count == expected.distinctUsers)
        #expect(Set(changes.map(\.identity.id)).count == expected.distinctMetaIds)
        #expect(Set(changes.map(\.serverName)).count == expected.byServerNameCount)
        #expect(count(\.serverURL) == expected.byServerUrl)
        #expect(count(\.domain) == expected.byDomain)
        #expect(count { $0.type ?? "none" } == expected.types)
        for change in changes {
            #expect(change.title != nil && change.timestampSeconds != nil)
            #expect(change.identity.topic != nil && change.identity.timestampMilliseconds != nil)
        }
    }

    @Test(arguments: ["capture-2021-08-27.sse", "capture-medium.sse", "capture-small-cut-mid-frame.sse"])
    func aStreamCutAnywhereIsAdmittedOnceAndInItsOrder(file: String) throws {
        let history = try Self.history(of: file)
        #expect(history.count > 50)
        for seed in 0..<5 {
            var random = SeededGenerator(seed: UInt64(seed))
            for hasIDs in [true, false] {
                let admitted = try StreamPositionModelTests.follow(history, hasIDs: hasIDs, topicCountFirst: 1, &random)
                #expect(admitted == history)
            }
        }
    }

    /// The events of a recorded body, with the timestamps of their ids, which are those of the events plus one.
    private static func history(of file: String) throws -> [ModelEvent] {
        var decoder = RecentChangeDecoder()
        var positions: [SourcePosition] = []
        var history: [ModelEvent] = []
        for line in try Recordings.lines(of: file) {
            let value = line.drop { $0 != UInt8(ascii: " ") }.dropFirst()
            if line.starts(with: "id: ".utf8) {
                positions = decoder.positions(inID: String(decoding: value, as: UTF8.self))
            } else if line.starts(with: "data: ".utf8), let identity = decoder.decode(value.span).identity {
                let topic = try #require(identity.topic)
                let timestamp = try #require(positions.first { $0.topic == topic }?.timestampMilliseconds) - 1
                #expect(timestamp == identity.timestampMilliseconds)
                history.append(ModelEvent(id: identity.id, topic: topic, timestamp: timestamp))
            }
        }
        return history
    }
}

/// The folder that `TEST_CAPTURES` names.
private enum Recordings {
    static let folder = ProcessInfo.processInfo.environment["TEST_CAPTURES"].map { URL(fileURLWithPath: $0) }
    /// Where everything has to be tested, a test without its data fails.
    static let areRequired = ProcessInfo.processInfo.environment["REQUIRE_SERVERS"] == "1"

    struct Expected: Decodable {
        let messages: Int
        let bots: Int
        let nonBots: Int
        let distinctUsers: Int
        let distinctMetaIds: Int
        let byServerNameCount: Int
        let byServerUrl: [String: Int]
        let byDomain: [String: Int]
        let types: [String: Int]
    }

    static func expected() throws -> [String: Expected] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        // The strategy is for the members of `Expected`; the names of files and hosts stay as they are.
        return try decoder.decode([String: Expected].self, from: data("expected.json"))
    }

    static func lines(of file: String) throws -> [ArraySlice<UInt8>] {
        try [UInt8](data(file)).split(separator: UInt8(ascii: "\n"))
    }

    private static func data(_ file: String) throws -> Data {
        try Data(contentsOf: #require(folder, "TEST_CAPTURES is not set").appendingPathComponent(file))
    }
}
