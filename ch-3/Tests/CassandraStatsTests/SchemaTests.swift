import CassandraStats
import Foundation
import Testing

struct SchemaTests {
    /// The file says what the program does.
    @Test func theFileHasTheStatementsOfTheProgram() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../db/init.cql").standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        let statements = text.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
            .split(separator: ";").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        #expect(statements.filter { !$0.isEmpty } == Schema().statements)
    }

    @Test(arguments: ["wiki_stats", "a", "a1", String(repeating: "a", count: 48)])
    func namesThatNeedNoQuotesAreKeyspaces(name: String) {
        #expect(Schema.isKeyspace(name))
    }

    @Test(arguments: [
        "", "1a", "_a", "A", "wiki-stats", "wiki stats", "a;", "a.b", "ä", String(repeating: "a", count: 49),
        "a WITH x", "\"a\"",
    ])
    func othersAreNot(name: String) {
        #expect(!Schema.isKeyspace(name))
    }
}
