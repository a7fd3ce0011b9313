/// One setting: its name in the environment, its type, its default, what it takes, and one line of documentation.
///
/// The same declaration reads the value, rejects a wrong one and prints the line in `--help`, so they cannot disagree.
package struct ConfigurationKey<Value: Sendable>: Sendable {
    package let name: String
    package let defaultValue: Value
    /// What the key takes, completing "Set KEY to …": `a whole number from 0 to 65535`.
    package let expected: String
    /// What the key is for, in one line.
    package let summary: String
    private let parse: @Sendable (String) -> Value?

    /// - Parameter parse: gives the value, or `nil` if the text is none.
    package init(
        _ name: String, default defaultValue: Value, expected: String, summary: String,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        self.name = name
        self.defaultValue = defaultValue
        self.expected = expected
        self.summary = summary
        self.parse = parse
    }

    /// The value in `environment`, or the default where the key is absent or empty (Compose writes `KEY=` for "not set").
    package func value(in environment: [String: String]) throws(ConfigurationError) -> Value {
        guard let text = environment[name], !text.isEmpty else { return defaultValue }
        guard let value = parse(text) else { throw error(text) }
        return value
    }

    /// What to throw for a value that cannot be used.
    package func error(_ value: String) -> ConfigurationError {
        ConfigurationError(key: name, value: value, expected: expected)
    }

    /// The key's line in `--help`.
    package var help: String {
        let name = name.count < 26 ? self.name + String(repeating: " ", count: 26 - name.count) : self.name + " "
        return "  \(name)\(summary) (default: \(defaultValue))"
    }
}

// MARK: Kinds of keys

extension ConfigurationKey<String> {
    package static func text(_ name: String, default defaultValue: String, summary: String) -> Self {
        Self(name, default: defaultValue, expected: "a text", summary: summary) { $0 }
    }
}

extension ConfigurationKey<Int> {
    package static func integer(
        _ name: String, default defaultValue: Int, in range: ClosedRange<Int>, summary: String
    ) -> Self {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(name, default: defaultValue, expected: expected, summary: summary) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
