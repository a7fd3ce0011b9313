extension CQLSession {
    /// Sends a statement that is not worth preparing, and has no markers: of the schema, above all.
    ///
    /// - Parameters:
    ///   - text: with the keyspace before each name of a table, since connections come and go, and `USE` with them.
    ///   - timeout: if it may take longer than `requestTimeout`, as TRUNCATE may.
    package func query(
        _ text: String, consistency: Consistency = .localQuorum, timeout: Duration? = nil, in epoch: Int? = nil
    ) async throws -> CQLResult {
        try await perform(in: epoch, timeout: timeout, preparingAgain: []) { () throws(CQLError) in
            .query(text, Request.Parameters(consistency: consistency))
        }
    }

    /// Lets the server read a statement once, and say what its markers are.
    package func prepare(_ text: String) async throws -> CQLStatement {
        let link = try await link(nil)
        return CQLStatement(text: text, prepared: try await prepare(text, on: link))
    }

    /// - Parameter values: one for each marker, in their order.
    package func execute(
        _ statement: CQLStatement, _ values: [CQLValue] = [], consistency: Consistency = .localQuorum,
        in epoch: Int? = nil
    ) async throws -> CQLResult {
        try await perform(in: epoch, preparingAgain: [statement]) { () throws(CQLError) in
            .execute(
                id: try statement.bind(values), Request.Parameters(consistency: consistency, values: values))
        }
    }

    package func execute(
        _ batch: CQLBatch, consistency: Consistency = .localQuorum, in epoch: Int? = nil
    ) async throws -> CQLResult {
        try await perform(in: epoch, preparingAgain: batch.entries.map(\.statement)) { () throws(CQLError) in
            var entries: [Request.BatchEntry] = []
            entries.reserveCapacity(batch.count)
            for (statement, values) in batch.entries {
                entries.append(Request.BatchEntry(id: try statement.bind(values), values: values))
            }
            return .batch(entries, consistency)
        }
    }

    /// One page of an answer that is too large for one message (§ 8). ``pages(_:_:rowsPerPage:consistency:in:)`` is simpler.
    func page(
        _ statement: CQLStatement, _ values: [CQLValue], rowsPerPage: Int, after pagingState: [UInt8]?,
        consistency: Consistency, in epoch: Int?
    ) async throws -> CQLResult {
        try await perform(in: epoch, preparingAgain: [statement]) { () throws(CQLError) in
            .execute(
                id: try statement.bind(values),
                Request.Parameters(
                    consistency: consistency, values: values, rowsPerPage: Int32(clamping: max(1, rowsPerPage)),
                    pagingState: pagingState))
        }
    }

    // MARK: Asking

    /// How often one request may be answered with UNPREPARED. A batch may hold several statements that are new to a server.
    private static let preparationsMax = 16

    /// - Parameters:
    ///   - statements: those that the request refers to.
    ///   - makeRequest: called again when one of them has a new id.
    private func perform(
        in epoch: Int?, timeout: Duration? = nil, preparingAgain statements: @autoclosure () -> [CQLStatement],
        _ makeRequest: () throws(CQLError) -> Request
    ) async throws -> CQLResult {
        let link = try await link(epoch)
        var preparationCount = 0
        while true {
            let response = try await ask(makeRequest(), on: link, timeout: timeout)
            switch response {
            case .result(.rows(let rows)): return CQLResult(epoch: link.epoch, rows: rows)
            case .result: return CQLResult(epoch: link.epoch, rows: .none)
            case .error(let error):
                guard case .unprepared(let id) = error.kind, preparationCount < Self.preparationsMax else {
                    throw CQLError.server(error)
                }
                preparationCount += 1
                // If none has this id, another task has prepared that statement again in the meantime.
                if let statement = statements().first(where: { $0.id == id }) {
                    statement.update(try await prepare(statement.text, on: link))
                }
            default: throw CQLError.unexpected(response)
            }
        }
    }

    private func prepare(_ text: String, on link: Link) async throws -> Response.Prepared {
        switch try await ask(.prepare(text), on: link) {
        case .result(.prepared(let prepared)): return prepared
        case .error(let error): throw CQLError.server(error)
        case let other: throw CQLError.unexpected(other)
        }
    }

    private func ask(_ request: Request, on link: Link, timeout: Duration? = nil) async throws -> Response {
        let frame = try request.encode(frameBytesMax: settings.frameBytesMax)
        let answer = try await link.connection.send(frame, timeout: timeout ?? settings.requestTimeout)
        do throws(MalformedMessage) {
            let (response, warnings) = try Response.decode(answer)
            report(warnings: warnings)
            return response
        } catch {
            throw CQLError.malformedAnswer(error)
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
