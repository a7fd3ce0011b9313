/// Tables as Cassandra keeps them, as far as the statements of the program under test need it: cells with timestamps, static
/// columns, partitions with their rows in order. A value stays the bytes that it came as.
package struct CassandraTables: Sendable {
    package struct Column: Sendable, Equatable {
        package let name: String
        /// Its number in the specification of the protocol (§ 4.2.5.2).
        package let type: Int
        let isStatic: Bool
    }

    package struct Table: Sendable {
        let columns: [Column]
        let partitionKey: [String]
        let clusteringKey: [String]
        package fileprivate(set) var partitions: [[[UInt8]]: Partition] = [:]

        func column(_ name: String) -> Column? { columns.first { $0.name == name } }
    }

    package struct Partition: Sendable {
        package var statics: [String: Cell] = [:]
        package var rows: [[[UInt8]]: [String: Cell]] = [:]
    }

    package struct Cell: Sendable, Equatable {
        package let value: [UInt8]
        package let timestamp: Int
    }

    /// An `UPDATE`, with its values.
    package struct Update: Sendable {
        package let table: String
        package let partition: [[UInt8]]
        /// Empty if only static columns are set.
        package let row: [[UInt8]]
        package let values: [String: [UInt8]]
        package let timestamp: Int
    }

    package private(set) var keyspaces: Set<String> = []
    package private(set) var tables: [String: Table] = [:]

    package init() {}

    // MARK: Schema

    /// `CREATE KEYSPACE` and `CREATE TABLE`, of which nothing happens if the name is taken.
    ///
    /// - Returns: whether it could be read.
    mutating func create(_ text: String) -> Bool {
        if let match = text.firstMatch(of: /^CREATE KEYSPACE IF NOT EXISTS (\w+)\s+WITH replication/) {
            keyspaces.insert(String(match.1))
            return true
        }
        guard
            let match = text.firstMatch(
                of: /(?s)^CREATE TABLE IF NOT EXISTS (\w+)\.(\w+) \((.*),\s*PRIMARY KEY \((.*)\)\)( WITH .*)?$/),
            keyspaces.contains(String(match.1))
        else { return false }
        let name = "\(match.1).\(match.2)"
        let columns = match.3.split(separator: ",").compactMap { Column($0.split(whereSeparator: \.isWhitespace)) }
        let key = match.4.split { ", ()".contains($0) }.map(String.init)
        // Either the first column, or those in parentheses.
        let inner = match.4.firstMatch(of: /^\(([^)]*)\)/)?.1.split { ", ".contains($0) }.count ?? 1
        if tables[name] == nil {
            tables[name] = Table(
                columns: columns, partitionKey: Array(key.prefix(inner)), clusteringKey: Array(key.dropFirst(inner)))
        }
        return true
    }

    /// All rows of all tables, as `TRUNCATE` removes them.
    mutating func removeRows() {
        for name in tables.keys { tables[name]?.partitions = [:] }
    }

    mutating func drop(keyspace: String) {
        keyspaces.remove(keyspace)
        tables = tables.filter { !$0.key.hasPrefix("\(keyspace).") }
    }

    // MARK: Writing

    mutating func apply(_ update: Update) {
        guard var table = tables[update.table] else { return }
        var partition = table.partitions[update.partition] ?? Partition()
        for (name, value) in update.values {
            let cell = Cell(value: value, timestamp: update.timestamp)
            if table.column(name)?.isStatic == true {
                partition.statics[name] = Self.later(partition.statics[name], cell)
            } else {
                partition.rows[update.row, default: [:]][name] = Self.later(partition.rows[update.row]?[name], cell)
            }
        }
        table.partitions[update.partition] = partition
        tables[update.table] = table
    }

    /// The later one; with equal timestamps, the larger value.
    private static func later(_ old: Cell?, _ new: Cell) -> Cell {
        guard let old else { return new }
        if new.timestamp != old.timestamp { return new.timestamp > old.timestamp ? new : old }
        return new.value.lexicographicallyPrecedes(old.value) ? old : new
    }

    // MARK: Reading

    /// The rows of a partition, or, with `isDistinct`, its static columns.
    func select(
        _ columns: [String], isDistinct: Bool, from name: String, partition key: [[UInt8]]
    ) -> [[[UInt8]?]] {
        guard let table = tables[name], let partition = table.partitions[key] else { return [] }
        let statics = partition.statics.mapValues(\.value)
            .merging(zip(table.partitionKey, key)) { $1 }
        if isDistinct || partition.rows.isEmpty { return [columns.map { statics[$0] }] }
        let rows = partition.rows.sorted { Self.isBefore($0.key, $1.key) }
        return rows.map { key, cells in
            let row = statics.merging(cells.mapValues(\.value)) { $1 }.merging(zip(table.clusteringKey, key)) { $1 }
            return columns.map { row[$0] }
        }
    }

    private static func isBefore(_ first: [[UInt8]], _ second: [[UInt8]]) -> Bool {
        for (first, second) in zip(first, second) where first != second {
            return first.lexicographicallyPrecedes(second)
        }
        return false
    }
}

extension CassandraTables.Column {
    fileprivate init?(_ words: [Substring]) {
        let types = ["bigint": 0x02, "blob": 0x03, "text": 0x0D, "smallint": 0x13]
        guard words.count >= 2, let type = types[String(words[1])] else { return nil }
        self.init(name: String(words[0]), type: type, isStatic: words.last == "static")
    }
}

extension [UInt8] {
    /// What a value of a whole-number type says.
    package var integer: Int {
        let isNegative = first.map { $0 > 0x7F } ?? false
        return reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
    }

    package var text: String { String(decoding: self, as: UTF8.self) }
}
