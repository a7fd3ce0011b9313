/// A value that a statement is given for one of its markers, encoded as native_protocol_v4.spec § 6 says.
///
/// There is no null among them: to write null is to delete, and a deletion wins over every value with a smaller timestamp.
package enum CQLValue: Sendable, Hashable {
    case text(String)
    case bigint(Int64)
    case int(Int32)
    case smallint(Int16)
    case boolean(Bool)
    case blob([UInt8])

    /// Whether a marker of this type takes the value.
    func fits(_ type: CQLType) -> Bool {
        guard case .native(let type) = type else { return false }
        return switch self {
        case .text: type.isText
        case .bigint: type.isBigint
        case .int: type == .int
        case .smallint: type == .smallint
        case .boolean: type == .boolean
        case .blob: type == .blob
        }
    }
}
