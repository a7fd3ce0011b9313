private import Locking

/// How far the stream has come: one position, for all clients.
///
/// With a rate it moves by itself, from the first `reach` on. Without one, events happen when the first client reads them.
final class StreamHead: Sendable {
    /// The first event that there never is.
    let end: Int
    private let rate: Int
    private let state: Locked<State>

    typealias Instant = ContinuousClock.Instant

    private struct State {
        /// The first event that had not happened at `time`.
        var index: Int
        /// `nil` before the first `reach`.
        var time: Instant?

        func index(at now: Instant, rate: Int) -> Int {
            guard let time, rate > 0 else { return index }
            return index + Int((now - time) / .seconds(1) * Double(rate))
        }
    }

    /// - Parameter end: how many events there are; `Int.max` for no end.
    init(end: Int, rate: Int) {
        self.end = end
        self.rate = rate
        state = Locked(State(index: 0))
    }

    /// The first event that has not happened.
    func index(at now: Instant) -> Int {
        min(end, state.withLock { [rate] in $0.index(at: now, rate: rate) })
    }

    /// The first event that cannot be sent.
    func limit(at now: Instant) -> Int {
        rate == 0 ? end : index(at: now)
    }

    /// How long it takes until there is another event; `nil` if none will come by itself.
    func pause(after index: Int) -> Duration? {
        rate == 0 || index >= end ? nil : .milliseconds(max(1, 1000 / rate))
    }

    /// A client is at `index`: so everything before has happened. The first call sets the clock going.
    func reach(_ index: Int, at now: Instant) {
        state.withLock { [rate] state in
            let current = state.index(at: now, rate: rate)
            if state.time == nil || index > current { state = State(index: max(index, current), time: now) }
        }
    }
}
