import ScriptedCassandra
import Testing

@testable import CQL

/// Each error of native_protocol_v4.spec § 9, with the details that stand behind its message, and what a caller should do then.
struct ServerErrorTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let code: Int
        var details = CQLMessage()
        let kind: ServerError.Kind?
        let remedy: CQLError.Remedy

        var testDescription: String { "\(String(code, radix: 16))" }
    }

    static var examples: [Example] {
        [
            Example(code: 0x0000, kind: .serverError, remedy: .retry),
            Example(code: 0x000A, kind: .protocolError, remedy: .giveUp),
            Example(code: 0x0100, kind: .badCredentials, remedy: .giveUp),
            Example(
                code: 0x1000, details: CQLMessage().short(6).int(2).int(1),
                kind: .unavailable, remedy: .retry),
            Example(code: 0x1001, kind: .overloaded, remedy: .retry),
            Example(code: 0x1002, kind: .isBootstrapping, remedy: .retry),
            Example(code: 0x1003, kind: .truncateError, remedy: .retry),
            Example(
                code: 0x1100, details: CQLMessage().short(4).int(1).int(2).string("UNLOGGED_BATCH"),
                kind: .writeTimeout, remedy: .retry),
            Example(
                code: 0x1200, details: CQLMessage().short(1).int(0).int(1).byte(0),
                kind: .readTimeout, remedy: .retry),
            Example(
                code: 0x1300, details: CQLMessage().short(1).int(0).int(1).int(1).byte(1),
                kind: .readFailure, remedy: .retry),
            Example(
                code: 0x1400, details: CQLMessage().string("k").string("f").short(2).string("int").string("text"),
                kind: .functionFailure, remedy: .giveUp),
            Example(
                code: 0x1500, details: CQLMessage().short(5).int(1).int(3).int(2).string("SIMPLE"),
                kind: .writeFailure, remedy: .retry),
            Example(code: 0x2000, kind: .syntaxError, remedy: .giveUp),
            Example(code: 0x2100, kind: .unauthorized, remedy: .giveUp),
            Example(code: 0x2200, kind: .invalid, remedy: .giveUp),
            Example(code: 0x2300, kind: .configError, remedy: .giveUp),
            Example(
                code: 0x2400, details: CQLMessage().string("k").string(""),
                kind: .alreadyExists, remedy: .giveUp),
            Example(
                code: 0x2500, details: CQLMessage().shortBytes([1, 2]), kind: .unprepared,
                remedy: .prepareAgain),
            Example(code: 0x7777, kind: nil, remedy: .giveUp),
        ]
    }

    @Test(arguments: examples)
    func isReadWithItsCodeAndMessage(example: Example) throws {
        let body = CQLMessage().int(example.code).string("why").raw(example.details.bytes).bytes

        let error = try Self.decode(body)

        #expect(error.kind == example.kind && error.code == example.code && error.message == "why")
        #expect(error.statementID == (example.kind == .unprepared ? [1, 2] : []))
        #expect("\(error)".contains("why"))
        #expect(error.remedy == example.remedy)
        #expect(CQLError.server(error).remedy == example.remedy)
        // Of the details only the id of a statement is read.
        for count in 0..<(example.kind == .unprepared ? body.count : 9) {
            #expect(throws: CQLError.self) { try Self.decode(Array(body[..<count])) }
        }
    }

    @Test func eachKindHasAnExample() {
        #expect(Set(Self.examples.compactMap(\.kind)) == Set(ServerError.Kind.allCases))
    }

    private static func decode(_ body: [UInt8]) throws -> ServerError {
        var reader = MessageReader(body)
        return try ServerError(from: &reader)
    }
}
