import EventSource
import Locking

/// A clock on which every sleep is over at once, and remembered.
struct RecordingClock: Clock {
    typealias Duration = Swift.Duration

    /// The sleep that is one too many, and cancels the task that sleeps.
    private let sleepCountMax: Int
    private let recorded = Locked<[Duration]>([])
    // Standing still, so that durations come out exactly as they were asked for.
    let now = ContinuousClock.now
    let minimumResolution = Duration.zero

    init(sleepCountMax: Int = .max) {
        self.sleepCountMax = sleepCountMax
    }

    var sleeps: [Duration] { recorded.withLock { $0 } }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        recorded.withLock { $0.append(deadline - now) }
        if sleeps.count == sleepCountMax { withUnsafeCurrentTask { $0?.cancel() } }
        try Task.checkCancellation()
    }
}

/// Reads from a source until it has slept so often: for sources that would try for ever.
///
/// - Returns: what the source has done until then.
func untilSleep(
    _ count: Int, of makeSource: @escaping @Sendable (RecordingClock) throws -> EventSource
) async throws -> EventSourceCounters.Values {
    try await Task {
        let source = try makeSource(RecordingClock(sleepCountMax: count))
        while await source.next() != nil {}
        return source.counters.values
    }.value
}
