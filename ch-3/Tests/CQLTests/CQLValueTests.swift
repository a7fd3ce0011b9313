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
            let (short, boolean) = (Int16.random(in: .min ... .max, using: &generator), Bool.random(using: &generator))
            let blob = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }

            let row = try Self.row([
                .text(text), .bigint(long), .int(int), .smallint(short), .boolean(boolean), .blob(blob),
            ])

            #expect(try row.text(0) == text)
            #expect(try row.bigint(1) == long)
            #expect(try row.int(2) == int)
            #expect(try row.smallint(3) == short)
            #expect(try row.boolean(4) == boolean)
            #expect(try row.blob(5) == blob)
        }
    }

    @Test func aNumberOfAnotherLengthIsRefused() throws {
        for count in [0, 1, 7, 9] {
            let body = CQLMessage().int(2).int(1).int(1).string("k").string("t").string("n").short(2).int(1)
                .value(Array(repeating: 1, count: count))
            var reader = MessageReader(Array(body.bytes[4...]))
            let row = try #require(try CQLRows(from: &reader).first)
            #expect(throws: CQLValueError(column: "n", problem: "has \(count) bytes and not 8")) { try row.bigint(0) }
        }
    }

    @Test func bytesThatAreNotUTF8AreNoText() throws {
        let body = CQLMessage().int(1).int(1).string("k").string("t").string("n").short(0x0D).int(1).value([0xFF])
        var reader = MessageReader(body.bytes)
        let row = try #require(try CQLRows(from: &reader).first)
        #expect(throws: CQLValueError(column: "n", problem: "is not UTF-8")) { try row.text(0) }
    }

    @Test func aValueFitsMarkersOfItsType() {
        #expect(CQLValue.text("").fits(.native(.varchar)) && CQLValue.text("").fits(.native(.ascii)))
        #expect(CQLValue.bigint(1).fits(.native(.bigint)) && CQLValue.bigint(1).fits(.native(.timestamp)))
        #expect(!CQLValue.int(1).fits(.native(.bigint)) && !CQLValue.bigint(1).fits(.native(.int)))
        #expect(!CQLValue.text("").fits(.list(.native(.varchar))))
    }

    private static let characters: [Character] = ["a", "Z", "0", " ", "\0", "é", "Я", "名", "😀", "👨‍👩‍👧"]

    /// The row that a server sends which has been given these values.
    private static func row(_ values: [CQLValue]) throws -> CQLRow {
        var body = CQLMessage().int(1).int(values.count).string("k").string("t")
        for value in values { body = body.string("c").short(Int(type(of: value).rawValue)) }
        let request = Request.execute(id: [], Request.Parameters(consistency: .one, values: values))
        // Header, empty id, consistency, flags and the number of values stand before them.
        let encoded = try request.encode(frameBytesMax: 1 << 20)[(9 + 2 + 2 + 1 + 2)...]
        var reader = MessageReader(body.int(1).raw(Array(encoded)).bytes)
        return try #require(try CQLRows(from: &reader).first)
    }

    private static func type(of value: CQLValue) -> CQLType.Native {
        switch value {
        case .text: .varchar
        case .bigint: .bigint
        case .int: .int
        case .smallint: .smallint
        case .boolean: .boolean
        case .blob: .blob
        }
    }
}
