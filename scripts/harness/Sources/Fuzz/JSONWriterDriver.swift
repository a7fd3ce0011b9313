internal import Foundation
internal import JSON

/// Oracle: what is written, Foundation reads as the same, and so does our own parser.
///
/// The first byte of an input says of which kind the values are, and of what length strings are cut.
final class JSONWriterDriver: Driver {
    let seeds = [
        "\u{20}text \"quoted\" \\ and\n\u{0}\u{7F}\u{e9}", "\u{9}aaaabbbb", "\u{2}aaaaaaaabbbbbbbb",
        "\u{3}aaaaaaaabbbbbbbb",
    ]
    let words = ["\"", "\\", "\u{0}", "\u{1F}", "\u{7F}", "\u{2028}", "\u{e9}", "\u{1F600}", "\n", "/"]

    private let decoder = JSONDecoder()
    private var parser = JSONParser(documentBytesMax: 1 << 16)

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        guard let first = input.first else { return }
        let bytes = Array(input.dropFirst())
        switch first & 3 {
        case 0:
            let strings = Self.strings(bytes, length: 8 + Int(first >> 2))
            check(strings) { json in for string in strings { json.string(string) } }
            // As bytes: two strings are equal in Swift where only their Unicode forms differ.
            let tree = JSONModel.read(Self.array { json in for string in strings { json.string(string) } }, depthMax: 1)
            guard case .array(let elements) = tree else { return expect(false, "no array of \(strings)") }
            expectEqual(elements.map { $0.string.map { Array($0.utf8) } }, strings.map { Array($0.utf8) }, "the bytes")
        case 1:
            let strings = Self.strings(bytes, length: 8 + Int(first >> 2))
            let members = Dictionary(strings.map { ($0, $0) }) { $1 }
            check([members]) { json in json.object { json in for (name, text) in members { json.member(name, text) } } }
        case 2:
            let integers = Self.patterns(bytes).map { Int(bitPattern: UInt($0)) }
            check(integers) { json in for integer in integers { json.integer(integer) } }
        default:
            // What JSON has no number for is written as null.
            let numbers = Self.patterns(bytes).map { Double(bitPattern: $0) }
            check(numbers.map { $0.isFinite ? $0 : nil }) { json in for number in numbers { json.number(number) } }
        }
    }

    private func check<Value: Codable & Equatable>(_ values: [Value], _ write: (inout JSONWriter) -> Void) {
        let bytes = Self.array(write)
        expectEqual(try? decoder.decode([Value].self, from: Data(bytes)), values, bytes.quoted)
        let tree = JSONModel.read(bytes, depthMax: 2)
        expect(tree != nil, "no JSON: \(bytes.quoted)")
        expectEqual(try? parser.parse(bytes.span, JSONModel.init), tree, bytes.quoted)
    }

    private static func array(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.array(write)
        return json.bytes
    }

    private static func strings(_ bytes: [UInt8], length: Int) -> [String] {
        stride(from: 0, to: bytes.count, by: length).map {
            String(decoding: bytes[$0...].prefix(length), as: UTF8.self)
        }
    }

    /// Of 64 bits each.
    private static func patterns(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { bytes[$0...].prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    }
}
