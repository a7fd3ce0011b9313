internal import CQL
internal import CassandraStats
internal import Metrics

extension Metrics {
    /// Registers what the store has written, and what it has to write.
    mutating func addStore(_ store: CassandraStatsStore, _ session: CQLSession) {
        counter("wiki_stats_store_flushes_total", "Flushes that were written and acknowledged.") {
            store.counters.values.flushes
        }
        histogram(
            "wiki_stats_store_flush_duration_seconds", "How long a flush took.", store.counters.flushDurations)
        counter("wiki_stats_store_rows_written_total", "Rows of users and sites that were written.") {
            store.counters.values.rowsWritten
        }
        counter("wiki_stats_store_failures_total", "Attempts to read or write that failed, and were made again.") {
            store.counters.values.failures
        }
        counter("wiki_stats_store_step_backs_total", "How often Cassandra had forgotten what it had acknowledged.") {
            store.counters.values.stepBacks
        }
        gauge("wiki_stats_store_unwritten_rows", "Rows that have changed since they were written.") {
            store.unwrittenRowCount
        }
        counter("wiki_stats_store_connections_total", "Connections to Cassandra: the first, and reconnections.") {
            session.connectionCount
        }
    }
}
