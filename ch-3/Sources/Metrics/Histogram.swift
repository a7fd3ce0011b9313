private import Locking

/// How long something takes: how often it took up to 5 ms, up to 10 ms, and so on, and how long all of it took together.
///
/// May be used on any thread. Takes as much memory as it has bounds, however often it is used.
package final class Histogram: Sendable {
    /// Those of the client libraries of Prometheus, in seconds: for what takes milliseconds to seconds.
    package static let defaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let bounds: [Double]
    private let observed: Locked<Observed>

    private struct Observed {
        /// How many took up to each bound and longer than the one before; at the end, how many took longer than all.
        var counts: [Int]
        var seconds = 0.0
    }

    /// - Parameter bounds: in seconds, ascending and finite. What takes exactly as long counts as up to it.
    package init(bounds: [Double] = defaultBounds) {
        precondition(bounds.allSatisfy(\.isFinite), "bounds that are not finite: \(bounds)")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds that do not ascend: \(bounds)")
        self.bounds = bounds
        observed = Locked(Observed(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    package func observe(_ duration: Duration) {
        let seconds = duration / .seconds(1)
        let index = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        observed.withLock { observed in
            observed.counts[index] += 1
            observed.seconds += seconds
        }
    }

    /// Buckets count what is in the smaller ones too, and the last one is without a bound.
    var samples: [MetricSample] {
        let observed = observed.withLock { $0 }
        var count = 0
        let buckets = zip(bounds + [.infinity], observed.counts).map { bound, countInBetween in
            count += countInBetween
            return MetricSample(
                suffix: "_bucket", label: "le=\"\(MetricSample.text(bound))\"", number: Double(count))
        }
        return buckets + [
            MetricSample(suffix: "_sum", number: observed.seconds),
            MetricSample(suffix: "_count", number: Double(count)),
        ]
    }
}
