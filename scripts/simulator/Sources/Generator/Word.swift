/// A word in the three forms in which an event has it, ready to be copied.
struct Word: Sendable {
    /// Inside a JSON string.
    let plain: Fragment
    /// In a URL: percent-encoded as MediaWiki does it.
    let path: Fragment
    /// As HTML text or attribute, inside a JSON string.
    let html: Fragment

    /// - Parameter escapesAll: writes every character beyond ASCII as `\uXXXX`. JSON allows both, and readers must too.
    init(_ text: String, escapesAll: Bool = false, in fragments: inout Fragments) {
        plain = fragments.add(Self.jsonEscaped(text, escapesAll: escapesAll))
        path = fragments.add(Self.percentEncoded(text))
        html = fragments.add(Self.jsonEscaped(Self.htmlEscaped(text), escapesAll: escapesAll))
    }

    static func jsonEscaped(_ text: String, escapesAll: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || (escapesAll && !scalar.isASCII):
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func htmlEscaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#039;"
            default: String(character)
            }
        }.joined()
    }

    private static func percentEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: " "): result += "_"
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case _ where "-._~;@$!*(),/:".utf8.contains(byte): result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += byte < 16 ? "%0" : "%" + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
