/// A setting that cannot be used: which key, which value, and what would be right. Its description is one sentence.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let key: String
    package let value: String
    /// What the key takes, completing "Set KEY to …".
    package let expected: String

    package init(key: String, value: String, expected: String) {
        self.key = key
        self.value = value
        self.expected = expected
    }

    package var description: String {
        "\(key) is \"\(value)\", which cannot be used: set it to \(expected)."
    }
}
