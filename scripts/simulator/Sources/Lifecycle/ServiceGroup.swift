package import Logging

/// Runs services together: started in order, stopped in reverse order, each one's end awaited before the next is asked.
///
/// The order expresses dependence: a service comes after those it needs, and so may use them until its last moment.
/// When one service ends or fails, or `shutdown()` is called, all of them are stopped. Those that have not ended when
/// `shutdownTimeout` is over are cancelled, and left behind if that does not help either: a program must be able to end.
package final class ServiceGroup: Sendable {
    private let services: [any Service]
    private let shutdownTimeout: Duration
    private let cancellationTimeout: Duration
    private let logger: Logger
    private let events: AsyncStream<Event>
    private let eventContinuation: AsyncStream<Event>.Continuation

    private enum Event {
        case shutdownRequested
        case ended(index: Int, failure: (any Error)?)
        case shutdownTimeoutOver
        case cancellationTimeoutOver
    }

    /// - Parameters:
    ///   - shutdownTimeout: how long the services may take, all together, to finish what they have begun.
    ///   - cancellationTimeout: how long they may then take to react to their cancellation.
    package init(
        _ services: [any Service], shutdownTimeout: Duration, cancellationTimeout: Duration = .seconds(1),
        logger: Logger
    ) {
        self.services = services
        self.shutdownTimeout = shutdownTimeout
        self.cancellationTimeout = cancellationTimeout
        self.logger = logger
        (events, eventContinuation) = AsyncStream.makeStream()
    }

    /// Asks all services to stop. Returns at once; may be called from any thread, any number of times, before `run()` too.
    package func shutdown() {
        eventContinuation.yield(.shutdownRequested)
    }

    /// Runs the services and returns when all have ended. Call it once.
    ///
    /// - Throws: the first failure of a service; ``ShutdownTimeoutError`` if some had to be cancelled.
    package func run() async throws {
        // Unstructured tasks, for once: a task group would wait for a service that ignores its cancellation, for ever.
        // Immediate ones: each service comes to its first wait before the next one starts.
        let tasks = services.enumerated().map { index, service in
            Task.immediate {
                do {
                    try await service.run()
                    eventContinuation.yield(.ended(index: index, failure: nil))
                } catch {
                    eventContinuation.yield(.ended(index: index, failure: error))
                }
            }
        }
        var timer: Task<Void, any Error>?
        defer {
            for task in tasks { task.cancel() }
            timer?.cancel()
        }

        var running = Array(services.indices)
        var isStopping = false
        var unfinished: [String] = []
        var firstFailure: (any Error)?

        for await event in events {
            switch event {
            case .shutdownRequested:
                break
            case .ended(let index, let failure):
                running.removeAll { $0 == index }
                let name = services[index].name
                if let failure, !(failure is CancellationError) {
                    logger.error("service failed", ["service": "\(name)", "error": .describing(failure)])
                    firstFailure = firstFailure ?? failure
                } else {
                    logger.debug("service ended", ["service": "\(name)"])
                }
            case .shutdownTimeoutOver:
                unfinished = running.map { services[$0].name }
                logger.error("shutdown timeout is over", ["cancelling": "\(unfinished.joined(separator: ", "))"])
                for task in tasks { task.cancel() }
                timer = schedule(.cancellationTimeoutOver, after: cancellationTimeout)
            case .cancellationTimeoutOver:
                running = []
            }
            // Whatever has happened, from here on the way is down.
            if !isStopping {
                isStopping = true
                timer = schedule(.shutdownTimeoutOver, after: shutdownTimeout)
            }
            guard let last = running.last else { break }
            services[last].stop()
        }
        if let firstFailure { throw firstFailure }
        if !unfinished.isEmpty { throw ShutdownTimeoutError(services: unfinished) }
    }

    private func schedule(_ event: Event, after delay: Duration) -> Task<Void, any Error> {
        Task { [eventContinuation] in
            try await Task.sleep(for: delay)
            eventContinuation.yield(event)
        }
    }
}

/// Services that had not finished when the shutdown timeout was over, and were cancelled.
package struct ShutdownTimeoutError: Error, Equatable, CustomStringConvertible {
    package let services: [String]

    package var description: String {
        "not finished in time and cancelled: \(services.joined(separator: ", "))"
    }
}
