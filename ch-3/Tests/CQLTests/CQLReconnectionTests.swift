import Locking
import Logging
import ScriptedCassandra
import TestSupport
import Testing

@testable import CQL

/// A session and servers that go away, do not answer, or are something else.
@Suite(.timeLimit(.minutes(1)))
struct CQLReconnectionTests {
    /// Answers with this the first time, and as it should from then on.
    private static func misbehaving(
        _ actions: @escaping @Sendable (ScriptedCassandra.Request) -> [ScriptedCassandra.Action]
    )
        -> ScriptedCassandra
    {
        ScriptedCassandra { $0.connection == 1 ? actions($0) : $0.reply(.void) }
    }

    @Test func aLostConnectionIsToldAndTheNextHasTheNextEpoch() async throws {
        let server = Self.misbehaving { _ in [.close] }
        try await withSession(server) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error == .connectionLost("the server has ended the connection"))
            #expect(error?.remedy == .retry)
            let answer = try await session.query("SELECT 2")
            #expect(answer.epoch == 2)
            #expect(session.epoch == 2)
        }
    }

    @Test(arguments: 0..<13)
    func aConnectionThatEndsWithinAFrameIsLost(count: Int) async throws {
        let server = Self.misbehaving { [.send(Array(CQLReply.void.frame(stream: $0.stream)[..<count])), .close] }
        try await withSession(server) { session in
            #expect(await failure { try await session.query("SELECT 1") }?.remedy == .retry)
            let answer = try await session.query("SELECT 2")
            #expect(answer.epoch == 2)
        }
    }

    @Test func aResetIsALostConnection() async throws {
        let server = Self.misbehaving { _ in [.reset] }
        try await withSession(server) { session in
            #expect(await failure { try await session.query("SELECT 1") }?.remedy == .retry)
            let answer = try await session.query("SELECT 2")
            #expect(answer.epoch == 2)
        }
    }

    @Test func whatIsAskedOfAConnectionThatHasEndedIsNotSent() async throws {
        let server = Self.misbehaving { $0.text == "drop" ? [.close] : $0.reply(.void) }
        try await withSession(server) { session in
            let epoch = try await session.query("first").epoch
            _ = await failure { try await session.query("drop") }
            let error = await failure { try await session.query("late", in: epoch) }
            #expect(error?.remedy == .retry)
            guard case .connectionLost = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let next = try await session.query("next").epoch
            #expect(await failure { try await session.query("late", in: epoch) } != nil)
            _ = try await session.query("last", in: next)
            var texts: [String] = []
            while texts.last != "last", let request = await server.nextRequest() {
                if request.opcode == 0x07 { texts.append(request.text) }
            }
            #expect(texts == ["first", "drop", "next", "last"])
        }
    }

    @Test func allRequestsOfALostConnectionFail() async throws {
        let count = Locked(0)
        let server = Self.misbehaving { _ in
            let isLast = count.withLock { count in
                count += 1
                return count == 10
            }
            return isLast ? [.close] : []
        }
        try await withSession(server, settings: .test(requestsInFlightMax: 10)) { session in
            #expect(await eventually { session.epoch == 1 })
            // Ten are in flight; the others wait for their turn, on the same connection.
            let errors = await withTaskGroup { group in
                for _ in 0..<25 {
                    group.addTask { await failure { try await session.query("SELECT 1", in: 1) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(errors.allSatisfy { $0?.remedy == .retry })
        }
    }

    @Test func aServerThatDoesNotAnswerIsGivenUp() async throws {
        let server = Self.misbehaving { _ in [] }
        try await withSession(server, settings: .test(requestTimeout: .milliseconds(50))) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error == .timedOut(.milliseconds(50)))
            #expect(error?.remedy == .retry)
            #expect(await eventually { session.epoch == 2 })
        }
    }

    @Test func aRequestMayHaveATimeOfItsOwn() async throws {
        let server = Self.misbehaving { _ in [] }
        try await withSession(server) { session in
            let error = await failure { try await session.query("TRUNCATE", timeout: .milliseconds(20)) }
            #expect(error == .timedOut(.milliseconds(20)))
        }
    }

    @Test func answersThatNobodyHasAskedForEndTheConnection() async throws {
        let flood = (0..<1000).flatMap { CQLReply.void.frame(stream: 5 + $0 * 30) }
        let server = Self.misbehaving { [.send(flood), .reply(.void, stream: $0.stream)] }
        try await withSession(server) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error == .connectionLost("the server has answered what nobody has asked, with stream id 5"))
            let answer = try await session.query("SELECT 2")
            #expect(answer.epoch == 2)
        }
    }

    @Test func aFrameThatIsTooLargeEndsTheConnection() async throws {
        let server = Self.misbehaving { [.send([0x84, 0, 0, UInt8($0.stream), 0x08, 0x7F, 0xFF, 0xFF, 0xFF])] }
        try await withSession(server) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(
                error == .connectionLost("a frame has 2147483647 bytes, and 16777216 are allowed"))
            let answer = try await session.query("SELECT 2")
            #expect(answer.epoch == 2)
        }
    }

    // MARK: Connecting

    @Test func theNextContactPointIsAskedIfOneIsAway() async throws {
        let (first, second) = (ScriptedCassandra { $0.reply(.void) }, ScriptedCassandra { $0.reply(.void) })
        first.stop()
        try await withSession(first, second) { session in
            let answer = try await session.query("SELECT 1")
            #expect(answer.epoch == 1)
            second.dropConnections()
            #expect(await eventually { session.epoch ?? 0 >= 2 })
            #expect(first.connectionCount == 0)
        }
    }

    @Test func requestsFailWhenNoContactPointCanBeReached() async throws {
        let points = [closedPort(), closedPort()].map { ContactPoint(host: "127.0.0.1", port: $0) }
        try await withSession(CQLSession.Settings(contactPoints: points)) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error?.remedy == .retry)
            #expect(error?.description.contains("Connection refused") == true)
            #expect(session.epoch == nil)
        }
    }

    @Test func aNameThatCannotBeResolvedIsAnOutage() async throws {
        let settings = CQLSession.Settings(contactPoints: [ContactPoint(host: "no such name")])
        try await withSession(settings) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error?.remedy == .retry)
            #expect(error?.description.contains("cannot be resolved") == true)
        }
    }

    @Test func aHandshakeThatIsNotAnsweredIsGivenUp() async throws {
        let server = ScriptedCassandra(
            startUp: { $0.connection <= 2 ? [] : $0.reply(.ready) }, respond: { $0.reply(.void) })
        try await withSession(server, settings: .test(connectTimeout: .milliseconds(50))) { session in
            #expect(await failure { try await session.query("SELECT 1") }?.remedy == .retry)
            #expect(await eventually { session.epoch == 1 })
            #expect(server.connectionCount >= 3)
        }
    }

    @Test func aServerThatDropsConnectionsInTheHandshakeIsTriedAgain() async throws {
        let server = ScriptedCassandra(
            startUp: { $0.connection <= 3 ? [.close] : $0.reply(.ready) },
            respond: {
                $0.reply(.void)
            })
        try await withSession(server) { session in
            #expect(await eventually { session.epoch == 1 })
            #expect(server.connectionCount == 4)
        }
    }

    @Test func whatDoesNotSpeakTheProtocolIsToldAsSuch() async throws {
        let http = ScriptedCassandra(
            startUp: { _ in [.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))] },
            respond: { _ in
                []
            })
        try await withSession(http) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error?.remedy == .giveUp)
            #expect(error?.description.contains("does not speak version 4 of Cassandra's native protocol") == true)
        }
    }

    @Test func aServerOfAnotherVersionIsToldAsSuch() async throws {
        let old = CQLReply(opcode: 0, version: 0x83, body: CQLMessage().int(10).string("the greatest is 3"))
        let server = ScriptedCassandra(startUp: { $0.reply(old) }, respond: { _ in [] })
        try await withSession(server) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error?.remedy == .giveUp)
            #expect(error?.description.contains("(its first byte is 131)") == true)
        }
    }

    @Test func theWaitDoublesUpToItsCeiling() {
        let settings = CQLSession.Settings(contactPoints: [ContactPoint(host: "db")])
        var generator = SeededGenerator(seed: 6)
        for (failures, ceiling) in [(0, 0.1), (1, 0.2), (2, 0.4), (6, 6.4), (7, 10), (1000, 10)] {
            let delays = (0..<500).map { _ in
                settings.reconnectDelay(failureCount: failures, using: &generator) / .seconds(1)
            }
            #expect(delays.allSatisfy { (0..<ceiling).contains($0) })
            #expect((delays.max() ?? 0) > ceiling * 0.9 && (delays.min() ?? 1) < ceiling * 0.1)
        }
    }
}
