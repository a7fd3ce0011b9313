import Foundation
import Testing

/// Recorded events in the folder that `TEST_CAPTURES` names, and what an independent program has counted in them.
enum Captures {
    static let isConfigured = folder != nil || areRequired
    static let comment: Comment = "set TEST_CAPTURES to the folder of recorded events"

    private static let folder = ProcessInfo.processInfo.environment["TEST_CAPTURES"].map { URL(fileURLWithPath: $0) }
    /// Where everything has to be tested, a test without its data fails.
    static let areRequired = ProcessInfo.processInfo.environment["REQUIRE_SERVERS"] == "1"

    static func bytes(_ file: String) throws -> [UInt8] {
        let folder = try #require(folder, "TEST_CAPTURES is not set")
        return [UInt8](try Data(contentsOf: folder.appending(path: file)))
    }

    /// What `expected.json` says of a file.
    static func expected(_ file: String) throws -> Totals {
        struct Expected: Decodable {
            let messages: Int
            let bots: Int
            let nonBots: Int
            let distinctUsers: Int
            let byServerUrl: [String: Int]
            let byDomain: [String: Int]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let files = try decoder.decode([String: Expected].self, from: Data(bytes("expected.json")))
        let expected = try #require(files[file])
        // The domain of a change is the name of its server.
        return Totals(
            messages: expected.messages, distinctUsers: expected.distinctUsers, bots: expected.bots,
            nonBots: expected.nonBots, byServerURL: expected.byServerUrl, byServerName: expected.byDomain)
    }
}

/// An event of a recorded stream: its bytes with the blank line that ends it, and what it says.
struct CapturedFrame: Sendable {
    let bytes: [UInt8]
    let topic: String
    /// What Kafka keeps for the event: that of its id, less one.
    let timestamp: Int
    fileprivate let change: Change

    fileprivate struct Change: Decodable, Sendable {
        struct Meta: Decodable {
            let topic: String
        }

        let meta: Meta
        let user: String
        let bot: Bool
        let serverUrl: String
        let serverName: String
    }

    private struct Position: Decodable {
        let topic: String
        let timestamp: Int?
    }

    /// All frames of a body that are whole, read with nothing of the program.
    static func all(in body: [UInt8]) throws -> [CapturedFrame] {
        let pieces = String(decoding: body, as: UTF8.self).components(separatedBy: "\n\n")
        // What follows the last blank line is no event: at best it will be one.
        return try pieces.dropLast().filter { $0.contains("\ndata: ") }.map { try CapturedFrame($0) }
    }

    private init(_ text: String) throws {
        let field = { (name: String) in
            let line = text.components(separatedBy: "\n").first { $0.hasPrefix("\(name): ") }
            return Data(try #require(line).utf8.dropFirst(name.utf8.count + 2))
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let change = try decoder.decode(Change.self, from: field("data"))
        let positions = try decoder.decode([Position].self, from: field("id"))
        bytes = Array("\(text)\n\n".utf8)
        topic = change.meta.topic
        timestamp = try #require(positions.first { $0.topic == change.meta.topic }?.timestamp) - 1
        self.change = change
    }
}

extension Totals {
    /// Counts frames, as simply as it can be said.
    init(of frames: [CapturedFrame]) {
        let changes = frames.map(\.change)
        messages = changes.count
        distinctUsers = Set(changes.map(\.user)).count
        bots = changes.count { $0.bot }
        nonBots = changes.count { !$0.bot }
        byServerURL = Dictionary(grouping: changes, by: \.serverUrl).mapValues(\.count)
        byServerName = Dictionary(grouping: changes, by: \.serverName).mapValues(\.count)
    }
}
