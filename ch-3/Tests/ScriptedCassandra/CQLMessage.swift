/// The body of a message, written by hand: a second opinion on the format, which shares nothing with the client's codec.
package struct CQLMessage: Sendable, Equatable {
    package var bytes: [UInt8] = []

    package init() {}

    package func byte(_ value: UInt8) -> CQLMessage { appending([value]) }
    package func short(_ value: Int) -> CQLMessage { appending(bigEndian(value, 2)) }
    package func int(_ value: Int) -> CQLMessage { appending(bigEndian(value, 4)) }
    package func long(_ value: Int) -> CQLMessage { appending(bigEndian(value, 8)) }
    package func raw(_ value: [UInt8]) -> CQLMessage { appending(value) }
    package func string(_ text: String) -> CQLMessage { short(text.utf8.count).raw(Array(text.utf8)) }
    package func shortBytes(_ value: [UInt8]) -> CQLMessage { short(value.count).raw(value) }
    package func value(_ value: [UInt8]) -> CQLMessage { int(value.count).raw(value) }
    package func null() -> CQLMessage { int(-1) }

    private func appending(_ more: [UInt8]) -> CQLMessage {
        var copy = self
        copy.bytes += more
        return copy
    }

    private func bigEndian(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

/// What a server sends: a message with its opcode and its flags.
package struct CQLReply: Sendable {
    package var opcode: UInt8
    package var flags: UInt8 = 0
    package var version: UInt8 = 0x84
    package var body = CQLMessage()

    package init(opcode: UInt8, flags: UInt8 = 0, version: UInt8 = 0x84, body: CQLMessage = CQLMessage()) {
        self.opcode = opcode
        self.flags = flags
        self.version = version
        self.body = body
    }

    package func frame(stream: Int) -> [UInt8] {
        CQLMessage().byte(version).byte(flags).short(stream).byte(opcode).int(body.bytes.count).raw(body.bytes).bytes
    }

    package static let ready = CQLReply(opcode: 0x02)
    package static let supported = CQLReply(opcode: 0x06, body: CQLMessage().short(0))
    package static let void = CQLReply(opcode: 0x08, body: CQLMessage().int(1))
    package static let authenticate = CQLReply(
        opcode: 0x03, body: CQLMessage().string("org.apache.cassandra.auth.PasswordAuthenticator"))
    package static let authChallenge = CQLReply(opcode: 0x0E, body: CQLMessage().null())
    package static let authSuccess = CQLReply(opcode: 0x10, body: CQLMessage().null())

    /// - Parameter details: what stands behind the message of some errors.
    package static func error(
        _ code: Int, _ message: String = "no", _ details: CQLMessage = CQLMessage()
    ) -> CQLReply {
        CQLReply(opcode: 0x00, body: CQLMessage().int(code).string(message).raw(details.bytes))
    }

    package static func unprepared(id: [UInt8]) -> CQLReply {
        error(0x2500, "unknown", CQLMessage().shortBytes(id))
    }

    /// - Parameter markers: the type of each marker, by its number in the specification.
    package static func prepared(id: [UInt8], markers: [Int] = []) -> CQLReply {
        var body = CQLMessage().int(4).shortBytes(id).int(1).int(markers.count).int(0).string("k").string("t")
        for (index, marker) in markers.enumerated() { body = body.string("m\(index)").short(marker) }
        return CQLReply(opcode: 0x08, body: body.int(4).int(0))
    }

    /// Rows of one column of the type bigint.
    package static func numbers(_ numbers: [Int], pagingState: [UInt8]? = nil) -> CQLReply {
        var body = CQLMessage().int(2).int(pagingState == nil ? 1 : 3).int(1)
        if let pagingState { body = body.value(pagingState) }
        body = body.string("k").string("t").string("number").short(2).int(numbers.count)
        for number in numbers { body = body.int(8).long(number) }
        return CQLReply(opcode: 0x08, body: body)
    }
}
