/// The requests of native_protocol_v4.spec § 4.1 that are used here.
enum Request {
    case startup
    case authResponse(token: [UInt8])
    case options
    case query(String, Parameters)
    case prepare(String)
    case execute(id: [UInt8], Parameters)
    /// Unlogged.
    case batch([BatchEntry], Consistency)

    /// The <query_parameters> of § 4.1.4.
    struct Parameters {
        var consistency: Consistency
        var values: [CQLValue] = []
        var rowsPerPage: Int32?
        var pagingState: [UInt8]?
    }

    struct BatchEntry {
        var id: [UInt8]
        var values: [CQLValue]
    }

    /// - Returns: the frame, with stream id 0.
    func encode(frameBytesMax: Int) throws(CQLError) -> [UInt8] {
        var writer = makeWriter()
        switch self {
        case .startup: writer.stringMap(["CQL_VERSION": "3.0.0"])
        case .authResponse(let token): writer.bytesValue(token)
        case .options: break
        case .query(let text, let parameters):
            writer.longString(text)
            Self.write(parameters, to: &writer)
        case .prepare(let text): writer.longString(text)
        case .execute(let id, let parameters):
            writer.shortBytes(id)
            Self.write(parameters, to: &writer)
        case .batch(let entries, let consistency): Self.write(entries, consistency, to: &writer)
        }
        return try writer.finish(frameBytesMax: frameBytesMax)
    }

    private func makeWriter() -> MessageWriter {
        switch self {
        case .startup: MessageWriter(.startup)
        case .authResponse: MessageWriter(.authResponse)
        case .options: MessageWriter(.options)
        case .query: MessageWriter(.query)
        case .prepare: MessageWriter(.prepare)
        case .execute: MessageWriter(.execute)
        case .batch(let entries, _): MessageWriter(.batch, reservingCapacity: 64 + 96 * entries.count)
        }
    }

    /// Metadata is never skipped (flag 0x02): the columns of `SELECT *` change with the table, and a client that relies on
    /// those it was told at preparation would then take one column for another.
    private static func write(_ parameters: Parameters, to writer: inout MessageWriter) {
        writer.integer(parameters.consistency.rawValue)
        var flags: UInt8 = parameters.values.isEmpty ? 0 : 0x01
        if parameters.rowsPerPage != nil { flags |= 0x04 }
        if parameters.pagingState != nil { flags |= 0x08 }
        writer.integer(flags)
        if !parameters.values.isEmpty { write(parameters.values, to: &writer) }
        if let rowsPerPage = parameters.rowsPerPage { writer.integer(rowsPerPage) }
        if let pagingState = parameters.pagingState { writer.bytesValue(pagingState) }
    }

    /// § 4.1.7
    private static func write(_ entries: [BatchEntry], _ consistency: Consistency, to writer: inout MessageWriter) {
        writer.integer(UInt8(1))  // Unlogged.
        writer.shortCount(entries.count, of: "statements in a batch")
        for entry in entries {
            writer.integer(UInt8(1))  // Prepared.
            writer.shortBytes(entry.id)
            write(entry.values, to: &writer)
        }
        writer.integer(consistency.rawValue)
        writer.integer(UInt8(0))  // No flags.
    }

    private static func write(_ values: [CQLValue], to writer: inout MessageWriter) {
        writer.shortCount(values.count, of: "values")
        for value in values { writer.value(value) }
    }
}
