/// A text that may be left out; `--help` shows `none` for it then.
package struct OptionalText: Sendable, Equatable, CustomStringConvertible {
    package let text: String?

    package var description: String { text ?? "none" }
}

extension ConfigurationKey<OptionalText> {
    /// A text without a default.
    package static func optionalText(_ name: String, summary: String) -> Self {
        Self(name, default: OptionalText(text: nil), expected: "a text", summary: summary) { OptionalText(text: $0) }
    }
}
