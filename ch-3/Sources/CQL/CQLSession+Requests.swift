extension CQLSession {
    /// Sends a statement that is not worth preparing, and has no markers: of the schema, above all.
    ///
    /// - Parameters:
    ///   - text: with the keyspace before each name of a table, since connections come and go, and `USE` with them.
    ///   - timeout: if it may take longer than `requestTimeout`, as TRUNCATE may.
    package func query(
        _ text: String, consistency: Consistency = .localQuorum, timeout: Duration? = nil, in epoch: Int? = nil
    ) async throws -> CQLResult {
        try await perform(in: epoch, timeout: timeout, with: []) { () throws(CQLError) in .query(text, consistency) }
    }

    /// Lets the server read a statement once, and say what its markers are.
    package func prepare(_ text: String) async throws -> CQLStatement {
        CQLStatement(text: text, prepared: try await prepare(text, on: link(nil)))
    }

    /// - Parameter values: one for each marker, in their order.
    package func execute(
        _ statement: CQLStatement, _ values: [CQLValue] = [], consistency: Consistency = .localQuorum,
        in epoch: Int? = nil
    ) async throws -> CQLResult {
        try await execute(statement, values, consistency, in: epoch, page: nil)
    }

    package func execute(
        _ batch: CQLBatch, consistency: Consistency = .localQuorum, in epoch: Int? = nil
    ) async throws -> CQLResult {
        try await perform(in: epoch, with: batch.entries.map(\.statement)) { () throws(CQLError) in
            .batch(
                try batch.entries.map { entry throws(CQLError) in (try entry.statement.bind(entry.values), entry.values)
                },
                consistency)
        }
    }

    func execute(
        _ statement: CQLStatement, _ values: [CQLValue], _ consistency: Consistency, in epoch: Int?, page: Request.Page?
    ) async throws -> CQLResult {
        try await perform(in: epoch, with: [statement]) { () throws(CQLError) in
            .execute(id: try statement.bind(values), values, consistency, page)
        }
    }

    /// How often one request may be answered with UNPREPARED. A batch may hold several statements that are new to a server.
    private static let preparationsMax = 16

    /// Asks, and prepares again what the server does not know.
    ///
    /// - Parameters:
    ///   - statements: those that the request refers to.
    ///   - makeRequest: called again when one of them has a new id.
    private func perform(
        in epoch: Int?, timeout: Duration? = nil, with statements: @autoclosure () -> [CQLStatement],
        _ makeRequest: () throws(CQLError) -> Request
    ) async throws -> CQLResult {
        let link = try await link(epoch)
        var preparationCount = 0
        while true {
            let response = try await link.connection.ask(makeRequest(), timeout: timeout ?? settings.requestTimeout)
            noteAnswer(in: link.epoch)
            switch response {
            case .rows(let rows): return CQLResult(epoch: link.epoch, rows: rows)
            case .done: return CQLResult(epoch: link.epoch, rows: .none)
            case .error(let error) where error.kind == .unprepared && preparationCount < Self.preparationsMax:
                preparationCount += 1
                // If none has this id, another task has prepared that statement again in the meantime.
                if let statement = statements().first(where: { $0.id == error.statementID }) {
                    statement.update(try await prepare(statement.text, on: link))
                }
            default: throw CQLError.unexpected(response)
            }
        }
    }

    private func prepare(_ text: String, on link: Link) async throws -> Response.Prepared {
        switch try await link.connection.ask(.prepare(text), timeout: settings.requestTimeout) {
        case .prepared(let prepared): return prepared
        case let other: throw CQLError.unexpected(other)
        }
    }
}

/// What a request has brought.
package struct CQLResult: Sendable {
    /// The connection that the answer has come over.
    package let epoch: Int
    /// Empty for what has no rows to answer with.
    package let rows: CQLRows
}
