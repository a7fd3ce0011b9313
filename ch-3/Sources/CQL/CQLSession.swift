internal import Lifecycle
internal import Locking
package import Logging

/// A client of Cassandra: one connection at a time, to one of the contact points, made again whenever it ends.
///
/// ```swift
/// let session = CQLSession(.init(contactPoints: [ContactPoint(host: "127.0.0.1")]), logger: logger)
/// // … session.run() goes on in another task …
/// let read = try await session.prepare("SELECT version FROM wiki_stats.shard WHERE shard = ?")
/// let version = try await session.execute(read, [.text("stream")]).rows.first?.bigint(0)
/// ```
///
/// One connection, because its requests do not wait for each other and the node that it leads to spreads them over the
/// cluster; and because then each connection has a number, its **epoch**, and these are in order. Every answer tells its epoch.
/// A request can ask for one, and is then sent over that connection or not at all: so what was found out about the server
/// (that it has forgotten nothing, say) is still true when the request arrives, or the request fails.
///
/// A request that finds no connection waits for the next attempt to make one, and fails with it. Whoever tries again and
/// again is thereby slowed down to the pace of reconnection. Requests beyond `requestsInFlightMax` wait for their turn.
///
/// All functions may be called from any task. They throw ``CQLError``, and `CancellationError` if their task is cancelled.
package final class CQLSession: Service {
    package let name = "cassandra"
    let settings: Settings
    private let clock: any Clock<Duration>
    private let generator: any RandomNumberGenerator & Sendable
    private let logger: Logger
    private let state = Locked(State())
    private let warningCount = Locked(0)

    struct Link: Sendable {
        let connection: CQLConnection
        let epoch: Int
    }

    private struct State {
        var link: Link?
        var lastEpoch = 0
        var waiting: [(ticket: Int, answer: CheckedContinuation<Link, any Error>)] = []
        var lastTicket = 0
        var isStopping = false
        /// What `run` does, while there is no connection to drain.
        var task: Task<Void, Never>?

        /// What has ended is of no use, even if the session does not know it yet.
        var usableLink: Link? { link?.connection.end == nil ? link : nil }
    }

    /// Does no I/O; `run` does.
    ///
    /// - Parameters:
    ///   - clock: what the waiting between two attempts to connect is measured with.
    ///   - generator: where the jitter of that waiting comes from.
    package init(
        _ settings: Settings, clock: any Clock<Duration> = ContinuousClock(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(), logger: Logger
    ) {
        precondition(!settings.contactPoints.isEmpty, "a session needs a contact point")
        self.settings = settings
        self.clock = clock
        self.generator = generator
        self.logger = logger
    }

    // MARK: Life

    /// Keeps a connection until `stop` is called; then lets what has been asked be answered.
    package func run() async {
        let task = state.withLock { state -> Task<Void, Never>? in
            if state.isStopping { return nil }
            let task = Task { await self.stayConnected() }
            state.task = task
            return task
        }
        await withTaskCancellationHandler {
            await task?.value
        } onCancel: {
            task?.cancel()
        }
        // Also where it has not been stopped but cancelled: nobody will make another connection.
        state.withLock { $0.isStopping = true }
        failWaiting(.stopped)
    }

    package func stop() {
        let (link, task) = state.withLock { state -> (Link?, Task<Void, Never>?) in
            state.isStopping = true
            return (state.link, state.task)
        }
        if let link { link.connection.drain() } else { task?.cancel() }
        failWaiting(.stopped)
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func stayConnected() async {
        var generator = generator
        let points = settings.contactPoints
        var (next, failureCount) = (0, 0)
        while !Task.isCancelled && !isStopping {
            let point = points[next % points.count]
            next += 1
            do {
                failureCount = try await serve(point) ? 0 : failureCount + 1
            } catch {
                failureCount += 1
                report(error, point, isRoundOver: failureCount % points.count == 0)
            }
            // The other contact points are tried at once.
            guard failureCount % points.count == 0, !isStopping else { continue }
            let delay = settings.reconnectDelay(
                failureCount: max(0, failureCount - 1) / points.count, using: &generator)
            try? await clock.sleep(for: delay)
        }
    }

    /// Connects to a contact point, and returns when that connection has ended.
    ///
    /// - Returns: whether it was of use.
    private func serve(_ point: ContactPoint) async throws -> Bool {
        let connection = try await CQLConnection.open(point, settings)
        let epoch = begin(connection)
        logger.info("connected to Cassandra", ["contactPoint": "\(point)", "epoch": .integer(epoch)])
        let end = await connection.closed()
        state.withLock { $0.link = nil }
        if end != .stopped {
            logger.warning(
                "connection to Cassandra lost",
                ["contactPoint": "\(point)", "epoch": .integer(epoch), "reason": "\(end.reason)"])
        }
        return connection.hasAnswered
    }

    /// Makes it the session's connection, with the next epoch.
    private func begin(_ connection: CQLConnection) -> Int {
        let (link, waiting, isStopping) = state.withLock { state in
            state.lastEpoch += 1
            let link = Link(connection: connection, epoch: state.lastEpoch)
            state.link = link
            defer { state.waiting = [] }
            return (link, state.waiting.map(\.answer), state.isStopping)
        }
        for answer in waiting { answer.resume(returning: link) }
        if isStopping { connection.drain() }
        return link.epoch
    }

    /// Tells those who wait that there will be no connection for now, when all contact points have been tried.
    ///
    /// Before the first connection, a refusal is told as such: a wrong password, say, at the start of the program. Later it is
    /// an outage like any other: what was right before will be right again, and a node that starts refuses what it will grant.
    private func report(_ error: any Error, _ point: ContactPoint, isRoundOver: Bool) {
        guard let error = error as? CQLError, error != .stopped else { return }
        logger.log(
            error.remedy == .giveUp ? .error : .warning, "cannot connect to Cassandra",
            ["contactPoint": "\(point)", "reason": "\(error.reason)"])
        guard isRoundOver else { return }
        let isRefusal = error.remedy == .giveUp && state.withLock { $0.lastEpoch == 0 }
        failWaiting(isRefusal ? error : .notConnected("\(point): \(error.reason)"))
    }

    private func failWaiting(_ error: CQLError) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting.map(\.answer)
        }
        for answer in waiting { answer.resume(throwing: error) }
    }

    // MARK: The connection

    /// The number of the present connection, `nil` if there is none.
    package var epoch: Int? { state.withLock { $0.usableLink?.epoch } }

    /// How many connections there have been.
    package var connectionCount: Int { state.withLock { $0.lastEpoch } }

    /// The present connection; the next one, if there is none, and none in particular is asked for.
    func link(_ epoch: Int?) async throws -> Link {
        if let epoch {
            guard let link = state.withLock({ $0.usableLink }), link.epoch == epoch else {
                throw isStopping ? .stopped : CQLError.connectionLost("connection \(epoch) has ended")
            }
            return link
        }
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer in
                let link = state.withLock { state -> Result<Link, CQLError>? in
                    if let link = state.usableLink { return .success(link) }
                    if state.isStopping { return .failure(.stopped) }
                    state.waiting.append((ticket, answer))
                    return nil
                }
                if let link { answer.resume(with: link.mapError { $0 }) }
                // If the cancellation came first, its handler has found nobody waiting.
                if Task.isCancelled { stopWaiting(ticket) }
            }
        } onCancel: {
            stopWaiting(ticket)
        }
    }

    private func stopWaiting(_ ticket: Int) {
        let answer = state.withLock { state -> CheckedContinuation<Link, any Error>? in
            guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            return state.waiting.remove(at: index).answer
        }
        answer?.resume(throwing: CancellationError())
    }

    /// Logs what a server warns of: the 1st, 2nd, 4th, 8th … time, since it may do so with each answer.
    func report(warnings: [String]) {
        guard !warnings.isEmpty else { return }
        let count = warningCount.withLock { count in
            count += 1
            return count
        }
        guard count.nonzeroBitCount == 1 else { return }
        logger.warning(
            "Cassandra warns", ["text": "\(warnings.joined(separator: "; "))", "count": .integer(count)])
    }
}

extension CQLError {
    /// What stands behind it, where it is clear that there is no connection.
    fileprivate var reason: String {
        switch self {
        case .notConnected(let reason), .connectionLost(let reason): reason
        default: "\(self)"
        }
    }
}
