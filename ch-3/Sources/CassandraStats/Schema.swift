/// The tables in which counts are kept. `db/init.cql` has the same statements, for those who make the tables by hand.
package struct Schema: Sendable {
    package static let defaultKeyspace = "wiki_stats"

    /// What Cassandra takes without quotes, in lower case: a letter, then letters, digits and underscores, 48 in all.
    package static func isKeyspace(_ name: String) -> Bool {
        let isLetter = { (byte: UInt8) in UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }
        let isDigit = { (byte: UInt8) in UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 48 else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    package let keyspace: String

    package init(keyspace: String = Self.defaultKeyspace) {
        precondition(Self.isKeyspace(keyspace), "the name of the keyspace was to be checked before")
        self.keyspace = keyspace
    }

    /// In the order in which they are to be executed. What is there already stays as it is.
    ///
    /// One replica, in one data centre: for a machine of one's own. Where there are more, the keyspace is made beforehand.
    package var statements: [String] {
        [
            """
            CREATE KEYSPACE IF NOT EXISTS \(keyspace)
                WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1}
            """,
            """
            CREATE TABLE IF NOT EXISTS \(keyspace).shard (
                shard text, kind text, name text, count bigint, row_version bigint,
                version bigint static, position blob static,
                messages bigint static, bots bigint static, users bigint static,
                PRIMARY KEY (shard, kind, name))
            """,
            """
            CREATE TABLE IF NOT EXISTS \(keyspace).user_count (
                shard text, bucket smallint, name text, count bigint, version bigint,
                PRIMARY KEY ((shard, bucket), name))
            """,
        ]
    }
}
