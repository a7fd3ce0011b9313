private import Locking
package import Wikimedia

/// Counts in memory, until the process ends.
///
/// One lock, held for the three look-ups that a change needs. A snapshot takes references to the tables of sites, which
/// are copied only when the next change is counted, and are small: there are about 900 sites. The set of users, which may
/// have millions, is never copied.
package final class InMemoryStatsStore: StatsStore {
    private let counts = Locked(Counts())

    private struct Counts {
        var snapshot = StatsSnapshot()
        var users: Set<String> = []
    }

    package init() {}

    /// Nothing is left of an earlier process, so it begins with what comes now.
    package func resume() -> StreamPosition { StreamPosition() }

    package func record(_ change: RecentChange, at positions: [SourcePosition]? = nil) {
        counts.withLock { counts in
            counts.snapshot.version += 1
            counts.snapshot.messages += 1
            if change.isBot { counts.snapshot.bots += 1 }
            counts.snapshot.byServerURL[change.serverURL, default: 0] += 1
            counts.snapshot.byServerName[change.serverName, default: 0] += 1
            if counts.users.insert(change.user).inserted { counts.snapshot.distinctUsers += 1 }
        }
    }

    package func snapshot() -> StatsSnapshot {
        counts.withLock { $0.snapshot }
    }
}
