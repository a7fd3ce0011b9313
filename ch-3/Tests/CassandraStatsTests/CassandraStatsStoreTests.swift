import CQL
import CassandraModel
import Locking
import ScriptedCassandra
import Stats
import TestSupport
import Testing
import Wikimedia

@testable import CassandraStats

/// The store and a Cassandra that does what it is asked.
@Suite(.timeLimit(.minutes(5)))
struct CassandraStatsStoreTests {
    private static func sums(_ count: Int, userCount: Int = 30, seed: UInt64 = 1) -> LogSums {
        var random = SeededGenerator(seed: seed)
        return LogSums(RecentChange.log(count: count, userCount: userCount, &random))
    }

    // MARK: Reading

    @Test func beforeItIsReadThereAreNoCounts() async throws {
        try await withStore(CassandraModel()) { store, _ in
            #expect(throws: StatsUnavailable.self) { try store.snapshot() }
            _ = try await store.resume()
            #expect(try store.snapshot() == StatsSnapshot())
        }
    }

    @Test func theTablesAreMadeOnlyWhereTheyAreMissing() async throws {
        let model = CassandraModel()
        let isSchema = { (operation: CassandraModel.Operation) in
            if case .query = operation { true } else { false }
        }
        try await withStore(model) { store, _ in _ = try await store.resume() }
        #expect(model.operations.filter(isSchema) == Schema(keyspace: "test").statements.map { .query($0) })
        #expect(model.tables.tables.keys.sorted() == ["test.shard", "test.user_count"])

        try await withStore(model) { store, _ in _ = try await store.resume() }
        #expect(model.operations.count(where: isSchema) == 3)
    }

    @Test func whoMayNotMakeTablesIsTold() async throws {
        let model = CassandraModel()
        model.decide { if case .query = $0 { .refused(CassandraModel.unauthorized) } else { .done } }
        try await withStore(model) { store, _ in
            let error = await #expect(throws: CQLError.self) { try await store.resume() }
            #expect(error?.remedy == .giveUp)
        }
    }

    @Test func aRestartGoesOnWithCountsAndPosition() async throws {
        let model = CassandraModel()
        let sums = Self.sums(500)
        let faults = model.watch(sums)
        var (lastEventID, end) = (String?.none, 0)
        for _ in 0..<5 {
            lastEventID = try await withStore(model) { store, _ in
                let position = try await store.resume()
                #expect(position.lastEventID == lastEventID)
                #expect(try store.snapshot() == sums.snapshot(end))
                end += 100
                try await store.record(sums.changes, upTo: end)
                return try model.tables.position().lastEventID
            }
            lastEventID = try model.tables.position().lastEventID
            #expect(lastEventID?.contains("\(RecentChange.timestamp(end) - 5000)") == true)
            #expect(model.checkpoint() == sums.checkpoint(end))
        }
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
    }

