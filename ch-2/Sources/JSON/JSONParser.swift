internal import CSimdJSON

/// Reads JSON documents (RFC 8259), one after the other, in the same memory: simdjson's DOM parser.
///
/// The whole of a document is checked, UTF-8 included, before `body` sees any of it.
///
/// ```swift
/// var parser = JSONParser()
/// let user = try parser.parse(bytes.span) { document in document["user"]?.string }
/// ```
///
/// All memory is asked for at the start, some 15 bytes for each of `documentBytesMax`; what no document was long enough
/// to touch is only reserved by the system and takes no room.
///
/// A parser has one owner: it cannot be copied, and while it parses nobody else can have it, which the compiler sees to.
package struct JSONParser: ~Copyable {
    /// The longest document that is read, in bytes.
    package let documentBytesMax: Int
    /// How deep arrays and objects may stand in one another. An empty one is no level.
    package let depthMax: Int
    private let parser: OpaquePointer

    /// - Parameters:
    ///   - documentBytesMax: 1 byte to 1 GiB.
    ///   - depthMax: 1 to 1000.
    package init(documentBytesMax: Int = 1 << 20, depthMax: Int = 100) {
        precondition(1...(1 << 30) ~= documentBytesMax && 1...1000 ~= depthMax)
        // simdjson counts the document itself as a level.
        guard let parser = csimdjson_parser_create(documentBytesMax, depthMax + 1) else {
            fatalError("No memory for a JSON parser of \(documentBytesMax) bytes.")
        }
        self.parser = parser
        self.documentBytesMax = documentBytesMax
        self.depthMax = depthMax
    }

    deinit {
        csimdjson_parser_destroy(parser)
    }

    /// Reads a document and lends its root to `body`.
    ///
    /// Whatever `body` gets out of the document, a `JSONValue` or something that holds one, is only good until `body`
    /// returns: the next document overwrites it. Copy what is needed later into a `String` or a number.
    ///
    /// - Throws: `JSONParseError` if the bytes are no JSON within the limits; what `body` throws.
    package mutating func parse<Result>(_ bytes: Span<UInt8>, _ body: (JSONValue) throws -> Result) throws -> Result {
        var root = csimdjson_value()
        let status = bytes.withUnsafeBufferPointer { csimdjson_parser_parse(parser, $0.baseAddress, $0.count, &root) }
        if let error = error(status) { throw error }
        return try body(JSONValue(root))
    }

    private func error(_ status: csimdjson_status) -> JSONParseError? {
        switch status {
        case csimdjson_status_ok: nil
        case csimdjson_status_empty: .empty
        case csimdjson_status_too_long: .tooLong(bytesMax: documentBytesMax)
        case csimdjson_status_too_deep: .tooDeep(depthMax: depthMax)
        case csimdjson_status_not_utf8: .notUTF8
        case csimdjson_status_string: .invalidString
        case csimdjson_status_number: .invalidNumber
        default: .invalidStructure
        }
    }
}

// A parser may move to another thread, memory and all, because nobody else can have a reference to it.
extension JSONParser: @unchecked Sendable {}
