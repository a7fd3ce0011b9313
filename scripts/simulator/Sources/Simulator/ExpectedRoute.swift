internal import Generator
internal import HTTP
internal import JSON

/// `GET /expected`: computed when it is first asked for, in a moment for a million events, and kept.
///
/// An actor of its own, so that the computation does not run on an event loop.
actor ExpectedRoute {
    private let stream: SimulatedStream
    private let total: Int
    private var expected: Expected?

    init(stream: SimulatedStream, total: Int) {
        self.stream = stream
        self.total = total
    }

    func respond(to request: HTTPRequest) throws(Problem) -> HTTPResponse {
        guard total > 0 else {
            throw Problem(.notFound, "An endless stream has no totals: start the simulator with --total.")
        }
        let expected = self.expected ?? Expected(firstEvents: total, of: stream)
        self.expected = expected
        var json = JSONWriter()
        json.object { json in
            json.member("messages", expected.messages)
            json.member("distinct_users", expected.distinctUsers)
            json.member("bots", expected.bots)
            json.member("non_bots", expected.nonBots)
            let byURL = Dictionary(uniqueKeysWithValues: expected.bySite.map { ("https://\($0)", $1) })
            json.member("by_server_url", byURL)
            json.member("by_server_name", expected.bySite)
            json.member("by_domain", expected.bySite)
            json.member("by_type", expected.byType)
            if request.query == "by_user=all" { json.member("by_user", expected.byUser) }
            json.member("canaries", expected.canaries)
            json.member("malformed", expected.malformed)
        }
        return .json(json.bytes)
    }
}

extension JSONWriter {
    /// Counts by name, in the order of the names.
    fileprivate mutating func member(_ name: String, _ counts: [String: Int]) {
        self.name(name)
        object { json in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { json.member(name, count) }
        }
    }
}
