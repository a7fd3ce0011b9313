/// A setting that must not be seen: a password, a key. It has no default, and its value is in no error and not in `--help`.
///
/// Not a `ConfigurationKey`, whose errors show the value.
package struct SecretKey: Sendable {
    package let name: String
    /// The shortest value, in bytes of UTF-8.
    package let bytesMin: Int
    /// What the key is for, in one line.
    package let summary: String
    /// What happens without it, for `--help`.
    package let otherwise: String

    package init(_ name: String, bytesMin: Int = 1, summary: String, otherwise: String) {
        self.name = name
        self.bytesMin = bytesMin
        self.summary = summary
        self.otherwise = otherwise
    }

    /// The value in `environment`; `nil` where the key is absent or empty.
    package func value(in environment: [String: String]) throws(ConfigurationError) -> Secret? {
        guard let text = environment[name], !text.isEmpty else { return nil }
        guard text.utf8.count >= bytesMin else {
            throw ConfigurationError(
                key: name, value: "\(Secret(text))",
                expected: "\(bytesMin) bytes or more, such as openssl rand -hex 32 prints")
        }
        return Secret(text)
    }

    /// The key's line in `--help`.
    package var help: String {
        ConfigurationKey.text(name, default: otherwise, summary: summary).help
    }
}

extension Secret {
    /// 256 bits from the system, in hexadecimal.
    package static func random() -> Secret {
        let digits = Array("0123456789abcdef".utf8)
        return Secret(String(decoding: (0..<64).map { _ in digits[Int.random(in: 0..<16)] }, as: UTF8.self))
    }
}
