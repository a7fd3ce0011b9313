import TestSupport
import Testing

@testable import EventSource

struct ReconnectPolicyTests {
    private static let refused = ConnectionEnd.failure("refused")

    @Test func theCeilingDoublesWithEachFailureUpToTheMaximum() {
        var policy = Self.make(base: .seconds(1), max: .seconds(10))

        let seconds = (0..<6).map { _ in policy.ceiling(after: Self.refused) }

        #expect(seconds == [1, 2, 4, 8, 10, 10])
    }

    @Test func nothingOverflowsHoweverOftenItFails() {
        var policy = Self.make(base: .seconds(1), max: .seconds(10))
        for _ in 0..<10_000 { _ = policy.ceiling(after: Self.refused) }

        #expect(policy.ceiling(after: Self.refused) == 10)
    }

    @Test func aConnectionThatHasBroughtEventsStartsAnewHoweverItEnded() {
        var policy = Self.make(base: .seconds(1), max: .seconds(60))
        for _ in 0..<5 { _ = policy.ceiling(after: Self.refused) }

        #expect(policy.ceiling(after: Self.refused, deliveredEvents: true) == 1)
        #expect(policy.ceiling(after: Self.refused) == 1)
        #expect(policy.ceiling(after: Self.refused) == 2)
    }

    @Test(arguments: 0..<5)
    func anyPartOfTheCeilingIsWaited(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let delays = (0..<1000).compactMap { _ in
            var policy = Self.make(base: .seconds(8), max: .seconds(60))
            return policy.delay(after: Self.refused, deliveredEvents: false, using: &generator)
        }

        #expect(delays.count == 1000)
        #expect(delays.allSatisfy { .zero <= $0 && $0 <= .seconds(8) })
        for second in 0..<8 {
            let share = delays.count { .seconds(second) <= $0 && $0 < .seconds(second + 1) }
            #expect(80...170 ~= share, "\(share) of 1000 in second \(second)")
        }
    }

    @Test func noWaitIsShorterThanTheStreamsRetryAndJitterComesOnTop() {
        var policy = Self.make(base: .seconds(1), max: .seconds(60))
        policy.retryDelay = .seconds(5)

        #expect(policy.floor(after: .completed) == 5)
        #expect(policy.ceiling(after: .completed) == 6)
    }

    @Test func aShortRetryOfAStreamThatWorksShortensTheJitterToo() {
        var policy = Self.make(base: .seconds(10), max: .seconds(60))
        policy.retryDelay = .seconds(2)

        #expect(policy.ceiling(after: .completed, deliveredEvents: true) == 4)
        #expect(policy.ceiling(after: .completed, deliveredEvents: false) == 12)
    }

    @Test(arguments: [429, 503, 403, 500])
    func onlyThrottlingStatusesWaitAsRetryAfterSays(status: Int) {
        let policy = Self.make(base: .seconds(1), max: .seconds(60))

        let floor = policy.floor(after: .status(status, retryAfter: .seconds(30)))

        #expect(floor == (status == 429 || status == 503 ? 30 : 0))
    }

    @Test func theLongerOfRetryAndRetryAfterHoldsAndNeitherBeyondTheLimit() {
        var policy = Self.make(base: .seconds(1), max: .seconds(60))
        policy.serverDelayMax = .seconds(300)
        policy.retryDelay = .seconds(40)
        #expect(policy.floor(after: .status(429, retryAfter: .seconds(30))) == 40)
        #expect(policy.floor(after: .status(429, retryAfter: .seconds(300))) == 300)
        #expect(policy.floor(after: .status(429, retryAfter: .seconds(301))) == 300)

        policy.retryDelay = .seconds(1_000_000_000)
        #expect(policy.floor(after: .completed) == 300)
    }

    @Test func after204ThereIsNoNextConnection() {
        var policy = ReconnectPolicy()
        var generator = SeededGenerator(seed: 1)

        #expect(policy.delay(after: .noContent, deliveredEvents: true, using: &generator) == nil)
    }

    private static func make(base: Duration, max: Duration) -> ReconnectPolicy {
        var policy = ReconnectPolicy()
        policy.delayBase = base
        policy.delayMax = max
        return policy
    }
}

extension ReconnectPolicy {
    /// The longest wait that chance can give, in seconds, rounded.
    fileprivate mutating func ceiling(after end: ConnectionEnd, deliveredEvents: Bool = false) -> Double? {
        var generator = ConstantGenerator(value: .max)
        return delay(after: end, deliveredEvents: deliveredEvents, using: &generator).map {
            ($0 / .seconds(1)).rounded()
        }
    }

    /// The shortest one.
    fileprivate func floor(after end: ConnectionEnd) -> Double? {
        var (policy, generator) = (self, ConstantGenerator(value: 0))
        return policy.delay(after: end, deliveredEvents: false, using: &generator).map { $0 / .seconds(1) }
    }
}
