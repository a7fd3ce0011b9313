internal import CSimdJSON
private import Glibc

/// A string of a document, unescaped, still in the memory of its parser. The rule of `JSONValue` holds: not to be kept.
package struct JSONText {
    /// Valid UTF-8.
    package let utf8: UnsafeBufferPointer<UInt8>

    init(_ text: csimdjson_text) {
        utf8 = UnsafeBufferPointer(start: text.bytes, count: text.count)
    }

    package static func == (text: JSONText, other: StaticString) -> Bool {
        guard text.utf8.count == other.utf8CodeUnitCount, let bytes = text.utf8.baseAddress else { return false }
        return memcmp(bytes, other.utf8Start, text.utf8.count) == 0
    }

    /// Lets `switch` compare a text with literals.
    package static func ~= (pattern: StaticString, text: JSONText) -> Bool {
        text == pattern
    }
}

extension String {
    package init(_ text: JSONText) {
        self.init(decoding: text.utf8, as: UTF8.self)
    }
}
