import TestSupport
import Testing

@testable import HTTP

struct RateLimiterTests {
    @Test func asManyAreAdmittedAsTheBurstAndNoMore() {
        var limiter = Self.make()

        for _ in 0..<3 { #expect(limiter.take("a", at: Self.start) == nil) }
        #expect(limiter.take("a", at: Self.start) == .seconds(10))
    }

    @Test func oneMoreIsAdmittedAfterEachInterval() {
        var limiter = Self.make()
        for _ in 0..<3 { _ = limiter.take("a", at: Self.start) }

        #expect(limiter.take("a", at: Self.start + .milliseconds(9_999)) == .milliseconds(1))
        #expect(limiter.take("a", at: Self.start + .seconds(10)) == nil)
        #expect(limiter.take("a", at: Self.start + .seconds(10)) == .seconds(10))
    }

    @Test func afterARestThereIsTheBurstAndNoMore() {
        var limiter = Self.make()
        for _ in 0..<3 { _ = limiter.take("a", at: Self.start) }

        let later = Self.start + .seconds(1_000_000)
        for _ in 0..<3 { #expect(limiter.take("a", at: later) == nil) }
        #expect(limiter.take("a", at: later) == .seconds(10))
    }

    @Test func askingInVainCostsNothing() {
        var limiter = Self.make()
        for _ in 0..<1000 { _ = limiter.take("a", at: Self.start) }

        #expect(limiter.take("a", at: Self.start + .seconds(10)) == nil)
    }

    @Test func keysDoNotPayForEachOther() {
        var limiter = Self.make()
        for _ in 0..<4 { _ = limiter.take("a", at: Self.start) }

        #expect(limiter.take("b", at: Self.start) == nil)
    }

    @Test func whatIsGivenBackCanBeTakenAgain() {
        var limiter = Self.make()
        for _ in 0..<3 { _ = limiter.take("a", at: Self.start) }

        limiter.giveBack("a")

        #expect(limiter.take("a", at: Self.start) == nil)
        #expect(limiter.take("a", at: Self.start) == .seconds(10))
    }

    @Test func givingBackDoesNotMakeMoreThanTheBurst() {
        var limiter = Self.make()
        for _ in 0..<5 { limiter.giveBack("a") }
        _ = limiter.take("a", at: Self.start)
        for _ in 0..<5 { limiter.giveBack("a") }

        for _ in 0..<3 { #expect(limiter.take("a", at: Self.start) == nil) }
        #expect(limiter.take("a", at: Self.start) == .seconds(10))
    }

    @Test func aClockThatStepsBackAddsNoTokens() {
        var limiter = Self.make()
        for _ in 0..<3 { _ = limiter.take("a", at: Self.start) }

        #expect(limiter.take("a", at: Self.start - .seconds(5)) == .seconds(15))
    }

    // MARK: The table

    @Test func theTableIsBounded() {
        var limiter = Self.make(keysMax: 100)
        let sharedCount = RateLimiter<String>.sharedBucketCount

        for number in 0..<10_000 { _ = limiter.take("\(number)", at: Self.start + .milliseconds(number)) }

        #expect(100...100 + sharedCount ~= limiter.count)
    }

    @Test func nobodyGetsFreeByFillingTheTable() {
        var limiter = Self.make(keysMax: 100)
        for _ in 0..<3 { _ = limiter.take("a", at: Self.start) }

        for number in 0..<10_000 { _ = limiter.take("\(number)", at: Self.start) }

        #expect(limiter.take("a", at: Self.start) == .seconds(10))
    }

    @Test func whileTheTableIsFullNewKeysShareBuckets() {
        var limiter = Self.make(keysMax: 100)
        for number in 0..<100 { _ = limiter.take("\(number)", at: Self.start) }
        let shared = 3 * RateLimiter<Int>.sharedBucketCount

        let admitted = (100..<10_000).count { limiter.take("\($0)", at: Self.start) == nil }

        #expect(1...shared ~= admitted)
        // Those who were there before have their own.
        #expect(limiter.take("7", at: Self.start) == nil)
    }

    @Test func bucketsThatAreFullAgainMakeRoom() {
        var limiter = Self.make(keysMax: 100)
        for number in 0..<200 { _ = limiter.take("old \(number)", at: Self.start) }

        let later = Self.start + .seconds(30)
        for number in 0..<100 { #expect(limiter.take("new \(number)", at: later) == nil) }

        #expect(limiter.count == 100)
    }

    /// The same as a bucket with a count in it, which is filled up as time goes by.
    @Test func itIsATokenBucket() {
        var generator = SeededGenerator(seed: 11)
        var limiter = Self.make()
        // In milliseconds: one that passes is one more, and to be admitted takes 10,000.
        var tokens = 30_000
        var now = Self.start

        for _ in 0..<5000 {
            let passed = Int.random(in: 0...9000, using: &generator)
            now += .milliseconds(passed)
            tokens = min(30_000, tokens + passed)
            let wait = limiter.take("a", at: now)
            #expect(wait == (tokens < 10_000 ? .milliseconds(10_000 - tokens) : nil))
            if wait == nil { tokens -= 10_000 }
        }
    }

    @Test(arguments: [
        (Duration.nanoseconds(1), "1"), (.milliseconds(999), "1"), (.seconds(1), "1"), (.milliseconds(1001), "2"),
        (.seconds(30), "30"), (.zero, "1"),
    ])
    func retryAfterIsInWholeSecondsAndNotTooEarly(wait: Duration, text: String) {
        #expect(HTTPResponse.Field.retryAfter(wait) == HTTPResponse.Field("Retry-After", text))
    }

    // MARK: Fixtures

    private static let start = ContinuousClock.now

    private static func make(keysMax: Int = 1000) -> RateLimiter<String> {
        RateLimiter(.init(burst: 3, interval: .seconds(10)), keysMax: keysMax)
    }
}
