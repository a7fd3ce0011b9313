/// A value of a row, or for a marker of a statement: native_protocol_v4.spec § 6.
///
/// There is no null among them: to write null is to delete, and a deletion wins over every value with a smaller timestamp.
package enum CQLValue: Sendable, Hashable {
    case text(String)
    case bigint(Int64)
    case int(Int32)
    case smallint(Int16)
    case blob([UInt8])

    package var type: CQLType {
        switch self {
        case .text: .text
        case .bigint: .bigint
        case .int: .int
        case .smallint: .smallint
        case .blob: .blob
        }
    }

    /// - Throws: ``CQLError/malformedAnswer(_:)``
    init(_ type: CQLType, _ bytes: ArraySlice<UInt8>) throws(CQLError) {
        switch type {
        case .text:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .malformedAnswer("a text is not UTF-8")
            }
            self = .text(text)
        case .bigint: self = .bigint(try Self.integer(bytes))
        case .int: self = .int(try Self.integer(bytes))
        case .smallint: self = .smallint(try Self.integer(bytes))
        case .blob: self = .blob(Array(bytes))
        }
    }

    private static func integer<Integer: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) throws(CQLError) -> Integer {
        guard bytes.count == MemoryLayout<Integer>.size else {
            throw .malformedAnswer("a number has \(bytes.count) bytes and not \(MemoryLayout<Integer>.size)")
        }
        return bytes.withUnsafeBytes { Integer(bigEndian: $0.loadUnaligned(as: Integer.self)) }
    }
}

/// The types that this client supports, by their numbers in § 4.2.5.2. `text` is another name for varchar.
package enum CQLType: UInt16, Sendable, CaseIterable {
    case bigint = 0x02
    case blob = 0x03
    case int = 0x09
    case text = 0x0D
    case smallint = 0x13
}
