/// The rows of one answer, or of one page of it: native_protocol_v4.spec § 4.2.5.2.
package struct CQLRows: RandomAccessCollection, Sendable {
    package let columns: [CQLColumn]
    /// Row by row; `nil` is null.
    fileprivate let values: [CQLValue?]
    /// Where the next page begins; `nil` after the last. There is one only if pages were asked for.
    package let pagingState: [UInt8]?

    package var startIndex: Int { 0 }
    package var endIndex: Int { columns.isEmpty ? 0 : values.count / columns.count }

    package subscript(index: Int) -> CQLRow {
        CQLRow(columns: columns, values: values[(index * columns.count)..<((index + 1) * columns.count)])
    }

    /// What a statement without rows answers with.
    static let none = CQLRows(columns: [], values: [], pagingState: nil)
}

extension CQLRows {
    init(from reader: inout MessageReader) throws(CQLError) {
        let metadata = try CQLMetadata(from: &reader)
        let columns = metadata.columns
        guard !columns.isEmpty else { throw reader.malformed("there are rows without columns") }
        // At least the length of each value.
        let rowCount = try reader.count(bytesMin: 4 * columns.count)
        var values: [CQLValue?] = []
        values.reserveCapacity(rowCount * columns.count)
        for _ in 0..<rowCount {
            for column in columns {
                let range = try reader.bytesRange()
                values.append(
                    try range.map { range throws(CQLError) in try CQLValue(column.type, reader.bytes[range]) })
            }
        }
        self.init(columns: columns, values: values, pagingState: metadata.pagingState)
    }
}

/// One row. Its values are asked for by the place of their column, with the type that the column must have.
package struct CQLRow: Sendable {
    fileprivate let columns: [CQLColumn]
    fileprivate let values: ArraySlice<CQLValue?>

    package func isNull(_ column: Int) -> Bool {
        self[column] == nil
    }

    package func text(_ column: Int) throws(CQLError) -> String {
        guard case .text(let text) = self[column] else { throw mismatch(column) }
        return text
    }

    package func bigint(_ column: Int) throws(CQLError) -> Int64 {
        guard case .bigint(let number) = self[column] else { throw mismatch(column) }
        return number
    }

    package func int(_ column: Int) throws(CQLError) -> Int32 {
        guard case .int(let number) = self[column] else { throw mismatch(column) }
        return number
    }

    package func smallint(_ column: Int) throws(CQLError) -> Int16 {
        guard case .smallint(let number) = self[column] else { throw mismatch(column) }
        return number
    }

    package func blob(_ column: Int) throws(CQLError) -> [UInt8] {
        guard case .blob(let bytes) = self[column] else { throw mismatch(column) }
        return bytes
    }

    private subscript(column: Int) -> CQLValue? { values[values.startIndex + column] }

    private func mismatch(_ column: Int) -> CQLError {
        let isNull = isNull(column)
        let column = columns[column]
        return .unexpectedValue("the column \(column.name) is \(isNull ? "null" : "of the type \(column.type)")")
    }
}
