/// One message with its header: native_protocol_v4.spec § 2.
struct Frame: Sendable, Equatable {
    var flags: Flags
    var stream: Int16
    var opcode: Opcode
    var body: [UInt8]

    static let headerBytes = 9
    static let requestVersion: UInt8 = 0x04
    static let responseVersion: UInt8 = 0x84

    /// § 2.2
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8

        static let compressed = Flags(rawValue: 0x01)
        static let tracing = Flags(rawValue: 0x02)
        static let customPayload = Flags(rawValue: 0x04)
        static let warning = Flags(rawValue: 0x08)
    }
}

/// § 2.4
enum Opcode: UInt8, Sendable, CaseIterable {
    case error = 0x00
    case startup = 0x01
    case ready = 0x02
    case authenticate = 0x03
    case options = 0x05
    case supported = 0x06
    case query = 0x07
    case result = 0x08
    case prepare = 0x09
    case execute = 0x0A
    case register = 0x0B
    case event = 0x0C
    case batch = 0x0D
    case authChallenge = 0x0E
    case authResponse = 0x0F
    case authSuccess = 0x10
}
