import Metrics
import Testing

struct HistogramTests {
    @Test func bucketsCountWhatIsInTheSmallerOnesToo() {
        let histogram = Histogram(bounds: [0.5, 1, 2])
        for milliseconds in [100, 250, 750, 1500, 3000] { histogram.observe(.milliseconds(milliseconds)) }

        #expect(
            Self.text(of: histogram) == """
                # HELP flush_seconds Time of a flush.
                # TYPE flush_seconds histogram
                flush_seconds_bucket{le="0.5"} 2
                flush_seconds_bucket{le="1"} 3
                flush_seconds_bucket{le="2"} 4
                flush_seconds_bucket{le="+Inf"} 5
                flush_seconds_sum 5.6
                flush_seconds_count 5

                """)
    }

    /// `le` is: less or equal.
    @Test(arguments: [
        (Duration.zero, [1, 1, 1, 1]), (.seconds(-1), [1, 1, 1, 1]), (.milliseconds(5), [1, 1, 1, 1]),
        (.milliseconds(5) + .nanoseconds(1), [0, 1, 1, 1]), (.milliseconds(10), [0, 1, 1, 1]),
        (.milliseconds(10) + .nanoseconds(1), [0, 0, 1, 1]), (.seconds(10), [0, 0, 1, 1]),
        (.seconds(10) + .nanoseconds(1), [0, 0, 0, 1]), (.seconds(1_000_000_000), [0, 0, 0, 1]),
    ])
    func aBoundBelongsToItsBucket(duration: Duration, counts: [Int]) {
        let histogram = Histogram(bounds: [0.005, 0.01, 10])
        histogram.observe(duration)

        #expect(Self.buckets(of: histogram) == counts)
    }

    @Test(arguments: Histogram.defaultBounds)
    func theDefaultBoundsAreWhatTheySay(bound: Double) {
        let (histogram, above) = (Histogram(), Histogram())
        let index = Histogram.defaultBounds.firstIndex(of: bound)
        histogram.observe(.seconds(bound))
        above.observe(.seconds(bound) + .microseconds(1))

        #expect(Self.buckets(of: histogram).firstIndex(of: 1) == index)
        #expect(Self.buckets(of: above).firstIndex(of: 1) == index.map { $0 + 1 })
    }

    @Test func withoutBoundsEverythingIsInTheLastBucket() {
        let histogram = Histogram(bounds: [])
        histogram.observe(.seconds(3))

        #expect(Self.buckets(of: histogram) == [1])
    }

    @Test func itsLabelsStandBeforeTheBound() {
        var metrics = Metrics()
        metrics.histogram("a_seconds", "A.", labels: ["b": "c"], Histogram(bounds: [1]))

        #expect(
            metrics.text.hasSuffix(
                """
                a_seconds_bucket{b="c",le="1"} 0
                a_seconds_bucket{b="c",le="+Inf"} 0
                a_seconds_sum{b="c"} 0
                a_seconds_count{b="c"} 0

                """))
    }

    /// The last bucket and the count are the same number, in whatever moment they are read. For ThreadSanitizer too.
    @Test func whatIsReadWhileItIsUsedIsConsistent() async {
        let histogram = Histogram(bounds: [1])
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for number in 0..<5_000 { histogram.observe(.seconds(number % 2 * 2)) }
                }
            }
            for _ in 0..<50 {
                let buckets = Self.buckets(of: histogram)
                let text = Self.text(of: histogram)
                #expect(buckets[0] <= buckets[1])
                let counts = text.matches(of: /(?:\+Inf"}|_count) ([0-9]+)/).map(\.1)
                #expect(counts.count == 2 && counts[0] == counts[1])
                await Task.yield()
            }
        }

        #expect(Self.buckets(of: histogram) == [10_000, 20_000])
        #expect(Self.text(of: histogram).contains("_sum 20000\n"))
    }

    /// As texts, since what an exit test is given goes through JSON, which has no infinity.
    @Test(arguments: [["1", "1"], ["2", "1"], ["inf"], ["nan"], ["-inf", "0"]])
    func boundsThatDoNotAscendEndTheProgram(_ bounds: [String]) async {
        await #expect(processExitsWith: .failure) { [bounds] in
            _ = Histogram(bounds: bounds.compactMap(Double.init))
        }
    }

    @Test func theLabelOfItsBucketsIsTaken() async {
        await #expect(processExitsWith: .failure) {
            var metrics = Metrics()
            metrics.histogram("a_seconds", "A.", labels: ["le": "1"], Histogram())
        }
    }

    private static func text(of histogram: Histogram) -> String {
        var metrics = Metrics()
        metrics.histogram("flush_seconds", "Time of a flush.", histogram)
        return metrics.text
    }

    private static func buckets(of histogram: Histogram) -> [Int] {
        text(of: histogram).matches(of: /_bucket{le="[^"]+"} ([0-9]+)/).compactMap { Int($0.1) }
    }
}
