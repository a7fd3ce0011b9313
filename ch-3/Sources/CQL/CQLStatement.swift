internal import Locking

/// A statement that the server has prepared; used with any session of the cluster it was prepared for, from any task.
///
/// A server knows it by an id until it restarts or the table changes; the session then prepares it again.
package final class CQLStatement: Sendable {
    package let text: String
    private let prepared: Locked<Response.Prepared>

    init(text: String, prepared: Response.Prepared) {
        self.text = text
        self.prepared = Locked(prepared)
    }

    var id: [UInt8] { prepared.withLock { $0.id } }

    func update(_ newer: Response.Prepared) {
        prepared.withLock { $0 = newer }
    }

    /// - Returns: the id, if these values fit the markers.
    func bind(_ values: [CQLValue]) throws(CQLError) -> [UInt8] {
        let prepared = prepared.withLock { $0 }
        guard prepared.markers.elementsEqual(values, by: { $0 == $1.type }) else {
            let given = values.map { "\($0.type)" }.joined(separator: ", ")
            let wanted = prepared.markers.map { "\($0)" }.joined(separator: ", ")
            throw .invalidRequest("the values (\(given)) do not fit the markers (\(wanted)) in: \(text)")
        }
        return prepared.id
    }
}

/// Statements that are sent together, as an unlogged batch: one round trip, and no more than that.
///
/// It is atomic only if all its rows have the same partition key. Up to 65,535 statements; 100 to 500 are a good number.
package struct CQLBatch: Sendable {
    private(set) var entries: [(statement: CQLStatement, values: [CQLValue])] = []

    package init() {}

    package mutating func add(_ statement: CQLStatement, _ values: [CQLValue]) {
        entries.append((statement, values))
    }
}
