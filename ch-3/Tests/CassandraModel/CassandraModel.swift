private import Locking
package import ScriptedCassandra

/// A Cassandra in this process: it understands the statements that the program under test uses, keeps what it is told, and
/// fails when a test wants it to.
package final class CassandraModel: Sendable {
    /// What a client asks for.
    package enum Operation: Sendable, Equatable {
        case prepare(String)
        /// A statement of the schema.
        case query(String)
        case read(table: String)
        case write(table: String, rowCount: Int)

        package var isWrite: Bool { if case .write = self { true } else { false } }
    }

    /// What becomes of it.
    package enum Fate: Sendable {
        case done
        /// The answer comes a byte at a time.
        case doneInPieces
        /// Nothing is done but to answer with this error.
        case refused(CQLReply)
        /// It is done, and answered with an error all the same, as after a write timeout.
        case doneAndRefused(CQLReply)
        /// The server has forgotten the statement.
        case unprepared
        /// The connection ends, before or after it is done.
        case dropped
        case doneAndDropped
        /// It is done later, when the test says so; the connection ends.
        case late
        /// It is done after what is late.
        case doneAfterWhatIsLate
        /// It is not done, and there is no answer.
        case ignored
        /// The server ends, and when it is back so many of the last writes are lost.
        case forgotten(Int)
    }

    package static let overloaded = CQLReply.error(0x1001)
    package static let invalid = CQLReply.error(0x2200)
    package static let unauthorized = CQLReply.error(0x2100)
    package static let unavailable = CQLReply.error(0x1000, "no", CQLMessage().short(6).int(2).int(1))
    package static let writeTimeout = CQLReply.error(
        0x1100, "no", CQLMessage().short(6).int(0).int(1).string("UNLOGGED_BATCH"))

    private let state = Locked(State())

    private struct State {
        var tables = CassandraTables()
        /// Every write that was done, in order, for the server to forget.
        var log: [[CassandraTables.Update]] = []
        var late: [[CassandraTables.Update]] = []
        var statements: [CQLText.Parsed] = []
        var operations: [Operation] = []
        var decide: @Sendable (Operation) -> Fate = { _ in .done }
        var observe: @Sendable (CassandraTables, [CassandraTables.Update]) -> Void = { _, _ in }

        mutating func apply(_ write: [CassandraTables.Update]) {
            log.append(write)
            for update in write { tables.apply(update) }
            observe(tables, write)
        }

        mutating func doWhatIsLate() {
            for write in late { apply(write) }
            late = []
        }
    }

    package init() {}

    /// A server over these tables. There may be several, and one after the other.
    package func makeServer() -> ScriptedCassandra {
        ScriptedCassandra { [self] request in actions(for: request) }
    }

    // MARK: For tests

    package var tables: CassandraTables { state.withLock { $0.tables } }

    /// All that was asked for, in order.
    package var operations: [Operation] { state.withLock { $0.operations } }

    /// From now on, this decides.
    package func decide(_ fate: @escaping @Sendable (Operation) -> Fate) {
        state.withLock { $0.decide = fate }
    }

    /// Calls `body` after each write, with the tables and what was written, one at a time.
    package func observe(_ body: @escaping @Sendable (CassandraTables, [CassandraTables.Update]) -> Void) {
        state.withLock { $0.observe = body }
    }

    /// Loses the last writes; as the server would be killed, whoever calls ends the connections.
    package func forget(last count: Int) {
        state.withLock { Self.forget(last: count, &$0) }
    }

    /// Does what was put off.
    package func doWhatIsLate() {
        state.withLock { state in
            state.doWhatIsLate()
        }
    }

    package func drop(keyspace: String) {
        state.withLock { state in
            state.tables.drop(keyspace: keyspace)
            state.log = []
        }
    }

    private static func forget(last count: Int, _ state: inout State) {
        state.log.removeLast(min(count, state.log.count))
        state.late = []
        state.tables.removeRows()
        for update in state.log.joined() { state.tables.apply(update) }
    }

    // MARK: Requests

    private func actions(for request: ScriptedCassandra.Request) -> [ScriptedCassandra.Action] {
        var body = BodyReader(request.body)
        return state.withLock { state in
            switch request.opcode {
            case 0x05: return [.reply(.supported, stream: request.stream)]
            case 0x07:
                let text = body.longString()
                return answer(.query(text), to: request, &state) { state in
                    state.tables.create(text) ? .void : Self.invalid
                }
            case 0x09:
                let text = body.longString()
                return answer(.prepare(text), to: request, &state) { Self.prepare(text, &$0) }
            case 0x0A:
                guard let statement = body.statement(in: state.statements) else { return Self.unknown(request) }
                return execute(statement, &body, request, &state)
            case 0x0D:
                return batch(&body, request, &state)
            default: return [.close]
            }
        }
    }

    private static func unknown(_ request: ScriptedCassandra.Request) -> [ScriptedCassandra.Action] {
        [.reply(.error(0x000A, "no such statement"), stream: request.stream)]
    }

    private static func prepare(_ text: String, _ state: inout State) -> CQLReply {
        guard let parsed = CQLText.parse(text, state.tables), let table = state.tables.tables[parsed.statement.table]
        else { return invalid }
        state.statements.append(parsed)
        let types = parsed.markers.map { name in name.flatMap { table.column($0)?.type } ?? 0x02 }
        return .prepared(
            id: [UInt8(state.statements.count >> 8), UInt8(state.statements.count & 0xFF)], markers: types)
    }

    private func execute(
        _ statement: CQLText, _ body: inout BodyReader, _ request: ScriptedCassandra.Request, _ state: inout State
    ) -> [ScriptedCassandra.Action] {
        _ = body.integer(2)
        let flags = body.integer(1)
        let values = flags & 0x01 != 0 ? body.values() : []
        let rowsPerPage = flags & 0x04 != 0 ? body.integer(4) : .max
        let start = flags & 0x08 != 0 ? (body.value() ?? []).integer : 0
        switch statement {
        case .update: return write([(statement, values)], request, &state)
        case .select(let columns, let isDistinct, let table):
            return answer(.read(table: table), to: request, &state) { state in
                guard let definition = state.tables.tables[table] else { return Self.invalid }
                let rows = state.tables.select(columns, isDistinct: isDistinct, from: table, partition: values)
                let page = rows.dropFirst(start).prefix(rowsPerPage)
                let end = start + page.count
                return .rows(
                    Array(page), columns: columns.compactMap { definition.column($0) }, table: table,
                    pagingState: end < rows.count ? CQLMessage().int(end).bytes : nil)
            }
        }
    }

    private func batch(
        _ body: inout BodyReader, _ request: ScriptedCassandra.Request, _ state: inout State
    ) -> [ScriptedCassandra.Action] {
        _ = body.integer(1)
        var writes: [(CQLText, [[UInt8]])] = []
        for _ in 0..<body.integer(2) {
            _ = body.integer(1)
            guard let statement = body.statement(in: state.statements) else { return Self.unknown(request) }
            writes.append((statement, body.values()))
        }
        return write(writes, request, &state)
    }

    private func write(
        _ writes: [(statement: CQLText, values: [[UInt8]])], _ request: ScriptedCassandra.Request, _ state: inout State
    ) -> [ScriptedCassandra.Action] {
        let updates = writes.compactMap { $0.statement.update($0.values) }
        let table = writes.first?.statement.table ?? ""
        return answer(.write(table: table, rowCount: updates.count), to: request, &state) { state in
            guard state.tables.tables[table] != nil, updates.count == writes.count else { return Self.invalid }
            state.apply(updates)
            return .void
        } later: { state in
            state.late.append(updates)
        }
    }

    private func answer(
        _ operation: Operation, to request: ScriptedCassandra.Request, _ state: inout State,
        _ perform: (inout State) -> CQLReply, later: (inout State) -> Void = { _ in }
    ) -> [ScriptedCassandra.Action] {
        state.operations.append(operation)
        let reply = { (reply: CQLReply) in [ScriptedCassandra.Action.reply(reply, stream: request.stream)] }
        switch state.decide(operation) {
        case .done: return reply(perform(&state))
        case .doneInPieces: return [.replyInPieces(perform(&state), stream: request.stream)]
        case .refused(let error): return reply(error)
        case .doneAndRefused(let error):
            _ = perform(&state)
            return reply(error)
        case .unprepared:
            guard let id = BodyReader.firstStatementID(of: request) else { return reply(Self.overloaded) }
            return reply(.unprepared(id: id))
        case .dropped: return [.reset]
        case .doneAndDropped:
            _ = perform(&state)
            return [.reset]
        case .late:
            later(&state)
            return [.reset]
        case .doneAfterWhatIsLate:
            state.doWhatIsLate()
            return reply(perform(&state))
        case .ignored: return []
        case .forgotten(let count):
            Self.forget(last: count, &state)
            return [.reset]
        }
    }
}
