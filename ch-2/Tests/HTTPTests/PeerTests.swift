import CLinux
import Glibc
import HTTPTestSupport
import Testing

@testable import HTTP

struct PeerAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"),
        ("203.0.113.255", "203.0.113.255"),
        ("::1", "0:0:0:0:0:0:0:1"),
        ("2001:db8::ff00:42:8329", "2001:db8:0:0:0:ff00:42:8329"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ])
    func anAddressIsWrittenAsItIsUsuallyRead(_ text: String, description: String) {
        #expect(PeerAddress.make(text).description == description)
    }

    @Test func aNetworkIsOneIPv4AddressOrTheFirstHalfOfIPv6() {
        #expect(PeerAddress.make("192.0.2.1").network == .make("192.0.2.1"))
        #expect(PeerAddress.make("192.0.2.1").network != PeerAddress.make("192.0.2.2").network)
        #expect(PeerAddress.make("2001:db8::1").network == PeerAddress.make("2001:db8::ffff:0:0:2").network)
        #expect(PeerAddress.make("2001:db8::1").network != PeerAddress.make("2001:db8:0:1::1").network)
        #expect(PeerAddress.make("::ffff:192.0.2.1").network != PeerAddress.make("::ffff:192.0.2.2").network)
    }
}

struct ConnectionLimiterTests {
    @Test func asManyAreAdmittedAsTheLimitAndNoMore() {
        let limiter = Self.make(inAll: 2)

        #expect(limiter.admit(.make("192.0.2.1")))
        #expect(limiter.admit(.make("192.0.2.2")))
        #expect(!limiter.admit(.make("192.0.2.3")))
        limiter.release(.make("192.0.2.1"))
        #expect(limiter.admit(.make("192.0.2.3")))
    }

    @Test func noNetworkGetsMoreThanItsShare() {
        let limiter = Self.make(perAddress: 2)

        #expect(limiter.admit(.make("2001:db8::1")))
        #expect(limiter.admit(.make("2001:db8::2")))
        #expect(!limiter.admit(.make("2001:db8::3")))
        #expect(limiter.admit(.make("192.0.2.1")))
        limiter.release(.make("2001:db8::2"))
        #expect(limiter.admit(.make("2001:db8::3")))
    }

    @Test func whoIsNotAdmittedIsNotCounted() {
        let limiter = Self.make(inAll: 2, perAddress: 1)

        #expect(limiter.admit(.make("192.0.2.1")))
        for _ in 0..<10 { #expect(!limiter.admit(.make("192.0.2.1"))) }
        #expect(limiter.admit(.make("192.0.2.2")))
    }

    private static func make(inAll: Int = 100, perAddress: Int = 100) -> ConnectionLimiter {
        ConnectionLimiter(limits: .make { ($0.connectionsMax, $0.connectionsPerAddressMax) = (inAll, perAddress) })
    }
}

extension PeerAddress {
    static func make(_ text: String) -> PeerAddress {
        var storage = sockaddr_storage()
        withUnsafeMutablePointer(to: &storage) { pointer in
            if text.contains(":") {
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    $0.pointee.sin6_family = sa_family_t(AF_INET6)
                    inet_pton(AF_INET6, text, &$0.pointee.sin6_addr)
                }
            } else {
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    $0.pointee.sin_family = sa_family_t(AF_INET)
                    inet_pton(AF_INET, text, &$0.pointee.sin_addr)
                }
            }
        }
        return PeerAddress(storage)
    }
}
