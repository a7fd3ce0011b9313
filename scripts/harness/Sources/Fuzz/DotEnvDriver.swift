internal import Configuration

/// Oracle: `DotEnvModel`.
final class DotEnvDriver: Driver {
    let seeds = [
        "A=1\n# comment\nexport B_2 = \"x\\n\\\"\" # c\r\nC='y' \n", "\u{FEFF}KEY=a#b # c\n\nKEY=\n",
        "A=\"b\nC='d' e\n2=3\n",
    ]
    let words = [
        "export ", "=", "A=", "\n", "\r\n", " #", "#", "\"", "'", "\\n", "\\\"", "\\\\", "\\$", "\u{FEFF}",
        "\u{e9}", "\u{301}", "A=\"b\"", "A='b'",
    ]

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let text = String(decoding: input, as: UTF8.self)
        do throws(DotEnvError) {
            let settings = try DotEnv.parse(text)
            guard case .settings(let expected) = DotEnvModel.read(text) else {
                return expect(false, "\(settings), which should be refused")
            }
            // As bytes: two strings are equal in Swift where only their Unicode forms differ.
            expectEqual(settings.mapValues { Array($0.utf8) }, expected.mapValues { Array($0.utf8) }, "the settings")
        } catch {
            guard case .refused(let line, let quotes) = DotEnvModel.read(text) else {
                return expect(false, "\(error), which should be accepted")
            }
            expectEqual(error.line, line, "the line")
            expectEqual(error.reason, quotes ? "its quotes do not match" : "it is not KEY=value", "the reason")
            expect(error.description.contains("Line \(line) "), "\(error) does not name the line")
        }
    }
}

/// The file read in the plainest way: what is around a value is cut away line by line.
private enum DotEnvModel {
    enum Verdict {
        case settings([String: String])
        case refused(line: Int, quotes: Bool)
    }

    private typealias Scalars = ArraySlice<Unicode.Scalar>

    static func read(_ text: String) -> Verdict {
        var settings: [String: String] = [:]
        let scalars = Array(text.unicodeScalars).drop { $0 == "\u{FEFF}" }
        var number = 0
        for line in scalars.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            var line = trimmed(line)
            if line.isEmpty || line.first == "#" { continue }
            if string(line).hasPrefix("export") && line.dropFirst(6).first == " " { line = trimmed(line.dropFirst(7)) }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, isKey(trimmed(parts[0])) else { return .refused(line: number, quotes: false) }
            guard let value = value(trimmed(parts[1])) else { return .refused(line: number, quotes: true) }
            settings[string(trimmed(parts[0]))] = value
        }
        return .settings(settings)
    }

    private static func isKey(_ key: Scalars) -> Bool {
        let letters = Array("_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".unicodeScalars)
        guard let first = key.first, letters.contains(first) else { return false }
        return key.allSatisfy { letters.contains($0) || "0"..."9" ~= $0 }
    }

    private static func value(_ text: Scalars) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            let start = text.indices.first { text[$0] == "#" && ($0 == text.startIndex || isSpace(text[$0 - 1])) }
            return string(trimmed(text[..<(start ?? text.endIndex)]))
        }
        var end = text.startIndex + 1
        while end < text.endIndex, text[end] != quote { end += quote == "\"" && text[end] == "\\" ? 2 : 1 }
        guard end < text.endIndex else { return nil }
        let rest = trimmed(text[(end + 1)...])
        guard rest.isEmpty || rest.first == "#" else { return nil }
        let value = text[(text.startIndex + 1)..<end]
        return quote == "'" ? string(value) : unescaped(value)
    }

    /// A backslash before any other character stands for itself.
    private static func unescaped(_ text: Scalars) -> String {
        var value: [Unicode.Scalar] = []
        var rest = text
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let next = rest.popFirst() else {
                value.append(scalar)
                continue
            }
            let escapes: [Unicode.Scalar: Unicode.Scalar] = [
                "n": "\n", "r": "\r", "t": "\t", "\"": "\"", "\\": "\\", "$": "$",
            ]
            value += escapes[next].map { [$0] } ?? ["\\", next]
        }
        return string(value[...])
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { " \t\r".unicodeScalars.contains(scalar) }

    private static func trimmed(_ text: Scalars) -> Scalars {
        var text = text
        while let last = text.last, isSpace(last) { text.removeLast() }
        while let first = text.first, isSpace(first) { text.removeFirst() }
        return text
    }

    private static func string(_ scalars: Scalars) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
