import ScriptedCassandra
import TestSupport
import Testing

@testable import CQL

/// Responses written out by hand, read as native_protocol_v4.spec § 4.2 says.
struct ResponseTests {
    /// A page of two rows of (text, bigint) in the table k.t.
    private static let rowsBody: [UInt8] = [
        0x00, 0x00, 0x00, 0x02,  // kind: Rows
        0x00, 0x00, 0x00, 0x03,  // flags: one table for all columns, more pages
        0x00, 0x00, 0x00, 0x02,  // two columns
        0x00, 0x00, 0x00, 0x03, 0x0A, 0x0B, 0x0C,  // paging state
        0x00, 0x01, 0x6B,  // keyspace k
        0x00, 0x01, 0x74,  // table t
        0x00, 0x04, 0x6E, 0x61, 0x6D, 0x65, 0x00, 0x0D,  // name: varchar
        0x00, 0x05, 0x63, 0x6F, 0x75, 0x6E, 0x74, 0x00, 0x02,  // count: bigint
        0x00, 0x00, 0x00, 0x02,  // two rows
        0x00, 0x00, 0x00, 0x02, 0x68, 0x69,  // "hi"
        0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,  // 256
        0x00, 0x00, 0x00, 0x00,  // ""
        0xFF, 0xFF, 0xFF, 0xFF,  // null
    ]
    /// The answer to PREPARE: two markers, of which the first is the partition key.
    private static let preparedBody: [UInt8] = [
        0x00, 0x00, 0x00, 0x04,  // kind: Prepared
        0x00, 0x02, 0xCA, 0xFE,  // id
        0x00, 0x00, 0x00, 0x00,  // flags: each column names its table
        0x00, 0x00, 0x00, 0x02,  // two markers
        0x00, 0x00, 0x00, 0x01, 0x00, 0x00,  // the first is the partition key
        0x00, 0x01, 0x6B, 0x00, 0x01, 0x74, 0x00, 0x01, 0x61, 0x00, 0x0D,  // k.t, a: varchar
        0x00, 0x01, 0x6B, 0x00, 0x01, 0x74, 0x00, 0x01, 0x62, 0x00, 0x09,  // k.t, b: int
        0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00,  // no metadata of a result
    ]

    @Test func rows() throws {
        guard case .rows(let rows) = try Self.decode(.result, Self.rowsBody) else {
            Issue.record("these are rows")
            return
        }
        #expect(rows.columns.map(\.name) == ["name", "count"])
        #expect(rows.columns.map(\.type) == [.text, .bigint])
        #expect(rows.pagingState == [0x0A, 0x0B, 0x0C])
        #expect(rows.count == 2)
        #expect(try rows[0].text(0) == "hi")
        #expect(try rows[0].bigint(1) == 256)
        #expect(try rows[1].text(0) == "")
        #expect(rows[1].isNull(1) && !rows[1].isNull(0))
        #expect(throws: CQLError.unexpectedValue("the column count is null")) { try rows[1].bigint(1) }
        #expect(throws: CQLError.self) { try rows[0].bigint(0) }
    }

    @Test func preparedStatement() throws {
        guard case .prepared(let prepared) = try Self.decode(.result, Self.preparedBody) else {
            Issue.record("this is a prepared statement")
            return
        }
        #expect(prepared.id == [0xCA, 0xFE])
        #expect(prepared.markers == [.text, .int])
    }

    /// Void, Set_keyspace, Schema_change.
    @Test(arguments: [[0, 0, 0, 1], [0, 0, 0, 3, 0, 1, 0x6B], [0, 0, 0, 5]] as [[UInt8]])
    func resultsWithoutRows(body: [UInt8]) throws {
        guard case .done = try Self.decode(.result, body) else {
            Issue.record("there is nothing to tell")
            return
        }
    }

    @Test func aKindOfResultThatDoesNotExistIsRefused() {
        #expect(throws: CQLError.self) { try Self.decode(.result, [0, 0, 0, 6]) }
    }

    @Test func theMessagesOfTheHandshake() throws {
        guard case .ready = try Self.decode(.ready, []) else {
            Issue.record("READY")
            return
        }
        guard case .authenticate("A") = try Self.decode(.authenticate, [0, 1, 0x41]) else {
            Issue.record("AUTHENTICATE")
            return
        }
        guard case .authSuccess = try Self.decode(.authSuccess, [0xFF, 0xFF, 0xFF, 0xFF]) else {
            Issue.record("AUTH_SUCCESS")
            return
        }
        guard case .other(.authChallenge) = try Self.decode(.authChallenge, [0, 0, 0, 1, 9]) else {
            Issue.record("AUTH_CHALLENGE")
            return
        }
    }

