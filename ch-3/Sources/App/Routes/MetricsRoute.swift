internal import HTTP
internal import Metrics

extension Router {
    /// `GET /metrics` → 200 with the program's metrics, for Prometheus.
    ///
    /// Asks for no token: a scraper has none, and whoever reaches the port may know how busy the program is. So a metric
    /// is a number of what happens here, and never says who did something or where: no users, no sites, no addresses, no
    /// settings.
    mutating func addMetrics(_ metrics: Metrics) {
        on(.get, "/metrics") { _ in
            // Off the event loop, since it reads files, and takes locks of which it knows nothing.
            let text = await withTaskExecutorPreference(globalConcurrentExecutor) { metrics.text }
            return HTTPResponse(.ok, contentType: Metrics.contentType, body: .bytes(Array(text.utf8)))
        }
    }
}
