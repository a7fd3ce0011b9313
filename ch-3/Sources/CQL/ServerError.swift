/// What a server answers when it has not done what it was asked: native_protocol_v4.spec § 9.
package struct ServerError: Error, Sendable, Equatable {
    package let kind: Kind
    package let message: String

    package enum Kind: Sendable, Equatable {
        case serverError
        case protocolError
        case badCredentials
        case unavailable(Consistency, required: Int32, alive: Int32)
        case overloaded
        case isBootstrapping
        case truncateError
        case writeTimeout(Consistency, received: Int32, required: Int32, writeType: String)
        case readTimeout(Consistency, received: Int32, required: Int32, hasData: Bool)
        case readFailure(Consistency, received: Int32, required: Int32, failures: Int32, hasData: Bool)
        case functionFailure(keyspace: String, function: String, argumentTypes: [String])
        case writeFailure(Consistency, received: Int32, required: Int32, failures: Int32, writeType: String)
        case syntaxError
        case unauthorized
        case invalid
        case configError
        case alreadyExists(keyspace: String, table: String)
        case unprepared(id: [UInt8])
        case unknown(code: Int32)
    }

    init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    init(from reader: inout MessageReader) throws(MalformedMessage) {
        let code = try reader.integer(Int32.self)
        message = try reader.string()
        kind = try Kind(code: code, from: &reader)
    }
}

extension ServerError.Kind {
    fileprivate init(code: Int32, from reader: inout MessageReader) throws(MalformedMessage) {
        switch code {
        case 0x0000: self = .serverError
        case 0x000A: self = .protocolError
        case 0x0100: self = .badCredentials
        case 0x1000:
            self = .unavailable(
                try reader.consistency(), required: try reader.integer(Int32.self),
                alive: try reader.integer(Int32.self))
        case 0x1001: self = .overloaded
        case 0x1002: self = .isBootstrapping
        case 0x1003: self = .truncateError
        case 0x1100:
            self = .writeTimeout(
                try reader.consistency(), received: try reader.integer(Int32.self),
                required: try reader.integer(Int32.self), writeType: try reader.string())
        case 0x1200:
            self = .readTimeout(
                try reader.consistency(), received: try reader.integer(Int32.self),
                required: try reader.integer(Int32.self), hasData: try reader.integer(UInt8.self) != 0)
        case 0x1300:
            self = .readFailure(
                try reader.consistency(), received: try reader.integer(Int32.self),
                required: try reader.integer(Int32.self), failures: try reader.integer(Int32.self),
                hasData: try reader.integer(UInt8.self) != 0)
        case 0x1400:
            self = .functionFailure(
                keyspace: try reader.string(), function: try reader.string(),
                argumentTypes: try reader.stringList())
        case 0x1500:
            self = .writeFailure(
                try reader.consistency(), received: try reader.integer(Int32.self),
                required: try reader.integer(Int32.self), failures: try reader.integer(Int32.self),
                writeType: try reader.string())
        case 0x2000: self = .syntaxError
        case 0x2100: self = .unauthorized
        case 0x2200: self = .invalid
        case 0x2300: self = .configError
        case 0x2400: self = .alreadyExists(keyspace: try reader.string(), table: try reader.string())
        case 0x2500: self = .unprepared(id: try reader.shortBytes())
        default: self = .unknown(code: code)
        }
    }
}

extension ServerError: CustomStringConvertible {
    package var description: String { "Cassandra says: \(message) (\(kind))" }
}
