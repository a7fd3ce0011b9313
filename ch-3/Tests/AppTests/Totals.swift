import Foundation
import Testing

/// What `/stats` says.
struct Totals: Decodable, Equatable {
    var messages = 0
    var distinctUsers = 0
    var bots = 0
    var nonBots = 0
    var byServerURL: [String: Int] = [:]
    var byServerName: [String: Int] = [:]

    private enum CodingKeys: String, CodingKey {
        case messages, bots
        case distinctUsers = "distinct_users"
        case nonBots = "non_bots"
        case byServerURL = "by_server_url"
        case byServerName = "by_server_name"
    }

    static func decode(_ json: [UInt8]) throws -> Totals {
        try JSONDecoder().decode(Totals.self, from: Data(json))
    }
}

extension Totals: CustomTestStringConvertible {
    /// Short: there are hundreds of sites.
    var testDescription: String {
        "\(messages) messages of \(distinctUsers) users, \(bots) + \(nonBots), on \(byServerName.count) sites"
    }
}
