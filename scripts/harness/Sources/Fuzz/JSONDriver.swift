internal import JSON

/// Oracle: `JSONModel`, and that no document has a trace of the one before it.
final class JSONDriver: Driver {
    let seeds = [
        #"{"a":[1,-2.5e3,true,false,null],"b":{"a":"\u00e9\ud83d\ude00\n","a":""}}"#, #" [ [ [ [ [ 1 ] ] ] ] ] "#,
        "[9223372036854775807,9223372036854775808,18446744073709551616,-9223372036854775809]",
        "[1e308,1e309,1e-400,-0,-0.0]",
        #"["\ud800","\udc00\ud800"]"#,
    ]
    let words = [
        "true", "false", "null", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\udc00", "\\n", "\\\"", "\\\\", "\\/",
        "1e999", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "0.1", "1E+5", "-0", "[]",
        "{}", "[[[[", "]]]]", "\"a\":", "\"\"", "\u{FEFF}", "\u{e9}", "4.9406564584124654e-324",
        "1.7976931348623157e308", "2.2250738585072011e-308",
    ]

    private static let depthMax = 4
    private var parser = JSONParser(documentBytesMax: 256, depthMax: depthMax)

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        // The span is of libFuzzer's own memory, at the end of which the sanitizer watches.
        let value = try? parser.parse(input.span, JSONModel.init)
        let expected = bytes.count <= 256 ? JSONModel.read(bytes, depthMax: Self.depthMax) : nil
        expectEqual(value, expected, bytes.quoted)
    }
}

extension JSONModel {
    /// What the parser says.
    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .boolean: self = .boolean(value.boolean ?? false)
        case .integer: self = .integer(value.integer, value.number ?? .nan)
        case .number: self = .number(value.number ?? .nan)
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map { $0.map(JSONModel.init) } ?? [])
        case .object:
            self = .object(
                value.members.map { $0.map { Member(name: String($0.name), value: JSONModel($0.value)) } } ?? [])
        }
    }
}
