internal import Generator
internal import HTTP

/// One response of the stream: sends events as they come or as the client reads, and does to it what the switches say.
struct StreamSession {
    private let settings: SimulatorConfiguration.SessionSettings
    private let head: StreamHead
    private let format: Subscription.Format
    private var subscription: Subscription
    private var changeCount = 0
    private let clock = ContinuousClock()

    /// What is sent in one piece: enough for the calls to cost little, few enough for others to have their turn.
    private static let pieceBytes = 64 * 1024

    init(
        _ subscription: Subscription, as format: Subscription.Format, head: StreamHead,
        settings: SimulatorConfiguration.SessionSettings
    ) {
        self.subscription = subscription
        self.format = format
        self.head = head
        self.settings = settings
    }

    /// Sends until it is time to disconnect, or the client has gone.
    ///
    /// - Throws: to have the connection ended without the end of the response.
    mutating func run(_ writer: BodyWriter) async throws {
        try await writer.write(Subscription.opening(format))
        if format == .events && settings.retry > 0 {
            try await writer.write(Array("retry: \(settings.retry)\n\n".utf8))
        }
        let disconnectTime = settings.disconnectAfter > .zero ? clock.now + settings.disconnectAfter : nil
        var lastWrite = clock.now
        while true {
            let now = clock.now
            if disconnectTime.map({ $0 <= now }) ?? false { return try await disconnect(writer) }
            let batch = subscription.next(
                upTo: head.limit(at: now), changeCountMax: changesUntilNextFault, byteCount: Self.pieceBytes)
            if batch.bytes.isEmpty {
                if settings.keepAlive > .zero && now - lastWrite >= settings.keepAlive {
                    if format == .events { try await writer.write(Array(":\n\n".utf8)) }
                    lastWrite = now
                }
                try await clock.sleep(for: pause(at: now, lastWrite: lastWrite, disconnectTime: disconnectTime))
                continue
            }
            try await writer.write(batch.bytes)
            lastWrite = clock.now
            head.reach(subscription.nextIndex, at: lastWrite)
            changeCount += batch.changeCount
            if isTime(settings.disconnectEveryEvents) { return try await disconnect(writer) }
            if isTime(settings.silenceEveryEvents) { try await clock.sleep(for: settings.silence) }
            // While the client reads as fast as this writes, nothing above waits: others are given a chance here.
            await Task.yield()
        }
    }

    private func disconnect(_ writer: BodyWriter) async throws {
        if settings.disconnectsInFrame {
            var next = subscription
            let frame = next.next(upTo: head.limit(at: clock.now), changeCountMax: 1, byteCount: 1).bytes
            try await writer.write(Array(frame.prefix(frame.count / 2)))
        }
        // The server logs what a body throws, but for this.
        if settings.disconnectsAbruptly { throw CancellationError() }
    }

    // MARK: What is next

    private var changesUntilNextFault: Int {
        [settings.disconnectEveryEvents, settings.silenceEveryEvents]
            .filter { $0 > 0 }.map { $0 - changeCount % $0 }.min() ?? .max
    }

    private func isTime(_ period: Int) -> Bool {
        period > 0 && changeCount % period == 0
    }

    private func pause(
        at now: ContinuousClock.Instant, lastWrite: ContinuousClock.Instant, disconnectTime: ContinuousClock.Instant?
    ) -> Duration {
        let keepAlive = settings.keepAlive > .zero ? settings.keepAlive - (now - lastWrite) : .seconds(60)
        let pauses = [keepAlive, disconnectTime.map { $0 - now }, head.pause(after: subscription.nextIndex)]
        return max(.milliseconds(1), pauses.compactMap(\.self).min() ?? keepAlive)
    }
}
