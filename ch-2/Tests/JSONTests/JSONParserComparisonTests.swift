import Foundation
import JSON
import TestSupport
import Testing

/// Foundation's JSONDecoder is another program by other people: where both agree, both are likely right.
struct JSONParserComparisonTests {
    @Test(arguments: 0..<200)
    func aRandomDocumentIsReadAsFoundationReadsIt(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = Array(Self.randomValue(depth: 0, &random).utf8)
        let expected = try JSONDecoder().decode(JSONTree.self, from: Data(bytes))
        var parser = JSONParser()

        #expect(try parser.parse(bytes.span, JSONTree.init) == expected)
    }

    /// One way only: Foundation lets some things pass that RFC 8259 does not. The other way it refuses `0e1` and what is too
    /// small for `Double`, as `1e-999`, so the numbers here are not like that.
    @Test(arguments: 0..<200)
    func whatIsAcceptedOfADamagedDocumentFoundationAcceptsToo(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = Array(Self.randomValue(depth: 0, &random).utf8)
        var parser = JSONParser()
        for _ in 0..<50 {
            let damaged = Self.damage(bytes, &random)
            guard let tree = try? parser.parse(damaged.span, JSONTree.init) else { continue }
            let expected = try? JSONDecoder().decode(JSONTree.self, from: Data(damaged))
            #expect(expected == tree, "\(String(decoding: damaged, as: UTF8.self).debugDescription)")
        }
    }

    // MARK: Random documents

    private static func randomValue(depth: Int, _ random: inout SeededGenerator) -> String {
        let blank = { (random: inout SeededGenerator) in
            ["", "", "", " ", "\n", "\t \r"].randomElement(using: &random) ?? ""
        }
        let value: String
        switch Int.random(in: 0..<(depth < 6 ? 9 : 6), using: &random) {
        case 0: value = ["null", "true", "false"].randomElement(using: &random) ?? ""
        case 1: value = String(Int.random(in: -1000...1000, using: &random))
        case 2: value = String(Int64.random(in: .min ... .max, using: &random))
        case 3: value = String(Double.random(in: -1e6...1e6, using: &random))
        case 4: value = "\(Int.random(in: 100...999, using: &random))e\(Int.random(in: -9...99, using: &random))"
        case 5: value = randomString(&random)
        case 6, 7:
            let elements = (0..<Int.random(in: 0...6, using: &random)).map { _ in randomValue(depth: depth + 1, &random)
            }
            value = "[\(blank(&random))\(elements.joined(separator: ","))]"
        default:
            // Numbered, since programs differ in what they make of one name twice.
            let members = (0..<Int.random(in: 0...6, using: &random)).map { index in
                let name = randomString(&random).dropLast() + "\(index)\""
                return "\(blank(&random))\(name)\(blank(&random)):\(randomValue(depth: depth + 1, &random))"
            }
            value = "{\(members.joined(separator: ","))\(blank(&random))}"
        }
        return blank(&random) + value + blank(&random)
    }

    private static func randomString(_ random: inout SeededGenerator) -> String {
        let pieces = [
            "a", "Z", "0", " ", "/", "\u{7F}", "\u{e9}", "\u{3b1}", "\u{2028}", "\u{65e5}", "\u{ffff}", "\u{1F600}",
            "e\u{301}",
            #"\""#, #"\\"#, #"\/"#, #"\b"#, #"\f"#, #"\n"#, #"\r"#, #"\t"#, #"\u0000"#, #"\u001F"#, #"\u00e9"#,
            #"\uFFFF"#,
            #"\ud83d\ude00"#, #"\uDBFF\uDFFF"#, "plain text of some length",
        ]
        let text = (0..<Int.random(in: 0...8, using: &random)).compactMap { _ in pieces.randomElement(using: &random) }
        return "\"\(text.joined())\""
    }

    /// Bytes changed, removed and repeated. No NUL: for Foundation that is a sign of UTF-16.
    private static func damage(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 1...255, using: &random)
            case 1: bytes[index] = Array("\"\\{}[],:0-.eE \u{1}".utf8).randomElement(using: &random) ?? 0x20
            case 2: bytes.remove(at: index)
            default: bytes.insert(bytes[index], at: index)
            }
        }
        return bytes
    }
}

extension JSONTree: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let boolean = try? container.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let array = try? container.decode([JSONTree].self) {
            self = .array(array)
        } else if let object = try? container.decode([String: JSONTree].self) {
            self = .object(object)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }
}
