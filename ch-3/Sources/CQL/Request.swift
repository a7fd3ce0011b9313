/// The requests of native_protocol_v4.spec § 4.1 that are used here.
enum Request {
    case startup
    case authResponse(token: [UInt8])
    case query(String, Consistency)
    case prepare(String)
    case execute(id: [UInt8], [CQLValue], Consistency, Page?)
    /// Unlogged.
    case batch([(id: [UInt8], values: [CQLValue])], Consistency)

    /// A part of an answer that is too large for one message (§ 8).
    struct Page {
        var rowCount: Int32
        /// What the page before it has said; `nil` for the first.
        var state: [UInt8]?
    }

    /// - Returns: the frame, with stream id 0.
    func encode(frameBytesMax: Int) throws(CQLError) -> [UInt8] {
        var writer: MessageWriter
        switch self {
        case .startup:
            writer = MessageWriter(.startup)
            writer.shortCount(1, of: "options")
            writer.short("CQL_VERSION".utf8)
            writer.short("3.0.0".utf8)
        case .authResponse(let token):
            writer = MessageWriter(.authResponse)
            writer.long(token)
        case .query(let text, let consistency):
            writer = MessageWriter(.query)
            writer.long(text.utf8)
            writer.integer(consistency.rawValue)
            writer.integer(UInt8(0))  // No flags.
        case .prepare(let text):
            writer = MessageWriter(.prepare)
            writer.long(text.utf8)
        case .execute(let id, let values, let consistency, let page):
            writer = MessageWriter(.execute)
            writer.short(id)
            writer.integer(consistency.rawValue)
            // § 4.1.4: values, a page size, a paging state. Metadata is never skipped (0x02): the columns of `SELECT *` change
            // with the table, and a client that relies on those of the preparation would take one column for another.
            writer.integer(UInt8(0x01 | (page == nil ? 0 : 0x04) | (page?.state == nil ? 0 : 0x08)))
            writer.values(values)
            if let page { writer.integer(page.rowCount) }
            if let state = page?.state { writer.long(state) }
        case .batch(let entries, let consistency):
            writer = MessageWriter(.batch)
            writer.integer(UInt8(1))  // Unlogged.
            writer.shortCount(entries.count, of: "statements in a batch")
            for (id, values) in entries {
                writer.integer(UInt8(1))  // Prepared.
                writer.short(id)
                writer.values(values)
            }
            writer.integer(consistency.rawValue)
            writer.integer(UInt8(0))  // No flags.
        }
        return try writer.finish(frameBytesMax: frameBytesMax)
    }
}

/// How many replicas must have answered: the [consistency] of native_protocol_v4.spec § 3, as far as it is used here.
package enum Consistency: UInt16, Sendable {
    case one = 0x01
    case quorum = 0x04
    case all = 0x05
    case localQuorum = 0x06
    case localOne = 0x0A
}
