import ScriptedCassandra
import TestSupport
import Testing

@testable import CQL

struct CQLValueTests {
    /// What is written into a request, and comes back in a row, is the same.
    @Test func valuesSurviveTheWayThereAndBack() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            let text = String(
                (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                    Self.characters.randomElement(using: &generator) ?? "x"
                })
            let (long, int) = (
                Int64.random(in: .min ... .max, using: &generator), Int32.random(in: .min ... .max, using: &generator)
            )
            let short = Int16.random(in: .min ... .max, using: &generator)
            let blob = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }

            let row = try Self.row([.text(text), .bigint(long), .int(int), .smallint(short), .blob(blob)])

            #expect(try row.text(0) == text)
            #expect(try row.bigint(1) == long)
            #expect(try row.int(2) == int)
            #expect(try row.smallint(3) == short)
            #expect(try row.blob(4) == blob)
        }
    }

    @Test(arguments: [CQLType.bigint, .int, .smallint], [0, 1, 3, 5, 7, 9])
    func aNumberOfAnotherLengthIsRefused(type: CQLType, count: Int) {
        #expect(throws: CQLError.self) { try CQLValue(type, Array(repeating: 1, count: count)[...]) }
    }

    @Test func bytesThatAreNotUTF8AreNoText() {
        #expect(throws: CQLError.malformedAnswer("a text is not UTF-8")) { try CQLValue(.text, [0xFF]) }
    }

    @Test func aValueIsAskedForWithTheTypeOfItsColumn() throws {
        let row = try Self.row([.int(1), .text("a")])
        #expect(throws: CQLError.unexpectedValue("the column c is of the type int")) { try row.bigint(0) }
        #expect(throws: CQLError.unexpectedValue("the column c is of the type int")) { try row.text(0) }
        #expect(throws: CQLError.unexpectedValue("the column c is of the type text")) { try row.blob(1) }
        #expect(throws: CQLError.self) { try row.int(1) }
        #expect(throws: CQLError.self) { try row.smallint(0) }
    }

    private static let characters: [Character] = ["a", "Z", "0", " ", "\0", "é", "Я", "名", "😀", "👨‍👩‍👧"]

    /// The row that a server sends which has been given these values.
    private static func row(_ values: [CQLValue]) throws -> CQLRow {
        var body = CQLMessage().int(1).int(values.count).string("k").string("t")
        for value in values { body = body.string("c").short(Int(value.type.rawValue)) }
        // Header, empty id, consistency, flags and the number of values stand before them.
        let encoded = try Request.execute(id: [], values, .one, nil).encode(frameBytesMax: 1 << 20)[
            (9 + 2 + 2 + 1 + 2)...]
        var reader = MessageReader(body.int(1).raw(Array(encoded)).bytes)
        return try #require(try CQLRows(from: &reader).first)
    }
}
