/// Names one state of a resource, byte for byte: a strong entity tag (RFC 9110 §8.8.3).
///
/// A client that has the state `tag` asks for it with `If-None-Match`, and is told that it has it:
/// ```swift
/// if request.fields.ifNoneMatch(tag) { return HTTPResponse(.notModified, fields: [.init("ETag", tag.text)]) }
/// ```
package struct EntityTag: Sendable, Equatable {
    /// As it stands in a field, with its quotes: `"3f-7"`.
    package let text: String

    /// - Parameter opaque: what is between the quotes. Printable ASCII without a quote or a space; anything else is a
    ///   mistake in the program, and ends it.
    package init(_ opaque: String) {
        precondition(opaque.utf8.allSatisfy { $0 < 0x7F && $0.isEntityTag }, "no entity tag: \(opaque)")
        text = "\"\(opaque)\""
    }
}

extension HTTPStatus {
    /// The client has it already (RFC 9110 §15.4.5). The answer has no body, but the fields that decide how long it is kept.
    package static let notModified = HTTPStatus(code: 304, reason: "Not Modified")
}

extension HTTPFields {
    /// Whether `If-None-Match` names this state, or any (RFC 9110 §13.1.2): a GET or HEAD is then answered with 304.
    ///
    /// A value that is not right names nothing: the client gets the whole answer, which is never wrong.
    package func ifNoneMatch(_ tag: EntityTag) -> Bool {
        let values = values("If-None-Match")
        // What clients send is what they were sent: to compare it comes before to read it.
        return values.contains { $0 == tag.text || names(tag, in: Array($0.utf8)) } || values == ["*"]
    }

    /// Reads `"a", W/"b"`: the comparison is the weak one (§8.8.3.2), for which `W/"a"` and `"a"` are the same. Commas may
    /// stand in a tag, and a list may have empty elements (§5.6.1.2).
    private func names(_ tag: EntityTag, in list: [UInt8]) -> Bool {
        let wanted = Array(tag.text.utf8)
        var isFound = false
        var rest = list[...]
        while !rest.isEmpty {
            rest = rest.drop { $0 == .space || $0 == .tab }
            if rest.first == UInt8(ascii: ",") || rest.isEmpty {
                rest = rest.dropFirst()
                continue
            }
            if rest.starts(with: "W/".utf8) { rest = rest.dropFirst(2) }
            let inside = rest.dropFirst().prefix { $0.isEntityTag }
            let end = inside.endIndex
            guard rest.first == .quote, end < rest.endIndex, rest[end] == .quote else { return false }
            isFound = isFound || rest[...end] == wanted[...]
            rest = rest[(end + 1)...].drop { $0 == .space || $0 == .tab }
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return false }
        }
        return isFound
    }
}

extension UInt8 {
    fileprivate static var quote: UInt8 { UInt8(ascii: "\"") }
    /// `etagc` (RFC 9110 §8.8.3).
    fileprivate var isEntityTag: Bool { self > .space && self != .quote && self != 0x7F }
}
