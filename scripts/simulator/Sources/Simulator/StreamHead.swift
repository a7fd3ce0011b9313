private import Locking

/// How far the stream has come: one position, for all clients.
///
/// With a rate it moves by itself, from the first `reach` on. Without one, events happen when the first client reads them.
final class StreamHead: Sendable {
    /// The first event that there never is.
    let end: Int
    private let rate: Int
    private let backlogMax: Int
    private let state: Locked<State>

    typealias Instant = ContinuousClock.Instant

    private struct State {
        /// The first event that had not happened at `time`.
        var index: Int
        /// `nil` before the first `reach`.
        var time: Instant?
        /// The first event that no client has been sent.
        var reached = 0

        /// Where it would be if it waited for nobody.
        func index(at now: Instant, rate: Int) -> Int {
            guard let time, rate > 0 else { return index }
            return index + Int((now - time) / .seconds(1) * Double(rate))
        }
    }

    /// - Parameters:
    ///   - end: how many events there are; `Int.max` for no end.
    ///   - backlogMax: at a rate, how many events happen before the first of them is sent to a client; 0: any number.
    init(end: Int, rate: Int, backlogMax: Int = 0) {
        self.end = end
        self.rate = rate
        self.backlogMax = backlogMax
        state = Locked(State(index: 0))
    }

    /// The first event that has not happened.
    func index(at now: Instant) -> Int {
        min(end, state.withLock { index(of: $0, at: now) })
    }

    private func index(of state: State, at now: Instant) -> Int {
        let index = state.index(at: now, rate: rate)
        return backlogMax > 0 ? min(index, max(state.index, state.reached + backlogMax)) : index
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
        state.withLock { state in
            let current = self.index(of: state, at: now)
            let hasWaited = current < state.index(at: now, rate: rate)
            if state.time == nil || index > current || hasWaited {
                (state.index, state.time) = (max(index, current), now)
            }
            state.reached = max(state.reached, index)
        }
    }
}
