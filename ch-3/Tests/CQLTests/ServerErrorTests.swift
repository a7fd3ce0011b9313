import ScriptedCassandra
import Testing

@testable import CQL

/// Each error of native_protocol_v4.spec § 9, with what stands behind its message, and what a caller should do then.
struct ServerErrorTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let code: Int
        var details = CQLMessage()
        let kind: ServerError.Kind
        let remedy: CQLError.Remedy

        var testDescription: String { "\(kind)" }
    }

    static var examples: [Example] {
        [
            Example(code: 0x0000, kind: .serverError, remedy: .retry),
            Example(code: 0x000A, kind: .protocolError, remedy: .giveUp),
            Example(code: 0x0100, kind: .badCredentials, remedy: .giveUp),
            Example(
                code: 0x1000, details: CQLMessage().short(6).int(2).int(1),
                kind: .unavailable(.localQuorum, required: 2, alive: 1), remedy: .retry),
            Example(code: 0x1001, kind: .overloaded, remedy: .retry),
            Example(code: 0x1002, kind: .isBootstrapping, remedy: .retry),
            Example(code: 0x1003, kind: .truncateError, remedy: .retry),
            Example(
                code: 0x1100, details: CQLMessage().short(4).int(1).int(2).string("UNLOGGED_BATCH"),
                kind: .writeTimeout(.quorum, received: 1, required: 2, writeType: "UNLOGGED_BATCH"), remedy: .retry),
            Example(
                code: 0x1200, details: CQLMessage().short(1).int(0).int(1).byte(0),
                kind: .readTimeout(.one, received: 0, required: 1, hasData: false), remedy: .retry),
            Example(
                code: 0x1300, details: CQLMessage().short(1).int(0).int(1).int(1).byte(1),
                kind: .readFailure(.one, received: 0, required: 1, failures: 1, hasData: true), remedy: .retry),
            Example(
                code: 0x1400, details: CQLMessage().string("k").string("f").short(2).string("int").string("text"),
                kind: .functionFailure(keyspace: "k", function: "f", argumentTypes: ["int", "text"]), remedy: .giveUp),
            Example(
                code: 0x1500, details: CQLMessage().short(5).int(1).int(3).int(2).string("SIMPLE"),
                kind: .writeFailure(.all, received: 1, required: 3, failures: 2, writeType: "SIMPLE"), remedy: .retry),
            Example(code: 0x2000, kind: .syntaxError, remedy: .giveUp),
            Example(code: 0x2100, kind: .unauthorized, remedy: .giveUp),
            Example(code: 0x2200, kind: .invalid, remedy: .giveUp),
            Example(code: 0x2300, kind: .configError, remedy: .giveUp),
            Example(
                code: 0x2400, details: CQLMessage().string("k").string(""),
                kind: .alreadyExists(keyspace: "k", table: ""), remedy: .giveUp),
            Example(
                code: 0x2500, details: CQLMessage().shortBytes([1, 2]), kind: .unprepared(id: [1, 2]),
                remedy: .prepareAgain),
            Example(code: 0x7777, kind: .unknown(code: 0x7777), remedy: .giveUp),
        ]
    }

    @Test(arguments: examples)
    func isReadWithItsDetails(example: Example) throws {
        let body = CQLMessage().int(example.code).string("why").raw(example.details.bytes).bytes

        let error = try Self.decode(body)

        #expect(error == ServerError(kind: example.kind, message: "why"))
        #expect(error.remedy == example.remedy)
        #expect(CQLError.server(error).remedy == example.remedy)
        for count in 0..<body.count {
            #expect(throws: MalformedMessage.self) { try Self.decode(Array(body[..<count])) }
        }
    }

    @Test func aConsistencyLevelThatDoesNotExistIsMalformed() {
        let body = CQLMessage().int(0x1000).string("why").short(11).int(1).int(0)
        #expect(throws: MalformedMessage.self) { try Self.decode(body.bytes) }
    }

    private static func decode(_ body: [UInt8]) throws -> ServerError {
        var reader = MessageReader(body)
        return try ServerError(from: &reader)
    }
}
