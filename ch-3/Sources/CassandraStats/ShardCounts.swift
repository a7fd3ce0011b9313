internal import Stats
internal import Wikimedia

/// What has been counted of one shard of the log, and which of its rows are still to be written.
///
/// Each row that is written is a fact about a prefix of the log: of the first `version` positions, so many concern this user,
/// or this site. A fact stays true whoever has found it out, and of two facts about the same row the one with the larger
/// version says more. So rows are written with their version as Cassandra's write timestamp, in any order, more than once if
/// need be, and what Cassandra keeps is right.
///
/// Pure: a value that changes by what it is told.
struct ShardCounts: Sendable {
    /// How many positions of the log are covered.
    private(set) var version = 0
    private(set) var snapshot = StatsSnapshot()
    private var userCounts: [String: Int] = [:]
    private var changed = ChangedNames()
    /// Users whose row was ahead of the checkpoint when it was read, with the version of their row.
    private var ahead: [String: Int] = [:]
    /// The largest of those versions.
    private var aheadVersion = 0

    init() {}

    /// Counts one more position.
    mutating func record(_ change: RecentChange) {
        version += 1
        snapshot.version += 1
        snapshot.messages += 1
        if change.isBot { snapshot.bots += 1 }
        snapshot.byServerURL[change.serverURL, default: 0] += 1
        changed.serverURLs.insert(change.serverURL)
        snapshot.byServerName[change.serverName, default: 0] += 1
        changed.serverNames.insert(change.serverName)
        if ahead.isEmpty || ahead[change.user, default: 0] < version { userCounts[change.user, default: 0] += 1 }
        // Also a row that is ahead is written again: no checkpoint has covered it yet, so nobody would notice its loss.
        changed.users.insert(change.user)
        noteUserCount()
    }

    // MARK: Reading

    /// The counts as they were at a checkpoint; the users are still to be added.
    init(at checkpoint: ShardCheckpoint, byServerURL: [String: Int], byServerName: [String: Int]) {
        version = checkpoint.version
        snapshot.messages = checkpoint.messages
        snapshot.bots = checkpoint.bots
        snapshot.distinctUsers = checkpoint.users
        snapshot.byServerURL = byServerURL
        snapshot.byServerName = byServerName
    }

    /// Adds the row of a user, which may be ahead of the checkpoint: when the process ended between the writing of the users
    /// and that of the checkpoint, or when another process is still writing.
    mutating func add(user: String, count: Int, version: Int) {
        userCounts[user] = count
        if version > self.version {
            ahead[user] = version
            aheadVersion = max(aheadVersion, version)
        }
    }

    /// Whether some rows are ahead. They have counted already what comes now, so it is left out there, and nothing is to be
    /// written until all rows are at one position again.
    var isCatchingUp: Bool { version < aheadVersion }

    private mutating func noteUserCount() {
        // Among the rows that are ahead may be users who had not been seen at this position.
        if isCatchingUp { return }
        snapshot.distinctUsers = userCounts.count
        if !ahead.isEmpty { ahead = [:] }
    }

    // MARK: Writing

    /// How many rows are to be written.
    var changedRowCount: Int { changed.count }

    /// What is to be written to bring the stored shard to this version.
    ///
    /// Whoever takes it gives it back if it could not be written, and nothing is lost: what is then written is more, and later.
    mutating func takeChanges() -> ShardChanges {
        defer { changed = ChangedNames() }
        return ShardChanges(
            checkpoint: ShardCheckpoint(
                version: version, messages: snapshot.messages, bots: snapshot.bots, users: userCounts.count),
            serverURLs: Self.rows(changed.serverURLs, of: snapshot.byServerURL),
            serverNames: Self.rows(changed.serverNames, of: snapshot.byServerName),
            users: Self.rows(changed.users, of: userCounts))
    }

    /// Names that differ in nothing but their Unicode normalisation are one to Swift, and two to Cassandra. So that they are
    /// one row there too, it has the name as it was counted first, or read: the key of the table.
    private static func rows(_ names: Set<String>, of counts: [String: Int]) -> [ShardChanges.Row] {
        names.compactMap { name in counts.index(forKey: name).map { (counts[$0].key, counts[$0].value) } }
    }

    /// Has everything written again: of what was written, something has been lost, and nobody knows what.
    mutating func changeAll() {
        changed.serverURLs = Set(snapshot.byServerURL.keys)
        changed.serverNames = Set(snapshot.byServerName.keys)
        changed.users = Set(userCounts.keys)
    }

    mutating func giveBack(_ changes: ShardChanges) {
        changed.serverURLs.formUnion(changes.serverURLs.lazy.map(\.name))
        changed.serverNames.formUnion(changes.serverNames.lazy.map(\.name))
        changed.users.formUnion(changes.users.lazy.map(\.name))
    }

    private struct ChangedNames {
        var serverURLs: Set<String> = []
        var serverNames: Set<String> = []
        var users: Set<String> = []

        var count: Int { serverURLs.count + serverNames.count + users.count }
    }
}

/// The totals of a shard at one of its positions.
struct ShardCheckpoint: Sendable, Equatable {
    var version = 0
    var messages = 0
    var bots = 0
    var users = 0
}

/// Rows that have changed since the last ones were taken, as they all were at the version of the checkpoint.
struct ShardChanges: Sendable {
    typealias Row = (name: String, count: Int)

    /// What is true before anything has been counted.
    static let none = ShardChanges(checkpoint: ShardCheckpoint(), serverURLs: [], serverNames: [], users: [])

    let checkpoint: ShardCheckpoint
    let serverURLs: [Row]
    let serverNames: [Row]
    let users: [Row]

    var rowCount: Int { serverURLs.count + serverNames.count + users.count }
}
