import CQL
import Locking
import ScriptedCassandra
import TestSupport
import Testing

/// A session and a server that answers: requests, statements, pages.
@Suite(.timeLimit(.minutes(1)))
struct CQLSessionTests {
    /// Answers `SELECT n` with n.
    private static func number(_ request: ScriptedCassandra.Request) -> CQLReply {
        .numbers([Int(request.text.dropFirst(7)) ?? -1])
    }

    @Test func aQueryIsAnswered() async throws {
        let server = ScriptedCassandra { $0.reply(Self.number($0)) }
        try await withSession(server) { session in
            let result = try await session.query("SELECT 7")
            #expect(try result.rows.first?.bigint(0) == 7)
            #expect(result.epoch == 1)
            #expect(session.epoch == 1)
            #expect(try await session.query("SELECT 8").rows.count == 1)
        }
    }

    @Test func eachRequestGetsItsOwnAnswerInWhateverOrderTheyCome() async throws {
        let held = Locked<[ScriptedCassandra.Request]>([])
        let server = ScriptedCassandra { request in
            let all = held.withLock { held in
                held.append(request)
                return held
            }
            return all.count < 50 ? [] : all.reversed().map { .reply(Self.number($0), stream: $0.stream) }
        }
        try await withSession(server) { session in
            try await withThrowingTaskGroup { group in
                for number in 0..<50 {
                    group.addTask { (number, try await session.query("SELECT \(number)").rows.first?.bigint(0)) }
                }
                for try await (number, answer) in group { #expect(answer == Int64(number)) }
            }
        }
    }

    @Test func anAnswerMayComeByteByByte() async throws {
        let server = ScriptedCassandra(
            startUp: { [.replyInPieces(.ready, stream: $0.stream)] },
            respond: {
                [.replyInPieces(.numbers([1, 2, 3]), stream: $0.stream)]
            })
        try await withSession(server) { session in
            let rows = try await session.query("SELECT 1").rows
            #expect(try rows.map { try $0.bigint(0) } == [1, 2, 3])
        }
    }

    @Test func messagesMayBeLargerThanWhatSocketsKeep() async throws {
        let server = ScriptedCassandra { request in
            // What has come in goes back as a blob.
            let body = CQLMessage().int(2).int(1).int(1).string("k").string("t").string("text").short(0x03).int(1)
            return request.reply(CQLReply(opcode: 0x08, body: body.value(Array(request.text.utf8))))
        }
        try await withSession(server) { session in
            try await withThrowingTaskGroup { group in
                for number in 0..<4 {
                    group.addTask {
                        let text = String(repeating: "\(number) is written again and again. ", count: 100_000)
                        let answer = try await session.query(text).rows.first?.blob(0)
                        #expect(answer == Array(text.utf8))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func eventsAreLeftAlone() async throws {
        let event = CQLReply(opcode: 0x0C, body: CQLMessage().string("STATUS_CHANGE")).frame(stream: -1)
        let server = ScriptedCassandra { request in
            [.send(event + event), .reply(Self.number(request), stream: request.stream)]
        }
        try await withSession(server) { session in
            for _ in 0..<3 {
                let answer = try await session.query("SELECT 1")
                #expect(answer.epoch == 1)
            }
        }
    }

    @Test(arguments: ServerErrorTests.examples)
    func anErrorIsThrownAndTheConnectionGoesOn(example: ServerErrorTests.Example) async throws {
        let server = ScriptedCassandra { $0.reply(.error(example.code, "why", example.details)) }
        try await withSession(server) { session in
            for _ in 0..<2 {
                let error = await failure { try await session.query("SELECT 1") }
                #expect(error?.remedy == example.remedy)
                guard case .server(let error) = error else {
                    Issue.record("this is an error of the server")
                    return
                }
                #expect(error.kind == example.kind && error.message == "why")
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func anAnswerThatCannotBeReadIsThrownAndTheConnectionGoesOn() async throws {
        let server = ScriptedCassandra { $0.reply(CQLReply(opcode: 0x08, body: CQLMessage().int(2).int(1))) }
        try await withSession(server) { session in
            for _ in 0..<2 {
                let error = await failure { try await session.query("SELECT 1") }
                guard case .malformedAnswer = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func anAnswerMayBringWarnings() async throws {
        let warning = CQLMessage().short(1).string("too many tombstones").int(1)
        let server = ScriptedCassandra { $0.reply(CQLReply(opcode: 0x08, flags: 0x08, body: warning)) }
        try await withSession(server) { session in
            let result = try await session.query("SELECT 1")
            #expect(result.rows.isEmpty)
        }
    }

    // MARK: Statements

    @Test func aStatementThatTheServerHasForgottenIsPreparedAgain() async throws {
        // It knows the id that it gives at the second time.
        let preparations = Locked<UInt8>(0)
        let server = ScriptedCassandra { request in
            if request.opcode == 0x09 {
                let id = preparations.withLock { count in
                    count += 1
                    return count
                }
                return request.reply(.prepared(id: [id], markers: [0x02]))
            }
            return request.reply(request.statementID == [2] ? .void : .unprepared(id: request.statementID))
        }
        try await withSession(server) { session in
            let statement = try await session.prepare("UPDATE")
            for _ in 0..<2 { _ = try await session.execute(statement, [.bigint(1)]) }
            var seen: [String] = []
            while seen.count < 6, let request = await server.nextRequest() {
                seen.append(request.opcode == 0x0A ? "execute \(request.statementID[0])" : "\(request.opcode)")
            }
            #expect(seen == ["1", "9", "execute 1", "9", "execute 2", "execute 2"])
        }
    }

    @Test func whatABatchNeedsIsPreparedAgainStatementByStatement() async throws {
        // It knows ids only from the second PREPARE of a text on, and then others.
        let counts = Locked<[String: UInt8]>([:])
        let server = ScriptedCassandra { request in
            switch request.opcode {
            case 0x09:
                let text = request.text
                let count = counts.withLock { counts in
                    counts[text, default: 0] += 1
                    return counts[text] ?? 0
                }
                return request.reply(.prepared(id: Array(text.utf8) + [count], markers: [0x02]))
            default:
                // The ids of the two statements, at their places in the batch.
                let (first, second) = (Array(request.body[6...7]), Array(request.body[25...26]))
                if first == [0x61, 1] { return request.reply(.unprepared(id: first)) }
                if second == [0x62, 1] { return request.reply(.unprepared(id: second)) }
                return request.reply(first == [0x61, 2] && second == [0x62, 2] ? .void : .error(0))
            }
        }
        try await withSession(server) { session in
            var batch = CQLBatch()
            for text in ["a", "b"] { batch.add(try await session.prepare(text), [.bigint(1)]) }
            _ = try await session.execute(batch)
            #expect(counts.withLock { $0 } == ["a": 2, "b": 2])
            // From now on the new ids are used.
            _ = try await session.execute(batch)
            #expect(counts.withLock { $0 } == ["a": 2, "b": 2])
        }
    }

    @Test func aServerThatForgetsAStatementEachTimeIsGivenUp() async throws {
        let server = ScriptedCassandra { request in
            request.reply(request.opcode == 0x09 ? .prepared(id: [1]) : .unprepared(id: [1]))
        }
        try await withSession(server) { session in
            let statement = try await session.prepare("UPDATE")
            let error = await failure { try await session.execute(statement) }
            #expect(error?.remedy == .prepareAgain)
        }
    }

    @Test func valuesThatDoNotFitAreNotSent() async throws {
        let server = ScriptedCassandra { request in
            request.reply(request.opcode == 0x09 ? .prepared(id: [1], markers: [0x02, 0x0D]) : .void)
        }
        try await withSession(server) { session in
            let statement = try await session.prepare("UPDATE")
            for values: [CQLValue] in [[], [.bigint(1)], [.int(1), .text("")], [.bigint(1), .text(""), .text("")]] {
                let error = await failure { try await session.execute(statement, values) }
                #expect(error?.remedy == .giveUp)
                var batch = CQLBatch()
                batch.add(statement, values)
                #expect(await failure { try await session.execute(batch) }?.remedy == .giveUp)
            }
            _ = try await session.execute(statement, [.bigint(1), .text("")])
            for opcode: UInt8 in [0x01, 0x09, 0x0A] { #expect(await server.nextRequest()?.opcode == opcode) }
        }
    }

    @Test func pagesAreReadToTheLast() async throws {
        let server = ScriptedCassandra { request in
            if request.opcode == 0x09 { return request.reply(.prepared(id: [1])) }
            // Id, consistency, flags, no values, rows a page, and after the first page its state, which is one byte here.
            let state = request.body.count > 12 ? request.body[16] : 0
            return request.reply(
                .numbers(Array(repeating: Int(state), count: Int(state)), pagingState: state < 3 ? [state + 1] : nil))
        }
        try await withSession(server) { session in
            let statement = try await session.prepare("SELECT")
            var numbers: [Int64] = []
            for try await page in session.pages(statement, rowsPerPage: 10) {
                for row in page { numbers.append(try row.bigint(0)) }
            }
            // The first page has no rows, and is not the last for it.
            #expect(numbers == [1, 2, 2, 3, 3, 3])
        }
    }
}
