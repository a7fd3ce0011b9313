/// The type of a column or of a marker: the [option] of native_protocol_v4.spec § 4.2.5.2.
package indirect enum CQLType: Sendable, Hashable {
    case native(Native)
    /// By the name of its Java class.
    case custom(String)
    case list(CQLType)
    case set(CQLType)
    case map(CQLType, CQLType)
    case tuple([CQLType])
    case userDefined(keyspace: String, name: String)

    package enum Native: UInt16, Sendable, CaseIterable {
        case ascii = 0x01
        case bigint = 0x02
        case blob = 0x03
        case boolean = 0x04
        case counter = 0x05
        case decimal = 0x06
        case double = 0x07
        case float = 0x08
        case int = 0x09
        case timestamp = 0x0B
        case uuid = 0x0C
        case varchar = 0x0D
        case varint = 0x0E
        case timeuuid = 0x0F
        case inet = 0x10
        case date = 0x11
        case time = 0x12
        case smallint = 0x13
        case tinyint = 0x14

        var isText: Bool { self == .varchar || self == .ascii }
        /// All of them are eight bytes, two's complement.
        var isBigint: Bool { self == .bigint || self == .counter || self == .timestamp }
    }

    /// Types within types. Cassandra's own are two or three deep; without a bound a message could exhaust the stack.
    static let depthMax = 16

    init(from reader: inout MessageReader, depth: Int = 0) throws(MalformedMessage) {
        guard depth < Self.depthMax else { throw reader.malformed("types are nested too deep") }
        let id = try reader.integer(UInt16.self)
        switch id {
        case 0x00: self = .custom(try reader.string())
        case 0x20: self = .list(try CQLType(from: &reader, depth: depth + 1))
        case 0x21:
            let key = try CQLType(from: &reader, depth: depth + 1)
            self = .map(key, try CQLType(from: &reader, depth: depth + 1))
        case 0x22: self = .set(try CQLType(from: &reader, depth: depth + 1))
        case 0x30:
            let (keyspace, name) = (try reader.string(), try reader.string())
            for _ in 0..<(try reader.integer(UInt16.self)) {
                try reader.skipString()
                _ = try CQLType(from: &reader, depth: depth + 1)
            }
            self = .userDefined(keyspace: keyspace, name: name)
        case 0x31:
            var parts: [CQLType] = []
            for _ in 0..<(try reader.integer(UInt16.self)) {
                parts.append(try CQLType(from: &reader, depth: depth + 1))
            }
            self = .tuple(parts)
        default:
            guard let native = Native(rawValue: id) else { throw reader.malformed("there is no such type") }
            self = .native(native)
        }
    }
}
