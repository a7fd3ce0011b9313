private import Glibc

/// The `.env` file of the working directory: settings for development, which the environment overrides.
///
/// The form that Docker Compose reads: `KEY=value` a line, `#` starts a comment, `export` before the key is ignored. In
/// double quotes `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes, in single quotes nothing is. Variables are not expanded.
package enum DotEnv {
    /// The environment of the process, completed by the file if there is one.
    ///
    /// - Throws: for a line that is not of the form, or a file that cannot be read.
    package static func environment(file path: String = ".env") throws(DotEnvError) -> [String: String] {
        let environment = ProcessEnvironment.all
        guard let text = try read(path) else { return environment }
        return environment.merging(try parse(text)) { fromEnvironment, _ in fromEnvironment }
    }

    /// The settings in the text of a file. Where a key is repeated, the last one counts.
    package static func parse(_ text: String) throws(DotEnvError) -> [String: String] {
        var settings: [String: String] = [:]
        // Characters are not bytes: CR LF is one of them, and a newline too.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var rest = line.drop(while: \.isWhitespace)
            if rest.isEmpty || rest.first == "#" { continue }
            if rest.hasPrefix("export ") { rest = rest.dropFirst("export ".count).drop(while: \.isWhitespace) }
            let key = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest.dropFirst(key.count).drop(while: \.isWhitespace)
            guard let first = key.first, !first.isNumber, rest.first == "=" else {
                throw DotEnvError(line: index + 1, reason: "it is not KEY=value")
            }
            guard let value = value(rest.dropFirst().drop(while: \.isWhitespace)) else {
                throw DotEnvError(line: index + 1, reason: "its quotes do not match")
            }
            settings[String(key)] = value
        }
        return settings
    }

    /// The value at the start of `text`; `nil` if it starts with a quote that is not closed, or goes on after one that is.
    private static func value(_ text: Substring) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            return trimmed(withoutComment(text))
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                return trimmed(withoutComment(rest)).isEmpty ? value : nil
            } else if character == "\\", quote == "\"", let escaped = rest.popFirst() {
                value += unescaped(escaped)
            } else {
                value.append(character)
            }
        }
        return nil
    }

    private static func unescaped(_ character: Character) -> String {
        switch character {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case "\"", "\\", "$": String(character)
        default: "\\\(character)"
        }
    }

    /// A `#` begins a comment at the start, or after white space; in `colour=#fff` it is part of the value.
    private static func withoutComment(_ text: Substring) -> Substring {
        var previous: Character = " "
        let end = text.firstIndex { character in
            defer { previous = character }
            return character == "#" && previous.isWhitespace
        }
        return text[..<(end ?? text.endIndex)]
    }

    private static func trimmed(_ text: Substring) -> String {
        guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(text[...last])
    }

    /// The text of the file; `nil` if there is none.
    private static func read(_ path: String) throws(DotEnvError) -> String? {
        guard let file = fopen(path, "r") else {
            if errno == ENOENT { return nil }
            throw DotEnvError(line: nil, reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= bytesMax {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard ferror(file) == 0 else { throw DotEnvError(line: nil, reason: String(cString: strerror(errno))) }
        guard bytes.count <= bytesMax else {
            throw DotEnvError(line: nil, reason: "it is larger than \(bytesMax) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DotEnvError(line: nil, reason: "it is not UTF-8")
        }
        return text
    }

    private static let bytesMax = 64 * 1024
}

/// Why the `.env` file cannot be used. Does not show the line, which may hold a secret.
package struct DotEnvError: Error, Equatable, CustomStringConvertible {
    /// Counted from 1; `nil` where it is the file as a whole.
    package let line: Int?
    package let reason: String

    package var description: String {
        guard let line else { return "The file .env cannot be read: \(reason)." }
        return "Line \(line) of the file .env cannot be used: \(reason). Write KEY=value, # for a comment."
    }
}
