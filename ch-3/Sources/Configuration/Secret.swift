/// A text that must not be seen: a password, a key. Whatever prints it, however, prints `(secret)` instead.
///
/// ```swift
/// logger.info("started", ["key": "\(secret)"])  // {"key":"(secret)"}
/// hash(secret.reveal())
/// ```
///
/// Two secrets are not compared here: `==` would take the longer, the more of them agrees.
package struct Secret: Sendable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the one place that needs it. Search for this name to see which those are.
    package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    /// What `dump` prints.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
