extension CQLSession {
    /// The rows of a statement, page by page (§ 8): for answers that are too large for one message.
    ///
    /// ```swift
    /// for try await rows in session.pages(select, [.text("stream")]) {
    ///     for row in rows { … }
    /// }
    /// ```
    ///
    /// A page is asked for when the one before it is done with. What is written meanwhile may be seen or not.
    ///
    /// - Parameters:
    ///   - rowsPerPage: about so many; a page of wide rows must still fit into `frameBytesMax`.
    ///   - epoch: the connection for all pages. Otherwise they may come over several, if one is lost in between.
    package func pages(
        _ statement: CQLStatement, _ values: [CQLValue] = [], rowsPerPage: Int = 5000,
        consistency: Consistency = .localQuorum, in epoch: Int? = nil
    ) -> CQLPages {
        CQLPages { [self] state in
            let page = Request.Page(rowCount: Int32(clamping: rowsPerPage), state: state)
            return try await execute(statement, values, consistency, in: epoch, page: page).rows
        }
    }
}

/// Pages of rows, each asked for when it is wanted.
package struct CQLPages: AsyncSequence, AsyncIteratorProtocol {
    fileprivate let ask: (_ pagingState: [UInt8]?) async throws -> CQLRows
    private var pagingState: [UInt8]?
    private var isDone = false

    fileprivate init(ask: @escaping (_ pagingState: [UInt8]?) async throws -> CQLRows) {
        self.ask = ask
    }

    package func makeAsyncIterator() -> CQLPages { self }

    package mutating func next() async throws -> CQLRows? {
        if isDone { return nil }
        let rows = try await ask(pagingState)
        pagingState = rows.pagingState
        isDone = pagingState == nil
        return rows
    }
}
