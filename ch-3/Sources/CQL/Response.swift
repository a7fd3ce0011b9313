/// The responses of native_protocol_v4.spec § 4.2.
enum Response: Sendable {
    case error(ServerError)
    case ready
    case authenticate(authenticator: String)
    case supported([String: [String]])
    case result(Outcome)
    case event
    case authChallenge
    case authSuccess

    /// § 4.2.5
    enum Outcome: Sendable {
        case void
        case rows(CQLRows)
        case setKeyspace(String)
        case prepared(Prepared)
        case schemaChange
    }

    /// § 4.2.5.4, without the metadata of the result: rows bring their own.
    struct Prepared: Sendable, Equatable {
        var id: [UInt8]
        /// The types of the markers.
        var parameters: [CQLType]
    }

    /// - Returns: the response and the warnings that came with it.
    static func decode(_ frame: Frame) throws(MalformedMessage) -> (response: Response, warnings: [String]) {
        var reader = MessageReader(frame.body)
        // What the flags announce stands before the message itself (§ 2.2).
        if frame.flags.contains(.tracing) { _ = try reader.take(16) }
        let warnings = frame.flags.contains(.warning) ? try reader.stringList() : []
        if frame.flags.contains(.customPayload) { try reader.skipBytesMap() }
        return (try Response(frame.opcode, &reader), warnings)
    }

    private init(_ opcode: Opcode, _ reader: inout MessageReader) throws(MalformedMessage) {
        switch opcode {
        case .error: self = .error(try ServerError(from: &reader))
        case .ready: self = .ready
        case .authenticate: self = .authenticate(authenticator: try reader.string())
        case .supported: self = .supported(try reader.stringMultimap())
        case .result: self = .result(try Outcome(from: &reader))
        case .event: self = .event
        case .authChallenge:
            _ = try reader.bytesRange()
            self = .authChallenge
        case .authSuccess:
            _ = try reader.bytesRange()
            self = .authSuccess
        case .startup, .options, .query, .prepare, .execute, .register, .batch, .authResponse:
            throw reader.malformed("this is a request, not a response")
        }
    }

    /// Its name, for an answer that does not belong to what was asked.
    var name: String {
        switch self {
        case .error: "ERROR"
        case .ready: "READY"
        case .authenticate: "AUTHENTICATE"
        case .supported: "SUPPORTED"
        case .result: "RESULT"
        case .event: "EVENT"
        case .authChallenge: "AUTH_CHALLENGE"
        case .authSuccess: "AUTH_SUCCESS"
        }
    }
}

extension Response.Outcome {
    fileprivate init(from reader: inout MessageReader) throws(MalformedMessage) {
        switch try reader.integer(Int32.self) {
        case 0x01: self = .void
        case 0x02: self = .rows(try CQLRows(from: &reader))
        case 0x03: self = .setKeyspace(try reader.string())
        case 0x04: self = .prepared(try Response.Prepared(from: &reader))
        case 0x05: self = .schemaChange
        default: throw reader.malformed("there is no such kind of result")
        }
    }
}

extension Response.Prepared {
    fileprivate init(from reader: inout MessageReader) throws(MalformedMessage) {
        id = try reader.shortBytes()
        let flags = Metadata.Flags(rawValue: try reader.integer(Int32.self))
        let count = try reader.count(bytesMin: Metadata.columnBytesMin)
        // Which markers are the partition key: for those who ask the node that has it.
        _ = try reader.take(2 * reader.count(bytesMin: 2))
        parameters = try Metadata.columns(count: count, flags: flags, from: &reader).map(\.type)
    }
}

/// What the metadata of rows and of prepared statements share: § 4.2.5.2.
enum Metadata {
    struct Flags: OptionSet {
        let rawValue: Int32

        static let globalTable = Flags(rawValue: 0x01)
        static let hasMorePages = Flags(rawValue: 0x02)
        static let noMetadata = Flags(rawValue: 0x04)
    }

    /// The length of an empty name, and a type.
    static let columnBytesMin = 4

    static func columns(
        count: Int, flags: Flags, from reader: inout MessageReader
    ) throws(MalformedMessage) -> [CQLColumn] {
        if flags.contains(.globalTable) { try skipTable(&reader) }
        var columns: [CQLColumn] = []
        columns.reserveCapacity(count)
        for _ in 0..<count {
            if !flags.contains(.globalTable) { try skipTable(&reader) }
            let name = try reader.string()
            columns.append(CQLColumn(name: name, type: try CQLType(from: &reader)))
        }
        return columns
    }

    /// The names of keyspace and table.
    private static func skipTable(_ reader: inout MessageReader) throws(MalformedMessage) {
        try reader.skipString()
        try reader.skipString()
    }
}

/// A column of a result.
package struct CQLColumn: Sendable, Equatable {
    package let name: String
    package let type: CQLType
}
