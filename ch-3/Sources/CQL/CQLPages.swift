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
        CQLPages(page: Request.Page(rowCount: Int32(clamping: rowsPerPage))) { [self] page in
            try await execute(statement, values, consistency, in: epoch, page: page).rows
        }
    }
}

/// Pages of rows, each asked for when it is wanted.
package struct CQLPages: AsyncSequence, AsyncIteratorProtocol {
    /// The one to ask for; `nil` after the last.
    fileprivate var page: Request.Page?
    fileprivate let ask: (Request.Page) async throws -> CQLRows

    package func makeAsyncIterator() -> CQLPages { self }

    package mutating func next() async throws -> CQLRows? {
        guard let page else { return nil }
        let rows = try await ask(page)
        self.page = rows.pagingState.map { Request.Page(rowCount: page.rowCount, state: $0) }
        return rows
    }
}
