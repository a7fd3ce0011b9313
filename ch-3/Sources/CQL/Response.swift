/// The responses of native_protocol_v4.spec § 4.2.
enum Response: Sendable {
    case error(ServerError)
    case ready
    /// By the name of the authenticator.
    case authenticate(String)
    case authSuccess
    case rows(CQLRows)
    case prepared(Prepared)
    /// A result without rows: Void, Set_keyspace, Schema_change.
    case done
    /// What no request of this client is answered with.
    case other(Opcode)

    /// § 4.2.5.4, without the metadata of the result: rows bring their own.
    struct Prepared: Sendable, Equatable {
        var id: [UInt8]
        var markers: [CQLType]
    }

    /// - Throws: ``CQLError/malformedAnswer(_:)``
    init(_ frame: Frame) throws(CQLError) {
        var reader = MessageReader(frame.body)
        if frame.flags & Frame.warningFlag != 0 {
            for _ in 0..<(try reader.integer(UInt16.self)) { try reader.skipString() }
        }
        switch frame.opcode {
        case .error: self = .error(try ServerError(from: &reader))
        case .ready: self = .ready
        case .authenticate: self = .authenticate(try reader.string())
        case .authSuccess: self = .authSuccess
        case .result: self = try Self.result(from: &reader)
        default: self = .other(frame.opcode)
        }
    }

    /// § 4.2.5
    private static func result(from reader: inout MessageReader) throws(CQLError) -> Response {
        switch try reader.integer(Int32.self) {
        case 0x01, 0x03, 0x05:
            return .done
        case 0x02:
            return .rows(try CQLRows(from: &reader))
        case 0x04:
            let id = try reader.shortBytes()
            return .prepared(
                Prepared(id: id, markers: try CQLMetadata(ofMarkers: true, from: &reader).columns.map(\.type)))
        default:
            throw reader.malformed("there is no such kind of result")
        }
    }
}
