/// What decides how an event is counted: everything else about it is decoration.
package struct Change: Sendable {
    package enum Kind: Int, CaseIterable, Sendable {
        case edit, categorize, log, new
        /// A number, for a kind that MediaWiki's feed has no name for: 142 is a topic of a talk page.
        case flow

        package var name: String { self == .flow ? "142" : "\(self)" }
    }

    package let kind: Kind
    /// Its place in the table of wikis.
    let site: Int
    /// The user's rank.
    let user: Int
}

extension Change.Kind {
    /// - Parameter bits: 10 random bits. The shares are those of the recorded events.
    init(_ bits: UInt64) {
        switch bits & 1023 {
        case ..<580: self = .edit
        case ..<906: self = .categorize
        case ..<981: self = .log
        case ..<1022: self = .new
        default: self = .flow
        }
    }
}
