import Foundation
import JSON
import TestSupport
import Testing

struct JSONWriterTests {
    @Test func commasFollowTheNesting() {
        let text = Self.written { json in
            json.object { json in
                json.member("a", 1)
                json.name("b")
                json.array { json in
                    json.integer(1)
                    json.array { _ in }
                    json.object { _ in }
                    json.null()
                }
                json.member("c", true)
                json.name("d")
                json.object { $0.member("e", "f") }
                json.member("g", false)
            }
        }

        #expect(text == #"{"a":1,"b":[1,[],{},null],"c":true,"d":{"e":"f"},"g":false}"#)
    }

    @Test(arguments: [
        ("", #""""#), ("a\"b\\c/", #""a\"b\\c/""#), ("\n\r\t", #""\n\r\t""#),
        ("\0\u{1}\u{1F}\u{8}", #""\u0000\u0001\u001f\u0008""#),
        ("\u{7F}\u{2028}", "\"\u{7F}\u{2028}\""), ("ä你👩‍🚀e\u{301}", "\"ä你👩‍🚀e\u{301}\""),
        ("\r\n", #""\r\n""#), ("</script>", #""</script>""#),
    ])
    func stringsAreEscapedWhereTheyMustBe(_ string: String, text: String) {
        #expect(Self.written { $0.string(string) } == text)
        #expect(Self.written { json in json.object { $0.member(string, 1) } } == "{\(text):1}")
    }

    @Test(arguments: [(0, "0"), (-1, "-1"), (Int.max, "9223372036854775807"), (Int.min, "-9223372036854775808")])
    func integersAreWrittenWhole(_ integer: Int, text: String) {
        #expect(Self.written { $0.integer(integer) } == text)
    }

    @Test(arguments: [
        (0.0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
        (1.0 / 3, "0.3333333333333333"),
        (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
    ])
    func numbersReadBackAsTheSameOrAreNull(_ number: Double, text: String) {
        #expect(Self.written { $0.number(number) } == text)
    }

    @Test func anyNumberReadsBackAsTheSame() {
        var random = SeededGenerator(seed: 1)

        for _ in 0..<1000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            #expect(Double(Self.written { $0.number(number) }) == number)
        }
    }

    @Test func anErrorPassesThrough() {
        struct Failed: Error {}
        var json = JSONWriter()

        #expect(throws: Failed.self) {
            try json.object { _ throws(Failed) in throw Failed() }
        }
    }

    @Test(arguments: 0..<200)
    func foundationReadsBackWhatWasWritten(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let document = Document.random(&random, depth: 4)

        let bytes = Array(Self.written { document.write(to: &$0) }.utf8)

        let read = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        #expect(document.isEqual(to: read))
    }

    private static func written(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

/// A document whose right reading is known.
private indirect enum Document {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([Document])
    case object([(name: String, value: Document)])

    static func random(_ random: inout SeededGenerator, depth: Int) -> Document {
        switch Int.random(in: 0..<(depth == 0 ? 5 : 9), using: &random) {
        case 0: return .null
        case 1: return .boolean(.random(using: &random))
        case 2: return .integer(Int.random(in: .min ... .max, using: &random) >> Int.random(in: 0..<63, using: &random))
        // Of few digits: Foundation reads longer ones inexactly.
        case 3: return .number(Double(Int.random(in: -999_999...999_999, using: &random)) / 64)
        case 4: return .string(randomString(&random))
        case 5, 6:
            return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in .random(&random, depth: depth - 1) })
        default:
            return .object(
                (0..<Int.random(in: 0...4, using: &random)).map { index in
                    (randomString(&random) + "\(index)", .random(&random, depth: depth - 1))
                })
        }
    }

    private static func randomString(_ random: inout SeededGenerator) -> String {
        let scalars = (0..<Int.random(in: 0...10, using: &random)).compactMap { _ in
            Unicode.Scalar(
                UInt32.random(
                    in: 0...([0x7F, 0x7F, 0xFFFF, 0x10FFFF].randomElement(using: &random) ?? 0), using: &random))
        }
        return String(String.UnicodeScalarView(scalars))
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .boolean(let value): json.boolean(value)
        case .integer(let value): json.integer(value)
        case .number(let value): json.number(value)
        case .string(let value): json.string(value)
        case .array(let elements):
            json.array { json in
                for element in elements { element.write(to: &json) }
            }
        case .object(let members):
            json.object { json in
                for member in members {
                    json.name(member.name)
                    member.value.write(to: &json)
                }
            }
        }
    }

    func isEqual(to read: Any) -> Bool {
        switch self {
        case .null: read is NSNull
        case .boolean(let value): (read as? NSNumber)?.boolValue == value
        case .integer(let value): (read as? NSNumber)?.intValue == value
        case .number(let value): (read as? NSNumber)?.doubleValue == value
        case .string(let value): (read as? String)?.utf8.elementsEqual(value.utf8) == true
        case .array(let elements):
            (read as? [Any]).map { read in
                read.count == elements.count && zip(elements, read).allSatisfy { $0.isEqual(to: $1) }
            } ?? false
        case .object(let members):
            (read as? [String: Any]).map { read in
                read.count == members.count
                    && members.allSatisfy { member in read[member.name].map(member.value.isEqual) ?? false }
            } ?? false
        }
    }
}
