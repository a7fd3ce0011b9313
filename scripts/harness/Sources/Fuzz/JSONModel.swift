internal import Glibc

/// A JSON document read in the plainest way, by the grammar of RFC 8259, one rule a function.
indirect enum JSONModel: Equatable {
    case null
    case boolean(Bool)
    /// Without fraction and exponent; `nil` beyond the range of `Int`.
    case integer(Int?, Double)
    case number(Double)
    case string(String)
    case array([JSONModel])
    case object([Member])

    struct Member: Equatable {
        let name: String
        let value: JSONModel
    }

    /// The document, or `nil` if it is none.
    static func read(_ bytes: [UInt8], depthMax: Int) -> JSONModel? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var reader = Reader(bytes: bytes, depthMax: depthMax)
        guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
        return value
    }

    /// The last member of this name.
    subscript(name: String) -> JSONModel? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    var string: String? { if case .string(let string) = self { string } else { nil } }
    var integer: Int? { if case .integer(let integer, _) = self { integer } else { nil } }
    var boolean: Bool? { if case .boolean(let boolean) = self { boolean } else { nil } }

    /// Whether this holds for the value or any within it.
    func contains(_ isWanted: (JSONModel) -> Bool) -> Bool {
        if isWanted(self) { return true }
        return switch self {
        case .array(let elements): elements.contains { $0.contains(isWanted) }
        case .object(let members): members.contains { $0.value.contains(isWanted) }
        default: false
        }
    }
}

private struct Reader {
    let bytes: [UInt8]
    let depthMax: Int
    private var index = 0

    init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    var isAtEnd: Bool { index == bytes.count }

    private mutating func skip(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard index + wanted.count <= bytes.count, wanted.indices.allSatisfy({ bytes[index + $0] == wanted[$0] }) else {
            return false
        }
        index += wanted.count
        return true
    }

    private mutating func skipBlanks() {
        while skip(" ") || skip("\t") || skip("\n") || skip("\r") {}
    }

    /// - Parameter depth: how many arrays and objects are around it.
    mutating func value(depth: Int) -> JSONModel? {
        skipBlanks()
        defer { skipBlanks() }
        if skip("null") { return .null }
        if skip("true") { return .boolean(true) }
        if skip("false") { return .boolean(false) }
        if skip("\"") { return string().map(JSONModel.string) }
        if skip("[") { return elements(depth: depth + 1).map(JSONModel.array) }
        if skip("{") { return members(depth: depth + 1).map(JSONModel.object) }
        return number()
    }

    /// What is within `[…]`. One that is empty is no level.
    private mutating func elements(depth: Int) -> [JSONModel]? {
        skipBlanks()
        if skip("]") { return [] }
        guard depth <= depthMax else { return nil }
        var elements: [JSONModel] = []
        repeat {
            guard let element = value(depth: depth) else { return nil }
            elements.append(element)
        } while skip(",")
        return skip("]") ? elements : nil
    }

    private mutating func members(depth: Int) -> [JSONModel.Member]? {
        skipBlanks()
        if skip("}") { return [] }
        guard depth <= depthMax else { return nil }
        var members: [JSONModel.Member] = []
        repeat {
            skipBlanks()
            guard skip("\""), let name = string() else { return nil }
            skipBlanks()
            guard skip(":"), let value = value(depth: depth) else { return nil }
            members.append(JSONModel.Member(name: name, value: value))
        } while skip(",")
        return skip("}") ? members : nil
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, within 64 bits: beyond them is no number here.
    private mutating func number() -> JSONModel? {
        let start = index
        _ = skip("-")
        if !skip("0") { guard let first = next, first != UInt8(ascii: "0"), digits() else { return nil } }
        var isInteger = true
        if skip(".") {
            isInteger = false
            guard digits() else { return nil }
        }
        if skip("e") || skip("E") {
            isInteger = false
            _ = skip("+") || skip("-")
            guard digits() else { return nil }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        let number = strtod(text, nil)
        guard isInteger else { return number.isFinite ? .number(number) : nil }
        if let integer = Int(text) { return .integer(integer, integer == 0 ? 0 : number) }
        return UInt64(text) != nil ? .integer(nil, number) : nil
    }

    private mutating func digits() -> Bool {
        let start = index
        while let byte = next, 0x30...0x39 ~= byte { index += 1 }
        return index > start
    }

    /// What follows the quote that opens it, with the one that closes it.
    private mutating func string() -> String? {
        var utf8: [UInt8] = []
        while let byte = next, byte >= 0x20 {
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: utf8, as: UTF8.self) }
            if byte != UInt8(ascii: "\\") {
                utf8.append(byte)
            } else if let scalar = escape() {
                utf8 += Array(String(scalar).utf8)
            } else {
                return nil
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        guard let letter = next else { return nil }
        index += 1
        switch UnicodeScalar(letter) {
        case "\"", "\\", "/": return UnicodeScalar(letter)
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            guard let first = codeUnit() else { return nil }
            // Not a surrogate, or the first half of a pair.
            if let scalar = UnicodeScalar(first) { return scalar }
            guard first < 0xDC00, skip("\\u"), let second = codeUnit(), 0xDC00...0xDFFF ~= second else { return nil }
            return UnicodeScalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        default: return nil
        }
    }

    private mutating func codeUnit() -> UInt16? {
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ isxdigit(Int32($0)) != 0 }) else { return nil }
        index += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
