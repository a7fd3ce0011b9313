/// The rows of one answer, or of one page of it: native_protocol_v4.spec § 4.2.5.2.
///
/// All lengths are checked when the answer is read; the values are made when they are asked for.
package struct CQLRows: RandomAccessCollection, Sendable {
    fileprivate let page: Page
    /// Where the next page begins; `nil` after the last. There is one only if pages were asked for.
    package let pagingState: [UInt8]?

    package var columns: [CQLColumn] { page.columns }
    package var startIndex: Int { 0 }
    package var endIndex: Int { page.rowCount }

    package subscript(index: Int) -> CQLRow {
        precondition(indices.contains(index), "there is no such row")
        return CQLRow(page: page, firstCell: index * page.columns.count)
    }

    /// What a statement without rows answers with.
    static let none = CQLRows(
        page: Page(columns: [], rowCount: 0, body: [], cells: []), pagingState: nil)

    /// A class, so that a row that refers to it costs one reference count.
    fileprivate final class Page: Sendable {
        let columns: [CQLColumn]
        let rowCount: Int
        let body: [UInt8]
        /// Row by row.
        let cells: [Cell]

        init(columns: [CQLColumn], rowCount: Int, body: [UInt8], cells: [Cell]) {
            self.columns = columns
            self.rowCount = rowCount
            self.body = body
            self.cells = cells
        }
    }

    /// A value's place in the body. A frame is shorter than 2 GiB, so numbers of half the size do.
    fileprivate struct Cell {
        let start: Int32
        /// -1 is null.
        let count: Int32
    }
}

extension CQLRows {
    init(from reader: inout MessageReader) throws(MalformedMessage) {
        let flags = Metadata.Flags(rawValue: try reader.integer(Int32.self))
        let columnCount = try reader.count(bytesMin: Metadata.columnBytesMin)
        var pagingState: [UInt8]?
        if flags.contains(.hasMorePages) {
            pagingState = try reader.bytesValue()
            guard pagingState != nil else {
                throw reader.malformed("there are more pages, and nothing to ask for them")
            }
        }
        guard !flags.contains(.noMetadata), columnCount > 0 else {
            throw reader.malformed("there are rows without columns")
        }
        let columns = try Metadata.columns(count: columnCount, flags: flags, from: &reader)
        let rowCount = try reader.count(bytesMin: 4 * columnCount)
        var cells: [Cell] = []
        cells.reserveCapacity(rowCount * columnCount)
        for _ in 0..<rowCount * columnCount {
            let range = try reader.bytesRange()
            cells.append(Cell(start: Int32(range?.lowerBound ?? 0), count: Int32(range?.count ?? -1)))
        }
        page = Page(columns: columns, rowCount: rowCount, body: reader.bytes, cells: cells)
        self.pagingState = pagingState
    }
}

/// One row. Its values are asked for by the place of their column, with the type that the column must have.
package struct CQLRow: Sendable {
    fileprivate let page: CQLRows.Page
    fileprivate let firstCell: Int

    package func isNull(_ column: Int) -> Bool {
        cell(column).count < 0
    }

    /// `text`, `varchar` or `ascii`.
    package func text(_ column: Int) throws(CQLValueError) -> String {
        let range = try bytes(column) { $0.isText }
        guard let text = String(validating: page.body[range], as: UTF8.self) else {
            throw error(column, "is not UTF-8")
        }
        return text
    }

    /// `bigint`, `counter` or `timestamp`.
    package func bigint(_ column: Int) throws(CQLValueError) -> Int64 {
        try integer(column) { $0.isBigint }
    }

    package func int(_ column: Int) throws(CQLValueError) -> Int32 {
        try integer(column) { $0 == .int }
    }

    package func smallint(_ column: Int) throws(CQLValueError) -> Int16 {
        try integer(column) { $0 == .smallint }
    }

    package func boolean(_ column: Int) throws(CQLValueError) -> Bool {
        let byte: UInt8 = try integer(column) { $0 == .boolean }
        return byte != 0
    }

    package func blob(_ column: Int) throws(CQLValueError) -> [UInt8] {
        Array(page.body[try bytes(column) { $0 == .blob }])
    }

    private func integer<Integer: FixedWidthInteger>(
        _ column: Int, _ isRight: (CQLType.Native) -> Bool
    ) throws(CQLValueError) -> Integer {
        let range = try bytes(column, isRight)
        guard range.count == MemoryLayout<Integer>.size else {
            throw error(column, "has \(range.count) bytes and not \(MemoryLayout<Integer>.size)")
        }
        return page.body.withUnsafeBytes {
            Integer(bigEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: Integer.self))
        }
    }

    private func bytes(
        _ column: Int, _ isRight: (CQLType.Native) -> Bool
    ) throws(CQLValueError) -> Range<Int> {
        let cell = cell(column)
        guard case .native(let type) = page.columns[column].type, isRight(type) else {
            throw error(column, "is of the type \(page.columns[column].type)")
        }
        guard cell.count >= 0 else { throw error(column, "is null") }
        return Int(cell.start)..<Int(cell.start + cell.count)
    }

    private func cell(_ column: Int) -> CQLRows.Cell {
        precondition(page.columns.indices.contains(column), "there is no such column")
        return page.cells[firstCell + column]
    }

    private func error(_ column: Int, _ problem: String) -> CQLValueError {
        CQLValueError(column: page.columns[column].name, problem: problem)
    }
}

/// A value that is not what was asked for: null, of another type, of a wrong length, or no text.
package struct CQLValueError: Error, Sendable, Equatable, CustomStringConvertible {
    package let column: String
    package let problem: String

    package var description: String { "the column \(column) \(problem)" }
}
