/// What a server answers when it has not done what it was asked: native_protocol_v4.spec § 9.
///
/// Behind the message some errors have details (how many replicas have answered, say), which it tells in words as well.
package struct ServerError: Error, Sendable, Equatable {
    package let code: Int32
    package let message: String
    /// Of the statement that the server does not know, if `code` says that.
    let statementID: [UInt8]

    /// `nil` for a code that § 9 does not have.
    package var kind: Kind? { Kind(rawValue: code) }

    package enum Kind: Int32, Sendable, CaseIterable {
        case serverError = 0x0000
        case protocolError = 0x000A
        case badCredentials = 0x0100
        case unavailable = 0x1000
        case overloaded = 0x1001
        case isBootstrapping = 0x1002
        case truncateError = 0x1003
        case writeTimeout = 0x1100
        case readTimeout = 0x1200
        case readFailure = 0x1300
        case functionFailure = 0x1400
        case writeFailure = 0x1500
        case syntaxError = 0x2000
        case unauthorized = 0x2100
        case invalid = 0x2200
        case configError = 0x2300
        case alreadyExists = 0x2400
        case unprepared = 0x2500
    }

    init(from reader: inout MessageReader) throws(CQLError) {
        code = try reader.integer(Int32.self)
        message = try reader.string()
        statementID = code == Kind.unprepared.rawValue ? try reader.shortBytes() : []
    }

    package var remedy: CQLError.Remedy {
        switch kind {
        case .serverError, .unavailable, .overloaded, .isBootstrapping, .truncateError, .writeTimeout, .readTimeout,
            .readFailure, .writeFailure:
            .retry
        case .unprepared: .prepareAgain
        default: .giveUp
        }
    }
}

extension ServerError: CustomStringConvertible {
    package var description: String {
        "Cassandra says: \(message) (\(kind.map { "\($0)" } ?? "error \(code)"))"
    }
}
