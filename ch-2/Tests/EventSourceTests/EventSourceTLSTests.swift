import EventSource
import Foundation
import ScriptedServer
import TestSupport
import Testing

@Suite(
    .timeLimit(.minutes(1)),
    .enabled(if: OpenSSLServer.isInstalled, "needs the openssl program: apt-get install openssl"))
struct EventSourceTLSTests {
    @Test func aCertificateThatNobodyVouchesForIsRefused() async throws {
        let server = try await OpenSSLServer()
        let log = RecordedLog()

        let values = try await untilSleep(1) { try EventSource.make(server.url, clock: $0, log: log) }

        #expect(values.failures == 1)
        #expect(log.contains("SSL certificate problem"))
    }

    @Test func aCertificateThatIsTrustedIsAccepted() async throws {
        let server = try await OpenSSLServer()
        let source = try EventSource.make(server.url) { $0.trustedCertificatesFile = server.certificateFile }

        #expect(await source.texts(2) == ["a", "b"])
    }

    @Test func aCertificateForAnotherNameIsRefused() async throws {
        let server = try await OpenSSLServer(name: "DNS:example.org")
        let log = RecordedLog()

        let values = try await untilSleep(1) { clock in
            try EventSource.make(server.url, clock: clock, log: log) {
                $0.trustedCertificatesFile = server.certificateFile
            }
        }

        #expect(values.failures == 1)
        #expect(log.contains("no alternative certificate subject name matches"))
    }

    @Test func tls11IsNotSpoken() async throws {
        let server = try await OpenSSLServer(arguments: ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
        let log = RecordedLog()

        let values = try await untilSleep(1) { clock in
            try EventSource.make(server.url, clock: clock, log: log) {
                $0.trustedCertificatesFile = server.certificateFile
            }
        }

        #expect(values.failures == 1)
        #expect(log.contains("protocol version"))
    }

    @Test func fromAStreamOverTLSThereIsNoRedirectToOneWithout() async throws {
        let plain = ScriptedServer([.over])
        let server = try await OpenSSLServer(
            answer: "HTTP/1.1 302 Found\r\nLocation: \(plain.url())\r\nContent-Length: 0\r\n\r\n")
        let log = RecordedLog()

        let values = try await untilSleep(1) { clock in
            try EventSource.make(server.url, clock: clock, log: log) {
                $0.trustedCertificatesFile = server.certificateFile
            }
        }

        #expect(values.failures == 1)
        #expect(log.contains("Protocol \\\"http\\\" "))
    }
}
