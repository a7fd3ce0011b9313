internal import CSimdJSON

/// What a value is, in the six words of RFC 8259, with whole numbers told from others.
package enum JSONKind: Sendable {
    case null
    case boolean
    /// A number without fraction and exponent that fits in 64 bits, with or without a sign.
    case integer
    case number
    case string
    case array
    case object
}

/// One value of a document: a place in the memory of its `JSONParser`.
///
/// Only good inside the `parse` that it came from. Nothing stops it from being kept longer, but then it reads memory that holds
/// another document, or none. The compiler could watch over that (`~Escapable`), once the language lets a package say so
/// without an experimental feature.
package struct JSONValue {
    private let value: csimdjson_value

    init(_ value: csimdjson_value) {
        self.value = value
    }

    package var kind: JSONKind {
        switch csimdjson_value_kind(value) {
        case csimdjson_kind_boolean: .boolean
        case csimdjson_kind_signed, csimdjson_kind_unsigned: .integer
        case csimdjson_kind_double: .number
        case csimdjson_kind_string: .string
        case csimdjson_kind_array: .array
        case csimdjson_kind_object: .object
        default: .null
        }
    }

    package var isNull: Bool { kind == .null }

    package var boolean: Bool? {
        var boolean = false
        return csimdjson_value_boolean(value, &boolean) ? boolean : nil
    }

    /// A whole number that fits in `Int`; `1.0` and `1e3` are not written as one.
    package var integer: Int? {
        var integer: Int64 = 0
        return csimdjson_value_signed(value, &integer) ? Int(integer) : nil
    }

    /// Any number, rounded to the nearest `Double`.
    package var number: Double? {
        var number = 0.0
        return csimdjson_value_double(value, &number) ? number : nil
    }

    package var string: String? {
        text.map(String.init)
    }

    /// A string without the copy that a `String` is: to compare it, or to look at its bytes.
    package var text: JSONText? {
        var text = csimdjson_text()
        return csimdjson_value_text(value, &text) ? JSONText(text) : nil
    }

    // MARK: Objects and arrays

    /// The members of an object, in the order of the document; `nil` if this is no object. See `JSONMembers`.
    package var members: JSONMembers? {
        var cursor = csimdjson_cursor()
        return csimdjson_value_members(value, &cursor) ? JSONMembers(cursor) : nil
    }

    /// The elements of an array, in order; `nil` if this is no array.
    package var elements: JSONElements? {
        var cursor = csimdjson_cursor()
        return csimdjson_value_elements(value, &cursor) ? JSONElements(cursor) : nil
    }

    /// The member of an object with this name; of several, the last, as in JavaScript. `nil` if there is none, or no object.
    package subscript(name: StaticString) -> JSONValue? {
        var members = pick(JSONNames(name))
        return members.take()
    }

    /// The members with these names, each as the subscript finds it: in one walk through the object, not one for each.
    package func pick(_ names: JSONNames) -> JSONPick {
        var pick = JSONPick()
        var values = pick.values.mutableSpan
        values.withUnsafeMutableBufferPointer {
            csimdjson_value_pick(value, names.texts, names.texts.count, $0.baseAddress)
        }
        return pick
    }
}
