import Stats
import TestSupport
import Testing
import Wikimedia

/// The contract of ``StatsStore`` where several tasks record and others take snapshots. Meant for ThreadSanitizer too.
@Suite(.timeLimit(.minutes(2)))
struct StatsStoreConcurrencyTests {
    @Test(arguments: StoreUnderTest.all)
    func everySnapshotAddsUpWhileChangesPourIn(_ subject: StoreUnderTest) async throws {
        let (writerCount, changeCount) = (4, 40_000)
        let changes = (0..<writerCount).map { writer in
            var random = SeededGenerator(seed: UInt64(writer))
            return (0..<changeCount / writerCount).map { _ in RecentChange.random(&random) }
        }
        try await subject.withStore { store in
            let taken = try await withThrowingTaskGroup { group in
                for changes in changes {
                    group.addTask {
                        for (number, change) in changes.enumerated() {
                            try await store.record(change)
                            // Or those who watch would get no thread before all is recorded.
                            if number.isMultiple(of: 10) { await Task.yield() }
                        }
                        return 0
                    }
                }
                for _ in 0..<3 {
                    group.addTask { try await Self.watch(store, until: changeCount) }
                }
                return try await group.reduce(0, +)
            }

            #expect(taken >= 3)
            #expect(try await store.snapshot() == StatsSnapshot(adding: changes.flatMap(\.self)))
        }
    }

    /// Takes snapshots until all is recorded, and checks each.
    ///
    /// - Returns: how many.
    private static func watch(_ store: some StatsStore, until messages: Int) async throws -> Int {
        var last = StatsSnapshot()
        var count = 0
        while last.messages < messages {
            let snapshot = try await store.snapshot()
            count += 1
            try #require(snapshot.isConsistent, "\(snapshot)")
            try #require(!snapshot.isBehind(last), "\(last), then \(snapshot)")
            try #require(snapshot.version >= last.version && (snapshot.version == last.version) == (snapshot == last))
            last = snapshot
            await Task.yield()
        }
        return count
    }
}

extension StatsSnapshot {
    /// What must be true of any number of changes.
    fileprivate var isConsistent: Bool {
        bots + nonBots == messages && bots >= 0 && nonBots >= 0
            && byServerURL.values.reduce(0, +) == messages && byServerName.values.reduce(0, +) == messages
            && distinctUsers <= messages && (distinctUsers > 0) == (messages > 0)
    }

    /// Whether this one lacks something that the other has.
    fileprivate func isBehind(_ other: StatsSnapshot) -> Bool {
        messages < other.messages || bots < other.bots || nonBots < other.nonBots || distinctUsers < other.distinctUsers
            || other.byServerURL.contains { byServerURL[$0.key, default: 0] < $0.value }
            || other.byServerName.contains { byServerName[$0.key, default: 0] < $0.value }
    }
}
