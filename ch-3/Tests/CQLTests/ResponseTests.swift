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
        0x00, 0x01, 0x6B, 0x00, 0x01, 0x74, 0x00, 0x01, 0x62,  // k.t, b:
        0x00, 0x21, 0x00, 0x0D, 0x00, 0x22, 0x00, 0x09,  // map<varchar, set<int>>
        0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00,  // no metadata of a result
    ]

    @Test func rows() throws {
        guard case .result(.rows(let rows)) = try Self.decode(.result, Self.rowsBody) else {
            Issue.record("these are rows")
            return
        }
        #expect(rows.columns.map(\.name) == ["name", "count"])
        #expect(rows.columns.map(\.type) == [.native(.varchar), .native(.bigint)])
        #expect(rows.pagingState == [0x0A, 0x0B, 0x0C])
        #expect(rows.count == 2)
        #expect(try rows[0].text(0) == "hi")
        #expect(try rows[0].bigint(1) == 256)
        #expect(try rows[1].text(0) == "")
        #expect(rows[1].isNull(1) && !rows[1].isNull(0))
        #expect(throws: CQLValueError(column: "count", problem: "is null")) { try rows[1].bigint(1) }
        #expect(throws: CQLValueError.self) { try rows[0].bigint(0) }
    }

    @Test func preparedStatement() throws {
        guard case .result(.prepared(let prepared)) = try Self.decode(.result, Self.preparedBody) else {
            Issue.record("this is a prepared statement")
            return
        }
        #expect(prepared.id == [0xCA, 0xFE])
        #expect(prepared.parameters == [.native(.varchar), .map(.native(.varchar), .set(.native(.int)))])
    }

    @Test func theOtherResults() throws {
        guard case .result(.void) = try Self.decode(.result, [0, 0, 0, 1]) else {
            Issue.record("Void")
            return
        }
        guard case .result(.setKeyspace("k")) = try Self.decode(.result, [0, 0, 0, 3, 0, 1, 0x6B]) else {
            Issue.record("Set_keyspace")
            return
        }
        guard case .result(.schemaChange) = try Self.decode(.result, [0, 0, 0, 5]) else {
            Issue.record("Schema_change")
            return
        }
        #expect(throws: MalformedMessage.self) { try Self.decode(.result, [0, 0, 0, 6]) }
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
        guard case .authChallenge = try Self.decode(.authChallenge, [0, 0, 0, 1, 9]) else {
            Issue.record("AUTH_CHALLENGE")
            return
        }
        let options: [UInt8] = [0, 1, 0, 1, 0x61, 0, 2, 0, 1, 0x62, 0, 1, 0x63]
        guard case .supported(["a": ["b", "c"]]) = try Self.decode(.supported, options) else {
            Issue.record("SUPPORTED")
            return
        }
    }

    @Test func whatTheFlagsAnnounceStandsBeforeTheMessage() throws {
        let body: [UInt8] =
            Array(repeating: 7, count: 16)  // the tracing id
            + [0, 1, 0, 2, 0x6F, 0x68]  // one warning: oh
            + [0, 1, 0, 1, 0x70, 0, 0, 0, 1, 5]  // custom payload: p is one byte
            + [0, 0, 0, 1]  // kind: Void
        let frame = Frame(flags: [.tracing, .warning, .customPayload], stream: 0, opcode: .result, body: body)

        let (response, warnings) = try Response.decode(frame)

        guard case .result(.void) = response else {
            Issue.record("Void")
            return
        }
        #expect(warnings == ["oh"])
        for count in 0..<body.count {
            var part = frame
            part.body = Array(body[..<count])
            #expect(throws: MalformedMessage.self) { try Response.decode(part) }
        }
    }

    /// § 4.2: what follows is for the future.
    @Test func whatFollowsAMessageIsLeftAlone() throws {
        guard case .result(.rows(let rows)) = try Self.decode(.result, Self.rowsBody + [1, 2, 3]) else {
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
            #expect(throws: MalformedMessage.self, "\(count) bytes") {
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
        #expect(throws: MalformedMessage.self) { try Self.decode(.result, rows.bytes) }
        let columns = CQLMessage().int(2).int(1).int(0x7FFF_FFFF)
        #expect(throws: MalformedMessage.self) { try Self.decode(.result, columns.bytes) }
        let noColumns = CQLMessage().int(2).int(4).int(0).int(1_000_000)
        #expect(throws: MalformedMessage.self) { try Self.decode(.result, noColumns.bytes) }
    }

    @Test func typesAreReadSixteenDeepAndNoDeeper() throws {
        func rows(depth: Int) -> [UInt8] {
            var body = CQLMessage().int(2).int(1).int(1).string("k").string("t").string("a")
            for _ in 1..<depth { body = body.short(0x20) }
            return body.short(9).int(0).bytes
        }
        _ = try Self.decode(.result, rows(depth: 16))
        #expect(throws: MalformedMessage.self) { try Self.decode(.result, rows(depth: 17)) }
        #expect(throws: MalformedMessage.self) { try Self.decode(.result, rows(depth: 100_000)) }
    }

    @Test func everyTypeIsKnown() throws {
        var body = CQLMessage().int(2).int(1).int(CQLType.Native.allCases.count + 3).string("k").string("t")
        for type in CQLType.Native.allCases { body = body.string("c").short(Int(type.rawValue)) }
        body = body.string("custom").short(0).string("org.example.Type")
        body = body.string("tuple").short(0x31).short(2).short(9).short(0x0D)
        body = body.string("own").short(0x30).string("k").string("address").short(1).string("street").short(0x0D)

        guard case .result(.rows(let rows)) = try Self.decode(.result, body.int(0).bytes) else {
            Issue.record("these are rows")
            return
        }
        #expect(
            rows.columns.map(\.type) == CQLType.Native.allCases.map(CQLType.native) + [
                .custom("org.example.Type"), .tuple([.native(.int), .native(.varchar)]),
                .userDefined(keyspace: "k", name: "address"),
            ])
        let unknown = CQLMessage().int(2).int(1).int(1).string("k").string("t").string("c").short(0x0A).int(0)
        #expect(throws: MalformedMessage.self) { try Self.decode(.result, unknown.bytes) }
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
            guard case .result(.rows(let rows)) = try? decode(opcode, body) else { continue }
            for row in rows {
                for column in rows.columns.indices {
                    _ = try? row.text(column)
                    _ = try? row.bigint(column)
                    _ = try? row.int(column)
                    _ = try? row.smallint(column)
                    _ = try? row.boolean(column)
                    _ = try? row.blob(column)
                }
            }
        }
    }

    private static func decode(_ opcode: Opcode, _ body: [UInt8]) throws -> Response {
        try Response.decode(Frame(flags: [], stream: 0, opcode: opcode, body: body)).response
    }
}
