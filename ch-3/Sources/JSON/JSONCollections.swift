internal import CSimdJSON

/// The members of an object in the order of the document.
///
/// A name that is repeated comes again: RFC 8259 §4 lets every reader decide what that means, so this one shows it.
package struct JSONMembers: Sequence, IteratorProtocol {
    private var cursor: csimdjson_cursor

    init(_ cursor: csimdjson_cursor) {
        self.cursor = cursor
    }

    package mutating func next() -> (name: JSONText, value: JSONValue)? {
        var name = csimdjson_text()
        var value = csimdjson_value()
        guard csimdjson_cursor_next_member(&cursor, &name, &value) else { return nil }
        return (JSONText(name), JSONValue(value))
    }
}

/// The elements of an array in order.
package struct JSONElements: Sequence, IteratorProtocol {
    private var cursor: csimdjson_cursor

    init(_ cursor: csimdjson_cursor) {
        self.cursor = cursor
    }

    package mutating func next() -> JSONValue? {
        var value = csimdjson_value()
        return csimdjson_cursor_next_element(&cursor, &value) ? JSONValue(value) : nil
    }
}
