internal import EventSource
internal import Metrics
internal import Wikimedia

extension Metrics {
    /// Registers what the stream has brought since the program began, and what became of it.
    mutating func addStream(_ changes: ChangeStreamCounters, _ source: EventSourceCounters) {
        counter("wiki_stats_events_total", "Changes counted since the program started, each once.") {
            changes.values.changes
        }
        counter("wiki_stats_duplicates_total", "Events that came again, and were dropped.") {
            changes.values.duplicates
        }
        counter("wiki_stats_canaries_total", "Wikimedia's test events, which are not counted.") {
            changes.values.canaries
        }
        counter("wiki_stats_malformed_total", "Events that could not be read.") { changes.values.malformed }
        counter("wiki_stats_stream_connections_total", "Connections to the stream: the first, and reconnections.") {
            source.values.connections
        }
        counter("wiki_stats_stream_failures_total", "Connections to the stream that failed, or were cut.") {
            source.values.failures
        }
        counter("wiki_stats_stream_bytes_total", "Bytes of the stream, decompressed.") { source.values.bytes }
        counter("wiki_stats_stream_skipped_events_total", "Events that were too large, and are lost.") {
            source.values.skippedEvents
        }
    }
}