    /// The server resumes at the first event that is not older than asked for, be it counted or not, and an older one that
    /// follows it comes again.
    @Test func whatFollowsAnEventThatIsNotCountedIsKnownAfterARestart() async throws {
        let model = CassandraModel()
        let time = RecentChange.timestamp(0)
        let place = { (milliseconds: Int) in
            [SourcePosition(topic: RecentChange.topic, timestampMilliseconds: time + milliseconds + 1)]
        }
        let late = RecentChange.make(2)
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            try await store.record(.make(1), at: place(0))
            let canary = RecentChange.make(100).identity
            store.skip(canary, at: place(195_000))
            try await store.record(late, at: place(150_000))
            try await store.record(.make(3), at: place(200_000))
        }
        try await withStore(model) { store, _ in
            var position = try await store.resume()
            #expect(position.lastEventID?.contains("\(time + 195_000)") == true)
            let isNew = position.admit(late.identity, at: place(150_000))
            #expect(!isNew)
        }
    }

    /// A page has 5000 rows.
    @Test func manyUsersAreReadPageByPage() async throws {
        let model = CassandraModel()
        let users = (1...).lazy.map { "User \($0)" }.filter { ShardTable.bucket(of: $0) == 3 }.prefix(5001)
        let changes = users.enumerated().map { RecentChange.make($0 + 1, user: $1) }
        try await withStore(model, .test(flushInterval: .never)) { store, _ in
            _ = try await store.resume()
            try await store.record(changes)
        }
        let before = model.operations.count
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            #expect(try store.snapshot().distinctUsers == 5001)
        }
        let reads = model.operations[before...].count { $0 == .read(table: "test.user_count") }
        #expect(reads == ShardTable.bucketCount + 1)
    }

    @Test func aRefusalAtTheStartIsThrown() async throws {
        let model = CassandraModel()
        model.decide { _ in .refused(CassandraModel.unauthorized) }
        try await withStore(model) { store, _ in
            let error = await #expect(throws: CQLError.self) { try await store.resume() }
            guard case .server(let answer) = error else { return }
            #expect(answer.kind == .unauthorized)
        }
    }

    @Test func aServerThatIsNotThereYetIsWaitedFor() async throws {
        let model = CassandraModel()
        let log = RecordedLog()
        let server = model.makeServer()
        let missing = ScriptedCassandra { _ in [.reset] }
        missing.stop()
        defer { server.stop() }
        let points = [missing.port, missing.port].map { ContactPoint(host: "127.0.0.1", port: $0) }
        try await withStore(points, .test(), log: log) { store in
            let resuming = Task { try await store.resume() }
            await log.waitForLine(containing: "cannot read from Cassandra")
            resuming.cancel()
            await #expect(throws: CancellationError.self) { try await resuming.value }
            #expect(store.counters.values.failures > 0)
        }
    }

    @Test(arguments: [CassandraModel.overloaded, CassandraModel.unavailable])
    func whatFailsAtTheStartIsTriedAgain(error: CQLReply) async throws {
        let model = CassandraModel()
        let attempts = Locked(0)
        model.decide { operation in
            let number = attempts.withLock { attempts in
                attempts += 1
                return attempts
            }
            return number < 40 && number.isMultiple(of: 3) ? .refused(error) : .done
        }
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            #expect(try store.snapshot() == StatsSnapshot())
            #expect(store.counters.values.failures > 0)
        }
    }

    /// Another process writes between the reading of the checkpoint and that of the sites.
    @Test func countsOfTwoMomentsAreNotMixed() async throws {
        let model = CassandraModel()
        let sums = Self.sums(200)
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            try await store.record(sums.changes, upTo: 100)
        }
        // The other one has written its users, and its checkpoint is under way.
        model.decide { if case .write("test.shard", _) = $0 { .late } else { .done } }
        try await withStore(model, .test(flushInterval: .never)) { other, _ in
            _ = try await other.resume()
            try await other.record(sums.changes)
        }
        #expect(model.checkpoint().version == 100)
        let reads = Locked(0)
        model.decide { operation in
            guard operation == .read(table: "test.shard") else { return .done }
            let number = reads.withLock { reads in
                reads += 1
                return reads
            }
            return number == 2 ? .doneAfterWhatIsLate : .done
        }
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            #expect(try store.snapshot() == sums.snapshot(200))
        }
        #expect(reads.withLock { $0 } > 4)
    }

    // MARK: Writing

    @Test func whatChangesIsWrittenEveryInterval() async throws {
        let model = CassandraModel()
        let sums = Self.sums(300)
        let faults = model.watch(sums)
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            for end in [1, 2, 100, 300] {
                try await store.record(sums.changes, upTo: end)
                #expect(await eventually { model.checkpoint() == sums.checkpoint(end) })
            }
            #expect(await eventually { store.counters.values.flushes >= 4 })
            #expect(store.counters.values.failures == 0)
            #expect(store.counters.values.rowsWritten >= sums.snapshot(300).distinctUsers)
        }
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
        let users = model.tables.users()
        #expect(users.mapValues(\.count) == sums.counts(of: users.keys))
    }

    @Test func whereNothingChangesNothingIsWritten() async throws {
        let model = CassandraModel()
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            try await store.record(.make(1), at: RecentChange.positions(1))
            #expect(await eventually { store.counters.values.flushes == 1 })
        }
        // The beginning, the user, and the checkpoint with the sites.
        #expect(model.operations.count(where: \.isWrite) == 3)
    }

    @Test func manyChangedRowsAreWrittenBeforeTheIntervalIsOver() async throws {
        let model = CassandraModel()
        let changes = (1...1000).map { RecentChange.make($0, user: "User \($0)") }
        try await withStore(model, .test(flushInterval: .never, flushRowCount: 100)) { store, _ in
            _ = try await store.resume()
            try await store.record(changes, upTo: 97)
            #expect(store.unwrittenRowCount == 99)
            #expect(model.checkpoint().version == 0)
            try await store.record(changes, upTo: 98)
            #expect(await eventually { model.checkpoint().version == 98 })
            try await store.record(changes)
            #expect(await eventually { model.checkpoint().version > 98 })
        }
        #expect(model.checkpoint().version == 1000)
    }

    @Test func theCheckpointIsWrittenWhenAllUsersAre() async throws {
        let model = CassandraModel()
        let changes = (1...2000).map { RecentChange.make($0, user: "User \($0)") }
        let usersWritten = Locked(0)
        let usersAtCheckpoint = Locked<Int?>(nil)
        model.decide { operation in
            switch operation {
            case .write("test.user_count", let count): usersWritten.withLock { $0 += count }
            // One row alone is the beginning.
            case .write(_, 2...): usersAtCheckpoint.withLock { $0 = $0 ?? usersWritten.withLock { $0 } }
            default: break
            }
            return .done
        }
        try await withStore(model, .test(flushInterval: .never)) { store, _ in
            _ = try await store.resume()
            try await store.record(changes)
        }
        #expect(usersAtCheckpoint.withLock { $0 } == 2000)
        for case .write("test.user_count", let count) in model.operations { #expect(count <= 250) }
    }

    /// The last batch of users is not answered: then there is no checkpoint.
    @Test func withoutTheAnswerToOneBatchThereIsNoCheckpoint() async throws {
        let model = CassandraModel()
        let sums = Self.sums(1000, userCount: 500)
        let faults = model.watch(sums)
        let batches = Locked(0)
        model.decide { operation in
            guard case .write("test.user_count", _) = operation else { return .done }
            let number = batches.withLock { batches in
                batches += 1
                return batches
            }
            return number == 5 ? .ignored : .done
        }
        let settings = CassandraStatsStore.Settings.test(flushInterval: .never, lastFlushTimeout: .seconds(1))
        let log = RecordedLog()
        try await withStore(model, settings, log: log) { store, _ in
            _ = try await store.resume()
            try await store.record(sums.changes)
        }
        #expect(model.checkpoint().version == 0 && model.tables.users().count > 0)
        #expect(log.contains("not all is written"))

        // The next life finds rows that are ahead.
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            #expect(try store.snapshot() == StatsSnapshot())
            try await store.record(sums.changes, upTo: 999)
            #expect(model.checkpoint().version == 0)
            try await store.record(sums.changes)
            #expect(try store.snapshot() == sums.snapshot(1000))
        }
        #expect(model.checkpoint() == sums.checkpoint(1000))
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
    }

    @Test func answersMayComeInPieces() async throws {
        let model = CassandraModel()
        let sums = Self.sums(50, userCount: 10)
        model.decide { _ in .doneInPieces }
        for end in [30, 50] {
            try await withStore(model) { store, _ in
                _ = try await store.resume()
                try await store.record(sums.changes, upTo: end)
            }
        }
        #expect(model.checkpoint() == sums.checkpoint(50))
    }

    // MARK: Stopping

    @Test func whatIsLeftIsWrittenAtTheEnd() async throws {
        let model = CassandraModel()
        let sums = Self.sums(100)
        try await withStore(model, .test(flushInterval: .never)) { store, _ in
            _ = try await store.resume()
            try await store.record(sums.changes)
            #expect(model.checkpoint().version == 0)
        }
        #expect(model.checkpoint() == sums.checkpoint(100))
    }

    /// Also what is under way is given up, and the session does not wait for the answers to it.
    @Test(arguments: [true, false])
    func aServerThatDoesNotAnswerDoesNotKeepTheProgram(isUnderWay: Bool) async throws {
        let model = CassandraModel()
        let log = RecordedLog()
        let settings = CassandraStatsStore.Settings.test(
            flushInterval: isUnderWay ? .milliseconds(1) : .never, lastFlushTimeout: .milliseconds(50))
        let isSilent = Gate()
        try await withStore(model, settings, log: log) { store, _ in
            _ = try await store.resume()
            model.decide { _ in
                isSilent.open()
                return .ignored
            }
            try await store.record(.make(1), at: RecentChange.positions(1))
            if isUnderWay { await isSilent.wait() }
        }
        #expect(log.contains("not all is written"))
    }

    @Test func stopBeforeRunIsEnough() async throws {
        try await withStore(CassandraModel(), .test(flushInterval: .never)) { store, _ in store.stop() }
    }

    // MARK: At once

    @Test func severalRecordAndOthersWatch() async throws {
        let model = CassandraModel()
        try await withStore(model, .test(flushRowCount: 50, unwrittenRowsMax: 200)) { store, _ in
            _ = try await store.resume()
            try await withThrowingTaskGroup { group in
                for writer in 0..<4 {
                    group.addTask {
                        var random = SeededGenerator(seed: UInt64(writer))
                        for change in RecentChange.log(count: 500, userCount: 100, &random) {
                            try await store.record(change, at: nil)
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        var last = 0
                        while last < 2000 {
                            let snapshot = try store.snapshot()
                            #expect(snapshot.messages >= last)
                            #expect(snapshot.byServerName.values.reduce(0, +) == snapshot.messages)
                            last = snapshot.messages
                            await Task.yield()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(model.checkpoint().version == 2000 && model.checkpoint().users == 100)
        #expect(model.tables.users().values.reduce(0) { $0 + $1.count } == 2000)
    }
}

extension LogSums {
    func counts(of users: some Sequence<String>) -> [String: Int] {
        [String: Int](uniqueKeysWithValues: users.map { ($0, count(ofUser: $0, in: changes.count)) })
    }
}
