/// One message with its header: native_protocol_v4.spec § 2.
struct Frame: Sendable, Equatable {
    var flags: UInt8 = 0
    var stream: Int16
    var opcode: Opcode
    var body: [UInt8]

    static let headerBytes = 9
    static let requestVersion: UInt8 = 0x04
    static let responseVersion: UInt8 = 0x84
    /// The body begins with warnings (§ 2.2). The other flags are for what this client does not ask for.
    static let warningFlag: UInt8 = 0x08
}

/// Those of § 2.4 that this client sends, or may be sent.
enum Opcode: UInt8, Sendable, CaseIterable {
    case error = 0x00
    case startup = 0x01
    case ready = 0x02
    case authenticate = 0x03
    case query = 0x07
    case result = 0x08
    case prepare = 0x09
    case execute = 0x0A
    case event = 0x0C
    case batch = 0x0D
    case authChallenge = 0x0E
    case authResponse = 0x0F
    case authSuccess = 0x10
}
