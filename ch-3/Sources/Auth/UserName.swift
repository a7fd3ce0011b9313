/// The name of a user: 1 to 64 bytes of UTF-8 that can stand in a line of the file of users, and in a log.
///
/// Names are equal as Swift's strings are: an accent of its own, or a letter that has it, is the same name.
package struct UserName: Sendable, Hashable {
    package let text: String

    package static let bytesMax = 64

    package init(_ text: String) throws(InvalidUserName) {
        let scalars = text.unicodeScalars
        let reason: String? =
            if scalars.isEmpty {
                "it is empty"
            } else if text.utf8.count > Self.bytesMax {
                "it is longer than \(Self.bytesMax) bytes"
            } else if scalars.contains(where: Self.isForbidden) {
                "it has a colon, a control character or a line break in it"
            } else if scalars.first == "#" {
                "it begins with #, as a comment does"
            } else if [scalars.first, scalars.last].contains(where: { $0?.properties.isWhitespace == true }) {
                "it begins or ends with a space"
            } else {
                nil
            }
        if let reason { throw InvalidUserName(reason: reason) }
        self.text = text
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: scalar == ":"
        }
    }
}

/// Why a text is not the name of a user. Shows nothing of it: it may be a password in the wrong place.
package struct InvalidUserName: Error, Equatable, CustomStringConvertible {
    /// Completes "The user name cannot be used: …".
    package let reason: String

    package var description: String { "The user name cannot be used: \(reason)." }
}
