/// What stands before rows, and behind the id of a prepared statement: native_protocol_v4.spec § 4.2.5.2 and § 4.2.5.4.
struct CQLMetadata {
    var columns: [CQLColumn] = []
    /// Where the next page begins; `nil` after the last.
    var pagingState: [UInt8]?

    init(ofMarkers: Bool = false, from reader: inout MessageReader) throws(CQLError) {
        let flags = try reader.integer(Int32.self)
        let (hasGlobalTable, hasMorePages, hasNoColumns) = (flags & 0x01 != 0, flags & 0x02 != 0, flags & 0x04 != 0)
        guard !hasNoColumns else { throw reader.malformed("the columns were left out, which nobody has asked for") }
        // At least the length of an empty name, and a type.
        let columnCount = try reader.count(bytesMin: 4)
        // Which markers are the partition key: for those who ask the node that has it.
        if ofMarkers { _ = try reader.take(2 * reader.count(bytesMin: 2)) }
        if hasMorePages, let range = try reader.bytesRange() { pagingState = Array(reader.bytes[range]) }
        if hasGlobalTable && columnCount > 0 { try Self.skipTable(&reader) }
        columns.reserveCapacity(columnCount)
        for _ in 0..<columnCount {
            if !hasGlobalTable { try Self.skipTable(&reader) }
            let name = try reader.string()
            guard let type = CQLType(rawValue: try reader.integer(UInt16.self)) else {
                throw reader.malformed("the column \(name) has a type that this client does not support")
            }
            columns.append(CQLColumn(name: name, type: type))
        }
    }

    /// The names of keyspace and table.
    private static func skipTable(_ reader: inout MessageReader) throws(CQLError) {
        try reader.skipString()
        try reader.skipString()
    }
}

/// A column of an answer, or a marker of a statement.
package struct CQLColumn: Sendable, Equatable {
    package let name: String
    package let type: CQLType
}
