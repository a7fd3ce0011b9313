internal import EventSource
internal import Lifecycle
internal import Logging
internal import Stats
internal import Wikimedia

/// What is done with each change of the stream.
protocol ChangeHandler: Sendable {
    /// Handles one change; the next one waits for it.
    ///
    /// - Throws: what makes it impossible to go on. The program then shuts down.
    func handle(_ element: ChangeStream.Element) async throws
}

/// Follows the stream from where the store says, and hands every change to the handlers, one after the other.
func changeFollower(
    _ settings: EventSource.Settings, resuming store: any StatsStore,
    counters: ChangeStreamCounters = ChangeStreamCounters(),
    sourceCounters: EventSourceCounters = EventSourceCounters(), handlers: [any ChangeHandler], logger: Logger
) -> TaskService {
    TaskService(name: "stream") {
        defer {
            let counts = counters.values
            logger.info(
                "stream left",
                [
                    "changes": .integer(counts.changes), "duplicates": .integer(counts.duplicates),
                    "canaries": .integer(counts.canaries), "malformed": .integer(counts.malformed),
                ])
        }
        let stream = ChangeStream(
            settings, position: try await store.resume(), counters: counters, sourceCounters: sourceCounters,
            logger: logger)
        stream.didSkip = store.skip
        do {
            while let element = await stream.next() {
                for handler in handlers {
                    try await handler.handle(element)
                }
            }
        } catch is OutputClosed {
            // Whoever has read enough, such as `head`, ends the program this way; that is no failure.
            logger.info("standard output was closed")
        }
    }
}
