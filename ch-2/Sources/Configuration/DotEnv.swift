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
        // Unicode scalars, not characters: CR LF would be one character, and so would a quote and an accent after it.
        let scalars = text.unicodeScalars.drop { $0 == byteOrderMark }
        for (index, line) in scalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var rest = line.drop(while: isSpace)
            if rest.isEmpty || rest.first == "#" { continue }
            if rest.starts(with: "export ".unicodeScalars) {
                rest = rest.dropFirst("export ".count).drop(while: isSpace)
            }
            let key = String(rest.prefix { $0 == "_" || $0.isASCII && ($0.properties.isAlphabetic || isDigit($0)) })
            rest = rest.dropFirst(key.count).drop(while: isSpace)
            guard let first = key.unicodeScalars.first, !isDigit(first), rest.first == "=" else {
                throw DotEnvError(line: index + 1, reason: "it is not KEY=value")
            }
            guard let value = value(rest.dropFirst().drop(while: isSpace)) else {
                throw DotEnvError(line: index + 1, reason: "its quotes do not match")
            }
            settings[key] = value
        }
        return settings
    }

    private typealias Scalars = Substring.UnicodeScalarView

    /// Some editors put it at the start of a file.
    private static let byteOrderMark: Unicode.Scalar = "\u{FEFF}"

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        "0"..."9" ~= scalar
    }

    /// Lines may end with CR LF, so a CR is one.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r"
    }

    /// The value at the start of `text`; `nil` if it starts with a quote that is not closed, or goes on after one that is.
    private static func value(_ text: Scalars) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            return String(trimmed(withoutComment(text)))
        }
        var value = String.UnicodeScalarView()
        var rest = text.dropFirst()
        while let scalar = rest.popFirst() {
            if scalar == quote {
                return trimmed(withoutComment(rest)).isEmpty ? String(value) : nil
            } else if scalar == "\\", quote == "\"", let escaped = rest.popFirst() {
                value += unescaped(escaped).unicodeScalars
            } else {
                value.append(scalar)
            }
        }
        return nil
    }

    private static func unescaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case "\"", "\\", "$": String(scalar)
        default: "\\\(scalar)"
        }
    }

    /// A `#` begins a comment at the start, or after white space; in `colour=#fff` it is part of the value.
    private static func withoutComment(_ text: Scalars) -> Scalars {
        var previous: Unicode.Scalar = " "
        return text.prefix { scalar in
            defer { previous = scalar }
            return scalar != "#" || !isSpace(previous)
        }
    }

    private static func trimmed(_ text: Scalars) -> Scalars {
        guard let last = text.lastIndex(where: { !isSpace($0) }) else { return Scalars() }
        return text[...last]
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
