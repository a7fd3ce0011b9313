import CQL
import Configuration
import ScriptedCassandra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CQLAuthenticationTests {
    private static let credentials = CQLCredentials(username: "reader", password: Secret("s3cr3t"))

    /// Wants user and password, and then says this.
    private static func server(
        verdict: @escaping @Sendable (ScriptedCassandra.Request) -> CQLReply
    ) -> ScriptedCassandra {
        ScriptedCassandra(
            startUp: { $0.reply($0.opcode == 0x01 ? .authenticate : verdict($0)) }, respond: { $0.reply(.void) })
    }

    @Test func userAndPasswordAreSentWhenTheServerWantsThem() async throws {
        let server = Self.server { request in
            request.body == CQLMessage().value(Array("\0reader\0s3cr3t".utf8)).bytes ? .authSuccess : .error(0x0100)
        }
        try await withSession(server, settings: .test(credentials: Self.credentials)) { session in
            let answer = try await session.query("SELECT 1")
            #expect(answer.epoch == 1)
        }
    }

    @Test func theyAreNotSentWhenItDoesNot() async throws {
        let server = ScriptedCassandra { $0.reply(.void) }
        try await withSession(server, settings: .test(credentials: Self.credentials)) { session in
            _ = try await session.query("SELECT 1")
            #expect(await server.nextRequest()?.opcode == 0x01)
            #expect(await server.nextRequest()?.opcode == 0x07)
        }
    }

    @Test func aRefusalIsToldAndThePasswordIsNot() async throws {
        let log = RecordedLog()
        let server = Self.server { _ in .error(0x0100, "Provided username reader and/or password are incorrect") }
        try await withSession(server, settings: .test(credentials: Self.credentials), log: log) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(error?.remedy == .giveUp)
            #expect(error?.description.contains("are incorrect") == true)
            #expect(error?.description.contains("s3cr3t") == false)
        }
        #expect(log.contains("cannot connect to Cassandra") && log.contains("\"error\""))
        #expect(!log.contains("s3cr3t"))
    }

    @Test func withoutCredentialsItIsSaidThatTheyAreNeeded() async throws {
        let server = Self.server { _ in .authSuccess }
        try await withSession(server) { session in
            let error = await failure { try await session.query("SELECT 1") }
            #expect(
                error
                    == .credentialsNeeded(
                        "the server wants a user and a password (org.apache.cassandra.auth.PasswordAuthenticator)"))
        }
    }

    @Test func aChallengeIsNotAnswered() async throws {
        let server = Self.server { _ in .authChallenge }
        try await withSession(server, settings: .test(credentials: Self.credentials)) { session in
            #expect(await failure { try await session.query("SELECT 1") }?.remedy == .giveUp)
        }
    }

    /// A node that starts may not have its users yet.
    @Test func aRefusalAfterTheFirstConnectionIsAnOutage() async throws {
        let server = Self.server { $0.connection == 2 ? .error(0x0100, "not yet") : .authSuccess }
        try await withSession(server, settings: .test(credentials: Self.credentials)) { session in
            _ = try await session.query("SELECT 1")
            server.dropConnections()
            var errors: [CQLError?] = []
            while session.epoch != 2 { errors.append(await failure { try await session.query("SELECT 1") }) }
            #expect(errors.contains { $0 != nil })
            #expect(errors.allSatisfy { $0?.remedy ?? .retry == .retry })
        }
    }
}