    @Test func warningsStandBeforeTheMessage() throws {
        // Two of them: oh, no. Then the kind: Void.
        let body: [UInt8] = [0, 2, 0, 2, 0x6F, 0x68, 0, 2, 0x6E, 0x6F, 0, 0, 0, 1]
        guard case .done = try Response(Frame(flags: 0x08, stream: 0, opcode: .result, body: body)) else {
            Issue.record("Void")
            return
        }
        for count in 0..<body.count {
            #expect(throws: CQLError.self) {
                try Response(Frame(flags: 0x08, stream: 0, opcode: .result, body: Array(body[..<count])))
            }
        }
    }

    /// § 4.2: what follows is for the future.
    @Test func whatFollowsAMessageIsLeftAlone() throws {
        guard case .rows(let rows) = try Self.decode(.result, Self.rowsBody + [1, 2, 3]) else {
            Issue.record("these are rows")
            return
        }
        #expect(rows.count == 2)
    }

    @Test(arguments: [rowsBody, preparedBody])
    func aMessageThatEndsTooEarlyIsAnError(body: [UInt8]) {
        // What follows the markers of a prepared statement is not read.
        let count = body == Self.preparedBody ? body.count - 8 : body.count
        for count in 0..<count {
            #expect(throws: CQLError.self, "\(count) bytes") {
                try Self.decode(.result, Array(body[..<count]))
            }
        }
    }

    /// Each number in turn becomes something else: what is read then may make no sense, but it is never beyond the end.
    @Test(arguments: [rowsBody, preparedBody])
    func lengthsThatLieAreSurvived(body: [UInt8]) {
        for index in 0..<(body.count - 3) {
            for lie: [UInt8] in [
                [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFE], [0, 0, 0xFF, 0xFF],
            ] {
                var changed = body
                changed.replaceSubrange(index..<index + 4, with: lie)
                Self.readAll(changed)
            }
        }
    }

    @Test func aCountWithoutItsRowsIsRefusedBeforeMemoryIsTaken() {
        let rows = CQLMessage().int(2).int(1).int(1).string("k").string("t").string("a").short(9).int(1 << 30)
        #expect(throws: CQLError.self) { try Self.decode(.result, rows.bytes) }
        let columns = CQLMessage().int(2).int(1).int(0x7FFF_FFFF)
        #expect(throws: CQLError.self) { try Self.decode(.result, columns.bytes) }
        let noColumns = CQLMessage().int(2).int(4).int(0).int(1_000_000)
        #expect(throws: CQLError.self) { try Self.decode(.result, noColumns.bytes) }
    }

    /// A list, a map, a user-defined type, a decimal, and one that does not exist.
    @Test(arguments: [0x20, 0x21, 0x30, 0x06, 0x0A, 0xFFFF])
    func aTypeThatIsNotSupportedIsToldWithItsColumn(type: Int) {
        let body = CQLMessage().int(2).int(1).int(1).string("k").string("t").string("tags").short(type).short(9).int(0)
        let error = #expect(throws: CQLError.self) { try Self.decode(.result, body.bytes) }
        #expect(error?.description.contains("the column tags has a type that this client does not support") == true)
    }

    @Test func columnsThatAreLeftOutAreRefused() {
        let rows = CQLMessage().int(2).int(4).int(1).int(1).value([1])
        #expect(throws: CQLError.self) { try Self.decode(.result, rows.bytes) }
    }

    @Test func randomBytesAreSurvived() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...64, using: &generator)
            var body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Half of them are mutations of what is right.
            if Bool.random(using: &generator) {
                body = [Self.rowsBody, Self.preparedBody].randomElement(using: &generator) ?? []
                for _ in 0..<3 {
                    body[Int.random(in: 0..<body.count, using: &generator)] = .random(in: 0...255, using: &generator)
                }
            }
            Self.readAll(body)
        }
    }

    /// Reads a message as each kind of response, and then every value in it.
    private static func readAll(_ body: [UInt8]) {
        for opcode in Opcode.allCases {
            guard case .rows(let rows) = try? decode(opcode, body) else { continue }
            for row in rows {
                for column in rows.columns.indices {
                    _ = try? row.text(column)
                    _ = try? row.bigint(column)
                    _ = try? row.int(column)
                    _ = try? row.smallint(column)
                    _ = try? row.blob(column)
                }
            }
        }
    }

    private static func decode(_ opcode: Opcode, _ body: [UInt8]) throws -> Response {
        try Response(Frame(stream: 0, opcode: opcode, body: body))
    }
}
