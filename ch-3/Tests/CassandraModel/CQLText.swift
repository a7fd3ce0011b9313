/// A prepared statement: what is to be done with the values of its markers.
enum CQLText: Sendable {
    case update(table: String, set: [String], partition: Int, row: Int)
    case select(columns: [String], isDistinct: Bool, table: String)

    /// A statement, the names of its markers' columns (`nil` for the timestamp), and the table.
    struct Parsed: Sendable {
        let statement: CQLText
        let markers: [String?]
    }

    /// - Returns: `nil` if it is no statement of the two forms that there are.
    static func parse(_ text: String, _ tables: CassandraTables) -> Parsed? {
        let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if let match = text.wholeMatch(of: /UPDATE ([\w.]+) USING TIMESTAMP \? SET (.*) WHERE (.*)/) {
            let table = String(match.1)
            guard let definition = tables.tables[table], let set = names(match.2, separator: ", "),
                let key = names(match.3, separator: " AND "),
                key == Array((definition.partitionKey + definition.clusteringKey).prefix(key.count)),
                set.allSatisfy({ definition.column($0) != nil })
            else { return nil }
            let partition = definition.partitionKey.count
            let statement = update(table: table, set: set, partition: partition, row: key.count - partition)
            return Parsed(statement: statement, markers: [nil] + set + key)
        }
        guard let match = text.wholeMatch(of: /SELECT (DISTINCT )?(.*) FROM ([\w.]+) WHERE (.*)/) else { return nil }
        let (table, columns) = (String(match.3), match.2.split(separator: ", ").map(String.init))
        guard let definition = tables.tables[table], let key = names(match.4, separator: " AND "),
            key == definition.partitionKey, columns.allSatisfy({ definition.column($0) != nil })
        else { return nil }
        return Parsed(statement: select(columns: columns, isDistinct: match.1 != nil, table: table), markers: key)
    }

    /// `a = ?, b = ?`
    private static func names(_ text: Substring, separator: String) -> [String]? {
        var names: [String] = []
        for part in text.split(separator: separator) {
            guard let match = part.wholeMatch(of: /(\w+) = \?/) else { return nil }
            names.append(String(match.1))
        }
        return names
    }

    var table: String {
        switch self {
        case .update(let table, _, _, _), .select(_, _, let table): table
        }
    }

    /// The update that these values make of it.
    func update(_ values: [[UInt8]]) -> CassandraTables.Update? {
        guard case .update(let table, let set, let partition, let row) = self,
            values.count == 1 + set.count + partition + row
        else { return nil }
        let key = values.dropFirst(1 + set.count)
        return CassandraTables.Update(
            table: table, partition: Array(key.prefix(partition)), row: Array(key.dropFirst(partition)),
            values: [String: [UInt8]](zip(set, values.dropFirst())) { $1 }, timestamp: values[0].integer)
    }
}
