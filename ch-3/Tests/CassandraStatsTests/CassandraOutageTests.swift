import CQL
import CassandraModel
import Locking
import ScriptedCassandra
import Stats
import TestSupport
import Testing
import Wikimedia

@testable import CassandraStats

/// The store and a Cassandra that fails, in all the ways there are.
@Suite(.timeLimit(.minutes(5)))
struct CassandraOutageTests {
    private static func sums(_ count: Int, seed: UInt64 = 1) -> LogSums {
        var random = SeededGenerator(seed: seed)
        return LogSums(RecentChange.log(count: count, &random))
    }

    @Test(
        arguments: [
            ("overloaded", .refused(CassandraModel.overloaded)),
            ("write timeout", .refused(CassandraModel.writeTimeout)),
            ("write timeout after the write", .doneAndRefused(CassandraModel.writeTimeout)),
            ("unavailable", .refused(CassandraModel.unavailable)),
            ("invalid", .refused(CassandraModel.invalid)),
            ("unauthorized", .refused(CassandraModel.unauthorized)),
            ("unprepared", .unprepared),
            ("dropped", .dropped),
            ("dropped after the write", .doneAndDropped),
        ] as [(String, CassandraModel.Fate)])
    func whatHasFailedIsWrittenLaterAndOnce(_ name: String, fate: CassandraModel.Fate) async throws {
        let model = CassandraModel()
        let sums = Self.sums(400)
        let faults = model.watch(sums)
        let failures = Locked(0)
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            model.decide { operation in
                guard operation.isWrite else { return .done }
                let number = failures.withLock { failures in
                    failures += 1
                    return failures
                }
                // Now users, now the checkpoint.
                return number <= 100 && !number.isMultiple(of: 7) ? fate : .done
            }
            for end in stride(from: 20, through: 400, by: 20) {
                try await store.record(sums.changes, upTo: end)
                let before = failures.withLock { $0 }
                _ = await eventually { failures.withLock { $0 } > before }
            }
            #expect(await eventually { model.checkpoint().version == 400 })
            #expect(try store.snapshot() == sums.snapshot(400))
        }
        #expect(model.checkpoint() == sums.checkpoint(400))
        #expect(model.tables.users().mapValues(\.count) == sums.counts(of: model.tables.users().keys))
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
        try await Self.expectCounts(sums.snapshot(400), in: model)
    }

    /// What a next process reads.
    private static func expectCounts(_ expected: StatsSnapshot, in model: CassandraModel) async throws {
        model.decide { _ in .done }
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            #expect(try store.snapshot() == expected)
        }
    }

    @Test func aRefusalLaterIsLoggedAndTriedAgain() async throws {
        let model = CassandraModel()
        let log = RecordedLog()
        try await withStore(model, log: log) { store, _ in
            _ = try await store.resume()
            model.decide { $0.isWrite ? .refused(CassandraModel.unauthorized) : .done }
            try await store.record(.make(1), at: RecentChange.positions(1))
            await log.waitForLine(containing: "cannot write to Cassandra")
            #expect(log.contains("\"level\":\"error\""))
            #expect(await eventually { store.counters.values.failures > 20 })
            // The 1st, 2nd, 4th, 8th, 16th.
            #expect(log.lines.count { $0.contains("cannot write to Cassandra") } < 10)
            model.decide { _ in .done }
            #expect(await eventually { model.checkpoint().version == 1 })
            await log.waitForLine(containing: "\"level\":\"info\",\"message\":\"written to Cassandra\"")
        }
    }

    @Test func awayForLongTheStreamWaitsAndThenGoesOn() async throws {
        let model = CassandraModel()
        let log = RecordedLog()
        let changes = (1...500).map { RecentChange.make($0, user: "User \($0)") }
        let sums = LogSums(changes)
        let faults = model.watch(sums)
        try await withStore(model, .test(unwrittenRowsMax: 100), log: log) { store, _ in
            _ = try await store.resume()
            model.decide { _ in .dropped }
            let recording = Task { try await store.record(changes) }
            await log.waitForLine(containing: "the stream waits")
            // Rows that change while they are being written are two until it is known that they were not.
            let counted = try store.snapshot().messages
            #expect((1...98).contains(counted) && store.unwrittenRowCount <= 100)
            // Whoever asks is answered meanwhile.
            #expect(try store.snapshot() == sums.snapshot(counted))

            model.decide { _ in .done }
            try await recording.value
            #expect(try store.snapshot() == sums.snapshot(500))
        }
        #expect(model.checkpoint() == sums.checkpoint(500))
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
    }

    @Test func aRecordThatWaitsEndsWithItsTask() async throws {
        let model = CassandraModel()
        let log = RecordedLog()
        try await withStore(model, .test(flushInterval: .never, unwrittenRowsMax: 3), log: log) { store, _ in
            _ = try await store.resume()
            try await store.record(.make(1), at: nil)
            let recording = Task { try await store.record(.make(2), at: nil) }
            await log.waitForLine(containing: "the stream waits")
            recording.cancel()
            await #expect(throws: CancellationError.self) { try await recording.value }
            #expect(try store.snapshot().messages == 1)
        }
    }

    // MARK: Forgetting

    @Test func whatIsForgottenIsWrittenAgain() async throws {
        let model = CassandraModel()
        let log = RecordedLog()
        let sums = Self.sums(400)
        let faults = model.watch(sums)
        let writes = Locked(0)
        model.decide { operation in
            guard operation.isWrite else { return .done }
            let number = writes.withLock { writes in
                writes += 1
                return writes
            }
            return [20, 50, 51, 90].contains(number) ? .forgotten(number / 3) : .done
        }
        try await withStore(model, .test(flushRowCount: 20, unwrittenRowsMax: 30), log: log) { store, _ in
            try await store.follow(sums.changes, into: model)
            #expect(try store.snapshot() == sums.snapshot(400))
            #expect(store.counters.values.stepBacks > 0)
        }
        #expect(log.contains("Cassandra has lost what it had acknowledged"))
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
        try await Self.expectCounts(sums.snapshot(400), in: model)
    }

    /// Nothing is to be written; still it is noticed, and written again.
    @Test func whatAnIdleStoreHasWrittenIsNotForgotten() async throws {
        let model = CassandraModel()
        let sums = Self.sums(100)
        try await withStore(model) { store, server in
            try await store.follow(sums.changes, into: model)
            model.forget(last: 3)
            server.dropConnections()
            try await store.writeAll(100, into: model)
            #expect(try store.snapshot() == sums.snapshot(100))
            #expect(model.checkpoint() == sums.checkpoint(100))
        }
        try await Self.expectCounts(sums.snapshot(100), in: model)
    }

    @Test func aConnectionLostWithNothingForgottenIsNoStepBack() async throws {
        let model = CassandraModel()
        let log = RecordedLog()
        let sums = Self.sums(100)
        try await withStore(model, log: log) { store, server in
            _ = try await store.resume()
            for end in [30, 60, 100] {
                try await store.record(sums.changes, upTo: end)
                #expect(await eventually { model.checkpoint().version == end })
                server.dropConnections()
            }
            #expect(store.counters.values.stepBacks == 0)
        }
        #expect(model.checkpoint() == sums.checkpoint(100))
    }

    /// Made anew, the tables lack what they had, and the stream would not bring it again.
    @Test func tablesThatWereDroppedAreMadeAnewAndFilled() async throws {
        let model = CassandraModel()
        let sums = Self.sums(200)
        let faults = model.watch(sums)
        try await withStore(model) { store, _ in
            _ = try await store.resume()
            try await store.record(sums.changes, upTo: 100)
            #expect(await eventually { model.checkpoint().version == 100 && store.unwrittenRowCount == 0 })
            model.drop(keyspace: "test")
            try await store.record(sums.changes)
            try await store.writeAll(200, into: model)
        }
        #expect(model.checkpoint() == sums.checkpoint(200))
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
        try await Self.expectCounts(sums.snapshot(200), in: model)
    }

    /// So many rows are ahead that the store would make the stream wait, and nothing can be written before it has gone on.
    @Test func whoCatchesUpDoesNotWaitForRoom() async throws {
        let model = CassandraModel()
        let sums = LogSums((1...300).map { .make($0, user: "User \($0 % 100)", site: "\($0 % 50).org") })
        let faults = model.watch(sums)
        // One with more memory counts all, and ends before the checkpoint.
        model.decide { if case .write("test.shard", 2...) = $0 { .dropped } else { .done } }
        try await withStore(model, .test(flushInterval: .never, lastFlushTimeout: .milliseconds(50))) { store, _ in
            _ = try await store.resume()
            try await store.record(sums.changes)
        }
        #expect(model.checkpoint().version == 0 && model.tables.users().count == 100)

        model.decide { _ in .done }
        try await withStore(model, .test(unwrittenRowsMax: 50)) { store, _ in
            // Without a checkpoint it begins where the other one has begun: those who are ahead are ahead of that.
            let beginning = StreamPosition(before: sums.changes[0].identity, at: RecentChange.positions(1))
            let position = try await store.resume()
            #expect(position.encoded == beginning.encoded && position.lastEventID != nil)
            try await store.record(sums.changes)
            try await store.writeAll(300, into: model)
            #expect(try store.snapshot() == sums.snapshot(300))
        }
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
    }

    // MARK: All of it

    @Test(arguments: 0..<6)
    func whateverHappensTheTotalsAreThoseOfThePlainSum(seed: Int) async throws {
        let model = CassandraModel()
        let sums = Self.sums(600, seed: UInt64(seed))
        let faults = model.watch(sums)
        let random = Locked(SeededGenerator(seed: UInt64(seed)))
        let isCalm = Locked(false)
        model.decide { operation in
            if isCalm.withLock({ $0 }) { return .done }
            return random.withLock { random in
                switch Int.random(in: 0..<40, using: &random) {
                case 0: .refused(CassandraModel.overloaded)
                case 1: operation.isWrite ? .doneAndRefused(CassandraModel.writeTimeout) : .done
                case 2: operation.isWrite ? .unprepared : .done
                case 3: .dropped
                case 4: .doneAndDropped
                case 5: operation.isWrite ? .late : .done
                case 6: .forgotten(Int.random(in: 0..<10, using: &random))
                case 7: .doneInPieces
                default: .done
                }
            }
        }
        // Several lives, each killed while it counts.
        for life in 1...5 {
            do {
                try await withStore(model, .test(flushRowCount: 30, unwrittenRowsMax: 40), isKilled: true) { store, _ in
                    let following = Task { try await store.follow(sums.changes, into: model) }
                    _ = await eventually { model.checkpoint().version >= life * 100 }
                    following.cancel()
                    _ = await following.result
                }
            } catch is CQLError {}
            model.doWhatIsLate()
        }
        isCalm.withLock { $0 = true }
        try await withStore(model) { store, _ in
            try await store.follow(sums.changes, into: model)
            #expect(try store.snapshot() == sums.snapshot(600))
        }
        #expect(model.checkpoint() == sums.checkpoint(600))
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
        try await Self.expectCounts(sums.snapshot(600), in: model)
    }

    /// Two processes count the same log at once: nobody should, and it does no harm.
    @Test func twoAtOnceBreakNothing() async throws {
        let model = CassandraModel()
        let sums = Self.sums(500)
        let faults = model.watch(sums)
        try await withThrowingTaskGroup { group in
            for _ in 0..<2 {
                group.addTask {
                    try await withStore(model, .test(flushRowCount: 20, unwrittenRowsMax: 30)) { store, _ in
                        try await store.follow(sums.changes, into: model)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(model.checkpoint() == sums.checkpoint(500))
        #expect(faults.all.isEmpty, "\(faults.all.first ?? "")")
        try await Self.expectCounts(sums.snapshot(500), in: model)
    }
}
