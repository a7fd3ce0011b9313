internal import ScriptedCassandra

/// Reads the body of a request. What is missing is read as zeros: the client's own tests look at its messages more closely.
struct BodyReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Big-endian, and not negative.
    mutating func integer(_ byteCount: Int) -> Int {
        bytes(byteCount).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func longString() -> String {
        String(decoding: bytes(integer(4)), as: UTF8.self)
    }

    /// `nil` for null.
    mutating func value() -> [UInt8]? {
        let count = integer(4)
        return count <= Int(Int32.max) ? bytes(count) : nil
    }

    mutating func values() -> [[UInt8]] {
        (0..<integer(2)).map { _ in value() ?? [] }
    }

    /// The statement whose id follows.
    mutating func statement(in statements: [CQLText.Parsed]) -> CQLText? {
        let number = bytes(integer(2)).reduce(0) { $0 << 8 | Int($1) }
        return statements.indices.contains(number - 1) ? statements[number - 1].statement : nil
    }

    /// The id that an EXECUTE or a BATCH has first.
    static func firstStatementID(of request: ScriptedCassandra.Request) -> [UInt8]? {
        var body = BodyReader(request.body)
        switch request.opcode {
        case 0x0A: return body.bytes(body.integer(2))
        case 0x0D:
            _ = body.bytes(4)
            return body.bytes(body.integer(2))
        default: return nil
        }
    }
}

extension CQLReply {
    static func rows(
        _ rows: [[[UInt8]?]], columns: [CassandraTables.Column], table: String, pagingState: [UInt8]?
    ) -> CQLReply {
        var body = CQLMessage().int(2).int(pagingState == nil ? 1 : 3).int(columns.count)
        if let pagingState { body = body.value(pagingState) }
        body = body.string("k").string(table)
        for column in columns { body = body.string(column.name).short(column.type) }
        body = body.int(rows.count)
        for value in rows.joined() {
            body.bytes += value.map { CQLMessage().value($0).bytes } ?? CQLMessage().null().bytes
        }
        return CQLReply(opcode: 0x08, body: body)
    }
}
