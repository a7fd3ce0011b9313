/// What a reader of the first events must have counted: computed from what decides it, without making the events.
package struct Expected: Sendable, Equatable {
    package let messages: Int
    package let bots: Int
    package let canaries: Int
    package let malformed: Int
    /// By `server_name`, which is also `meta.domain`; only those that occur.
    package let bySite: [String: Int]
    /// By name, as it is and not as JSON writes it.
    package let byUser: [String: Int]
    /// By `type`.
    package let byType: [String: Int]

    package var nonBots: Int { messages - bots }
    package var distinctUsers: Int { byUser.count }

    /// - Parameter count: of how many events, from event 0 on.
    package init(firstEvents count: Int, of stream: SimulatedStream) {
        var sites = [Int](repeating: 0, count: stream.sites.sites.count)
        var users = [Int](repeating: 0, count: stream.users.count)
        var kinds = [Int](repeating: 0, count: Change.Kind.allCases.count)
        for index in 0..<count {
            let change = stream.change(at: index)
            sites[change.site] += 1
            users[change.user] += 1
            kinds[change.kind.rawValue] += 1
        }
        messages = count
        bots = users.indices.reduce(0) { stream.users.isBot($1) ? $0 + users[$1] : $0 }
        canaries = stream.settings.canaryEvery > 0 ? count / stream.settings.canaryEvery : 0
        malformed = stream.settings.malformedEvery > 0 ? count / stream.settings.malformedEvery : 0
        bySite = Self.occurring(sites) { stream.fragments.text(stream.sites.sites[$0].domain) }
        byUser = Self.occurring(users) { UserTable.name(of: $0) }
        byType = Self.occurring(kinds) { Change.Kind.allCases[$0].name }
    }

    private static func occurring(_ counts: [Int], name: (Int) -> String) -> [String: Int] {
        var named: [String: Int] = [:]
        for (index, count) in counts.enumerated() where count > 0 { named[name(index)] = count }
        return named
    }
}
