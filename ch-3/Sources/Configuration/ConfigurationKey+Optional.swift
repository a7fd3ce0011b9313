/// A text that may be left out.
package enum OptionalText: Sendable, Equatable, CustomStringConvertible {
    case given(String)
    /// With what happens then, for `--help`.
    case absent(otherwise: String)

    package var text: String? {
        if case .given(let text) = self { text } else { nil }
    }

    package var description: String {
        switch self {
        case .given(let text): text
        case .absent(let otherwise): otherwise
        }
    }
}

extension ConfigurationKey<OptionalText> {
    /// A text without a default, of which `--help` says what happens otherwise.
    package static func optionalText(_ name: String, otherwise: String, summary: String) -> Self {
        Self(name, default: .absent(otherwise: otherwise), expected: "a text", summary: summary) { .given($0) }
    }
}
