/// The header fields of a request, in the order in which they came.
///
/// The bytes of the head are kept as they are and a field is two ranges in them: a request has many fields, and most
/// are never looked at.
package struct HTTPFields: Sendable {
    private let head: [UInt8]
    private let fields: [ParsedField]

    init(head: [UInt8], fields: [ParsedField]) {
        self.head = head
        self.fields = fields
    }

    package var count: Int { fields.count }

    /// The value of the first field of this name, whatever its case; `nil` if there is none.
    ///
    /// Bytes that are not UTF-8 become U+FFFD: RFC 9110 §5.5 allows them, and says nothing about what they mean.
    package subscript(name: String) -> String? {
        fields.first { equalIgnoringCase(head[$0.name], name) }.map { String(decoding: head[$0.value], as: UTF8.self) }
    }

    /// The values of all fields of this name, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { equalIgnoringCase(head[$0.name], name) }.map { String(decoding: head[$0.value], as: UTF8.self) }
    }
}

/// Where a field is in the bytes of the head.
struct ParsedField: Sendable, Equatable {
    let name: Range<Int>
    /// Without the white space around it.
    let value: Range<Int>
}
