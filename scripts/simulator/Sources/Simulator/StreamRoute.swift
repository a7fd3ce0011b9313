internal import Generator
internal import HTTP
private import Locking

/// `GET /v2/stream/recentchange`
final class StreamRoute: Sendable {
    private let configuration: SimulatorConfiguration
    private let stream: SimulatedStream
    private let head: StreamHead
    private let state = Locked(State())

    private struct State {
        var requestCount = 0
        var streamCounts: [PeerAddress: Int] = [:]
    }

    init(_ configuration: SimulatorConfiguration, stream: SimulatedStream, head: StreamHead) {
        self.configuration = configuration
        self.stream = stream
        self.head = head
    }

    /// How many streams are open.
    var streamCount: Int { state.withLock { $0.streamCounts.values.reduce(0, +) } }

    func respond(to request: HTTPRequest) throws(Problem) -> HTTPResponse {
        guard let agent = request.fields["User-Agent"], !agent.isEmpty else {
            throw Problem(.forbidden, "Set a User-Agent that says who you are, as Wikimedia's policy asks.")
        }
        try failIfItIsTime()
        let resume = try Self.resumePoint(of: request)
        // Only the beginning counts, as in Wikimedia's server (`_start` in KafkaSSE's `lib/KafkaSSE.js`).
        let asksForLines = request.fields["Accept"]?.hasPrefix("application/json") ?? false
        let format: Subscription.Format = asksForLines ? .lines : .events
        guard open(for: request.peer) else {
            throw Problem(.tooManyRequests, "Too many streams for one address.", fields: [retryAfter])
        }
        let lease = Lease(of: self, for: request.peer)

        let now = ContinuousClock.now
        let current = head.index(at: now)
        let subscription = Subscription(
            to: stream, as: format, from: resume, unspecified: configuration.total > 0 ? 0 : current, head: current,
            end: configuration.total > 0 ? configuration.total : current)
        head.reach(subscription.nextIndex, at: now)
        let session = StreamSession(subscription, as: format, head: head, settings: configuration.session)
        return HTTPResponse(
            .ok, fields: [.init("Cache-Control", "no-cache")],
            contentType: format == .events ? "text/event-stream; charset=utf-8" : "application/json",
            body: .stream { writer in
                var session = session
                defer { withExtendedLifetime(lease) {} }
                try await session.run(writer)
            })
    }

    private func failIfItIsTime() throws(Problem) {
        let refusals = configuration.refusals
        guard refusals.failEveryConnections > 0 else { return }
        let number = state.withLock { state in
            state.requestCount += 1
            return state.requestCount
        }
        guard number % refusals.failEveryConnections == 0 else { return }
        switch refusals.failStatus {
        case 403: throw Problem(.forbidden, "This is a simulated failure.")
        case 429: throw Problem(.tooManyRequests, "This is a simulated failure.", fields: [retryAfter])
        default: throw Problem(.serviceUnavailable, "This is a simulated failure.", fields: [retryAfter])
        }
    }

    private var retryAfter: HTTPResponse.Field {
        .init("Retry-After", String(configuration.refusals.retryAfterSeconds))
    }

    /// The header wins over the query.
    private static func resumePoint(of request: HTTPRequest) throws(Problem) -> ResumePoint {
        if let id = request.fields["Last-Event-ID"] {
            guard let point = ResumePoint(lastEventID: id) else {
                throw .badRequest("Last-Event-ID is no id of this stream.")
            }
            return point
        }
        let parameters = (request.query ?? "").split(separator: "&")
        guard let since = parameters.first(where: { $0.hasPrefix("since=") })?.dropFirst("since=".count) else {
            return .unspecified
        }
        // The only character of a time that programs write encoded.
        let colons = since.split(separator: "%3A", omittingEmptySubsequences: false).joined(separator: ":")
        guard let point = ResumePoint(since: colons) else {
            throw .badRequest("since is neither milliseconds since 1970 nor a time such as 2026-01-01T00:00:00Z.")
        }
        return point
    }

    // MARK: Open streams

    /// One open stream; it ends with the last reference, so also if its response is never sent.
    private final class Lease: Sendable {
        private let route: StreamRoute
        private let peer: PeerAddress

        init(of route: StreamRoute, for peer: PeerAddress) {
            self.route = route
            self.peer = peer
        }

        deinit { route.close(for: peer) }
    }

    private func open(for peer: PeerAddress) -> Bool {
        let countMax = configuration.refusals.connectionsPerClientMax
        return state.withLock { state in
            let count = state.streamCounts[peer, default: 0]
            guard countMax == 0 || count < countMax else { return false }
            state.streamCounts[peer] = count + 1
            return true
        }
    }

    private func close(for peer: PeerAddress) {
        state.withLock { state in
            let count = state.streamCounts[peer, default: 1] - 1
            state.streamCounts[peer] = count == 0 ? nil : count
        }
    }
}

extension HTTPStatus {
    static let forbidden = HTTPStatus(code: 403, reason: "Forbidden")
    static let tooManyRequests = HTTPStatus(code: 429, reason: "Too Many Requests")
}

extension Problem {
    fileprivate static func badRequest(_ detail: String) -> Problem {
        Problem(HTTPStatus(code: 400, reason: "Bad Request"), detail)
    }
}
