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

    struct Link: Sendable {
        let connection: CQLConnection
        let epoch: Int
    }

    private struct State {
        var link: Link?
        var lastEpoch = 0
        /// The last connection that has brought an answer to more than its handshake.
        var lastUsefulEpoch = 0
        var waiting: [Promise<Link>] = []
        var isStopped = false
        /// What `run` does.
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

    /// Keeps a connection until `stop` is called or the task cancelled, which ends all requests. Stop those who ask before.
    package func run() async {
        let task = state.withLock { state -> Task<Void, Never>? in
            if state.isStopped { return nil }
            let task = Task { await self.stayConnected() }
            state.task = task
            return task
        }
        await withTaskCancellationHandler {
            await task?.value
        } onCancel: {
            stop()
        }
    }

    package func stop() {
        let task = state.withLock { state in
            state.isStopped = true
            return state.task
        }
        task?.cancel()
        settleWaiting(.failure(.stopped))
    }

    private func stayConnected() async {
        var generator = generator
        let points = settings.contactPoints
        var (next, failureCount) = (0, 0)
        while !Task.isCancelled {
            let point = points[next % points.count]
            next += 1
            do {
                failureCount = try await serve(point) ? 0 : failureCount + 1
            } catch {
                failureCount += 1
                report(error, point, isRoundOver: failureCount % points.count == 0)
            }
            // The other contact points are tried at once.
            guard failureCount % points.count == 0 else { continue }
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
        let link = state.withLock { state in
            state.lastEpoch += 1
            let link = Link(connection: connection, epoch: state.lastEpoch)
            state.link = link
            return link
        }
        settleWaiting(.success(link))
        logger.info("connected to Cassandra", ["contactPoint": "\(point)", "epoch": .integer(link.epoch)])
        let end = await connection.closed()
        if end != .stopped {
            logger.warning(
                "connection to Cassandra lost",
                ["contactPoint": "\(point)", "epoch": .integer(link.epoch), "reason": "\(end)"])
        }
        return state.withLock { state in
            state.link = nil
            return state.lastUsefulEpoch == link.epoch
        }
    }

    /// Tells those who wait that there will be no connection for now, when all contact points have been tried.
    ///
    /// Before the first connection, a refusal is told as such: a wrong password, say, at the start of the program. Later it is
    /// an outage like any other: what was right before will be right again, and a node that starts refuses what it will grant.
    private func report(_ error: any Error, _ point: ContactPoint, isRoundOver: Bool) {
        guard let error = error as? CQLError, error != .stopped else { return }
        logger.log(
            error.remedy == .giveUp ? .error : .warning, "cannot connect to Cassandra",
            ["contactPoint": "\(point)", "reason": "\(error)"])
        guard isRoundOver else { return }
        let isRefusal = error.remedy == .giveUp && connectionCount == 0
        settleWaiting(.failure(isRefusal ? error : .notConnected("\(point): \(error)")))
    }

    // MARK: The connection

    /// The number of the present connection, `nil` if there is none.
    package var epoch: Int? { state.withLock { $0.usableLink?.epoch } }

    /// How many connections there have been.
    package var connectionCount: Int { state.withLock { $0.lastEpoch } }

    /// The present connection; the next one, if there is none, and none in particular is asked for.
    func link(_ epoch: Int?) async throws -> Link {
        let promise = Promise<Link>()
        let link = try state.withLock { state throws(CQLError) -> Link? in
            if state.isStopped { throw .stopped }
            // Asked once: the connection may end at any moment, whoever has the lock.
            let link = state.usableLink
            if let epoch, epoch != link?.epoch { throw .connectionLost("connection \(epoch) has ended") }
            if link == nil { state.waiting.append(promise) }
            return link
        }
        if let link { return link }
        return try await promise.value
    }

    private func settleWaiting(_ result: Result<Link, CQLError>) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for promise in waiting { promise.settle(result) }
    }

    func noteAnswer(in epoch: Int) {
        state.withLock { $0.lastUsefulEpoch = max($0.lastUsefulEpoch, epoch) }
    }
}
