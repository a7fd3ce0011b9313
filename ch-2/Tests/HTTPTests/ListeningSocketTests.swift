import CLinux
import Glibc
import HTTPTestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1)))
struct ListeningSocketTests {
    @Test func portZeroLetsTheSystemChoose() throws {
        let first = try ListeningSocket(host: "127.0.0.1", port: 0)
        let second = try ListeningSocket(host: "localhost", port: 0)

        #expect(first.port > 0)
        #expect(first.port != second.port)
    }

    @Test func aPortThatIsTakenIsNamedWithARemedy() throws {
        let taken = try ListeningSocket(host: "127.0.0.1", port: 0)

        let error = #expect(throws: ListenError.self) { try ListeningSocket(host: "127.0.0.1", port: taken.port) }

        #expect(error?.cause == .system(EADDRINUSE))
        #expect(
            error?.description
                == "PORT is \(taken.port), which another program is using on 127.0.0.1: stop that program, or set PORT to a free one."
        )
        withExtendedLifetime(taken) {}
    }

    @Test(arguments: ["no.such.host.invalid", "999.0.0.1", "not a name"])
    func aHostThatDoesNotExistIsNamed(_ host: String) {
        let error = #expect(throws: ListenError.self) { try ListeningSocket(host: host, port: 0) }

        #expect(error?.description.hasPrefix("HOST is \"\(host)\", which cannot be resolved (") == true)
    }

    @Test func anAddressOfAnotherMachineIsNamed() {
        let error = #expect(throws: ListenError.self) { try ListeningSocket(host: "192.0.2.1", port: 0) }

        #expect(error?.cause == .system(EADDRNOTAVAIL))
        #expect(error?.description.hasPrefix("HOST is \"192.0.2.1\", which is no address of this machine") == true)
    }

    @Test func everyCauseIsOneSentenceWithARemedy() {
        let denied = ListenError(host: "a", port: 80, cause: .system(EACCES))
        #expect(denied.description == "PORT is 80, which this user may not use: set it to one above 1023.")

        let other = ListenError(host: "a", port: 80, cause: .system(EIO))
        #expect(other.description == "HOST a and PORT 80 cannot be listened on: Input/output error.")
    }

    @Test func connectionsAreAcceptedInTurnWithTheirAddress() async throws {
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
        guard case .nothingWaiting = socket.accept() else {
            Issue.record("nobody has connected yet")
            return
        }

        let client = try await TestClient.connect(port: socket.port, source: "127.0.0.9")

        guard case .connection(let descriptor, let peer) = socket.accept() else {
            Issue.record("the connection is not accepted")
            return
        }
        #expect(peer.description == "127.0.0.9")
        close(descriptor)
        #expect(try await client.receiveToEnd() == "")
    }

    @Test func thePortIsFreeAgainWhenTheSocketIsGone() throws {
        var socket: ListeningSocket? = try ListeningSocket(host: "127.0.0.1", port: 0)
        let port = try #require(socket?.port)
        socket = nil

        #expect(try ListeningSocket(host: "127.0.0.1", port: port).port == port)
    }
}
