import Auth
import Testing

@testable import HTTP

struct LoginLimiterTests {
    @Test func aUserIsLimitedOverAllAddresses() {
        let limiter = Self.make()
        for number in 0..<3 { #expect(limiter.admit(.mira, from: Self.peer(number), at: Self.start) == nil) }

        #expect(limiter.admit(.mira, from: Self.peer(3), at: Self.start) == .seconds(30))
        #expect(limiter.admit(.nobody, from: Self.peer(3), at: Self.start) == nil)
    }

    @Test func anAddressIsLimitedOverAllUsers() {
        let limiter = Self.make()
        for number in 0..<5 {
            #expect(limiter.admit(.make("user \(number)"), from: Self.peer(1), at: Self.start) == nil)
        }

        #expect(limiter.admit(.make("user 5"), from: Self.peer(1), at: Self.start) == .seconds(2))
        #expect(limiter.admit(.make("user 5"), from: Self.peer(2), at: Self.start) == nil)
    }

    @Test func aLimitedAddressDoesNotUseUpTheAttemptsOfUsers() {
        let limiter = Self.make()
        for number in 0..<5 { _ = limiter.admit(.make("user \(number)"), from: Self.peer(1), at: Self.start) }
        for _ in 0..<10 { #expect(limiter.admit(.mira, from: Self.peer(1), at: Self.start) != nil) }

        for _ in 0..<3 { #expect(limiter.admit(.mira, from: Self.peer(2), at: Self.start) == nil) }
    }

    @Test func aLimitedUserDoesNotUseUpTheAttemptsOfAnAddress() {
        let limiter = Self.make()
        for number in 0..<3 { _ = limiter.admit(.mira, from: Self.peer(number + 2), at: Self.start) }
        for _ in 0..<10 { #expect(limiter.admit(.mira, from: Self.peer(1), at: Self.start) == .seconds(30)) }

        for number in 0..<5 {
            #expect(limiter.admit(.make("user \(number)"), from: Self.peer(1), at: Self.start) == nil)
        }
    }

    @Test func whatIsForgivenDoesNotCount() {
        let limiter = Self.make()

        for _ in 0..<100 {
            #expect(limiter.admit(.mira, from: Self.peer(1), at: Self.start) == nil)
            limiter.forgive(.mira, from: Self.peer(1))
        }
    }

    @Test func theDefaultsAreTheDocumentedOnes() {
        let limiter = LoginLimiter()
        for number in 0..<10 { #expect(limiter.admit(.mira, from: Self.peer(number), at: Self.start) == nil) }
        #expect(limiter.admit(.mira, from: Self.peer(10), at: Self.start) == .seconds(30))

        for number in 0..<29 { _ = limiter.admit(.make("user \(number)"), from: Self.peer(1), at: Self.start) }
        #expect(limiter.admit(.make("user 29"), from: Self.peer(1), at: Self.start) == .seconds(5))
    }

    // MARK: Fixtures

    private static let start = ContinuousClock.now

    private static func make() -> LoginLimiter {
        var settings = LoginLimiter.Settings()
        settings.perUser = .init(burst: 3, interval: .seconds(30))
        settings.perAddress = .init(burst: 5, interval: .seconds(2))
        return LoginLimiter(settings)
    }

    private static func peer(_ number: Int) -> PeerAddress {
        PeerAddress(ipv4: 0xC000_0200 + UInt32(number))
    }
}
