package import Logging

/// A URL in, events out, for ever: follows a stream and reconnects whenever the connection ends, whatever the reason.
///
/// ```swift
/// let source = EventSource(EventSource.Settings(url: url, userAgent: "…"), logger: logger)
/// while let event = await source.next() { … }
/// ```
///
/// There is one reader, and the compiler sees to it: the class is not `Sendable`, so no second task can have it. It reads from
/// the network when it is asked for an event and has none left; a slow reader slows the server down, and memory stays flat.
///
/// After a reconnection the server is asked to go on after the last event (`Last-Event-ID`). What it makes of that is its
/// own business: events may be repeated.
package final class EventSource {
    /// Called before each connection; gives the id to resume after. `nil` means the last one: for servers that need to be
    /// asked for something else.
    package var willConnect: () -> String? = { nil }
    /// The id of the last event; empty if there was none.
    package var lastEventID: String { parser.lastEventID }
    package let counters: EventSourceCounters

    private let settings: Settings
    private let clock: any Clock<Duration>
    private var generator: any RandomNumberGenerator
    private let logger: Logger

    private let connection: StreamConnection
    private var policy: ReconnectPolicy
    private var parser: any EventParser
    private var isOpen = false
    private var hasDelivered = false
    private var hasEnded = false
    private var skippedCount = 0

    /// Does no I/O; the first `next()` does.
    ///
    /// - Parameters:
    ///   - lastEventID: where to begin; empty to begin with what comes next.
    ///   - clock: what the waiting between two connections is measured with.
    ///   - generator: where the jitter of that waiting comes from.
    ///   - counters: what it does is added there; for those who read them before, or after, there is a source.
    package init(
        _ settings: Settings, lastEventID: String = "", clock: any Clock<Duration> = ContinuousClock(),
        generator: any RandomNumberGenerator = SystemRandomNumberGenerator(),
        counters: EventSourceCounters = EventSourceCounters(), logger: Logger
    ) {
        self.settings = settings
        self.clock = clock
        self.generator = generator
        self.counters = counters
        self.logger = logger
        connection = StreamConnection(settings)
        policy = settings.reconnectPolicy
        parser = settings.format.makeParser(lastEventID: lastEventID, eventBytesMax: settings.eventBytesMax)
    }

    /// The next event, waiting for it as long as it takes, over any number of connections.
    ///
    /// - Returns: `nil` if the server has said that there are no more (204), or the task is cancelled; at once, in that case.
    package func next() async -> ServerSentEvent? {
        while !Task.isCancelled && !hasEnded {
            if let event = parser.next() {
                hasDelivered = true
                return event
            }
            do {
                try await receive()
            } catch let end as ConnectionEnd {
                await waitToReconnect(after: end)
            } catch {
                break
            }
        }
        await close()
        return nil
    }

    // MARK: One connection

    private func receive() async throws {
        reportSkipped()
        try await withTaskCancellationHandler {
            if !isOpen { try await open() }
            let bytes = try await connection.receive()
            counters.add(bytes: bytes.count)
            parser.append(bytes)
        } onCancel: { [connection] in
            connection.wakeUp()
        }
    }

    private func open() async throws {
        let resumeID = sendable(willConnect() ?? lastEventID)
        logger.debug("connecting to the stream", ["url": "\(settings.url)", "resumeID": "\(resumeID)"])
        let format = try await connection.open(lastEventID: resumeID)
        // What the last connection has left of an incomplete event goes with its parser.
        parser = format.makeParser(lastEventID: lastEventID, eventBytesMax: settings.eventBytesMax)
        (isOpen, hasDelivered, skippedCount) = (true, false, 0)
        counters.add(connections: 1)
        logger.info("stream connected", ["url": "\(settings.url)", "format": "\(format)"])
    }

    /// An id comes from the server, and goes back in a header field: what cannot stand there would be refused, each time
    /// again, so it is left out.
    private func sendable(_ id: String) -> String {
        let isText = id.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
        guard isText, id.utf8.count <= Self.lastEventIDBytesMax else {
            logger.error(
                "cannot resume: the last id cannot be sent in a header field", ["bytes": .integer(id.utf8.count)])
            return ""
        }
        return id
    }

    private func reportSkipped() {
        guard parser.skippedCount > skippedCount else { return }
        counters.add(skippedEvents: parser.skippedCount - skippedCount)
        skippedCount = parser.skippedCount
        logger.error(
            "event skipped: too large",
            ["bytesMax": .integer(settings.eventBytesMax), "onThisConnection": .integer(skippedCount)])
    }

    private func close() async {
        isOpen = false
        await connection.close()
    }

    // MARK: From one to the next

    private func waitToReconnect(after end: ConnectionEnd) async {
        isOpen = false
        if end == .cancelled { return }
        policy.retryDelay = parser.retryDelay ?? policy.retryDelay
        let delay = policy.delay(after: end, deliveredEvents: hasDelivered, using: &generator)
        hasDelivered = false
        guard let delay else {
            logger.info("stream is over", ["reason": "\(end)"])
            hasEnded = true
            return
        }
        if end != .completed { counters.add(failures: 1) }
        let milliseconds = LogValue.integer(Int(delay / .milliseconds(1)))
        logger.log(end.logLevel, "stream disconnected", ["reason": "\(end)", "reconnectInMilliseconds": milliseconds])
        // A cancellation ends the sleep, and `next` sees it.
        try? await clock.sleep(for: delay)
    }
}

extension ConnectionEnd {
    /// Nothing is lost while the stream can be resumed; but a status such as 403 does not go away until somebody acts.
    fileprivate var logLevel: LogLevel {
        switch self {
        case .completed, .noContent, .cancelled: .info
        case .status(429, _): .warning
        case .status(400..<500, _): .error
        default: .warning
        }
    }
}
