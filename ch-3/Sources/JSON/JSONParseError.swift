/// Why bytes are not read as a JSON document.
///
/// Whether a document is refused depends on its bytes and the parser's limits alone. Of several faults in one document, which
/// one is named may differ between processors, since simdjson has a different program for each; so count refusals together.
///
/// It says what and not where: simdjson's DOM parser does not keep the place.
package enum JSONParseError: Error, Hashable, Sendable {
    /// Nothing but white space.
    case empty
    case tooLong(bytesMax: Int)
    case tooDeep(depthMax: Int)
    case notUTF8
    /// A string without an end, with a control character, or with an escape that is none, half a surrogate pair for one.
    case invalidString
    /// Also a number that fits in no 64 bits: neither a whole one nor a finite `Double`.
    case invalidNumber
    /// A bracket, comma or colon out of place, a word that JSON does not have, or something after the end.
    case invalidStructure
}

extension JSONParseError: CustomStringConvertible {
    /// One sentence, without anything of the document in it.
    package var description: String {
        switch self {
        case .empty: "The document is empty."
        case .tooLong(let bytesMax): "The document is longer than \(bytesMax) bytes."
        case .tooDeep(let depthMax): "The document is nested deeper than \(depthMax) levels."
        case .notUTF8: "The document is not UTF-8."
        case .invalidString: "The document has an invalid string."
        case .invalidNumber: "The document has an invalid number, or one that is too large."
        case .invalidStructure: "The document is not JSON: a bracket, comma, colon or word is missing or out of place."
        }
    }
}
