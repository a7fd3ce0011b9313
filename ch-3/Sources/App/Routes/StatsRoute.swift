internal import Auth
internal import HTTP
internal import JSON
internal import Locking
internal import Stats

extension Router {
    /// `GET /stats` → 200 with what has been counted so far, to those who have signed in; 304 to a client that has just that;
    /// 503 while it is still to be read.
    mutating func addStats(_ store: some StatsStore, for authentication: BearerAuthentication) {
        let answers = StatsAnswers()
        on(
            .get, "/stats",
            handler: authentication.required { request, _ in
                do {
                    let answer = answers.answer(for: try await store.snapshot())
                    return request.fields.ifNoneMatch(answer.tag) ? answer.notModified : answer.whole
                } catch is StatsUnavailable {
                    throw Problem(
                        .serviceUnavailable, "What was counted is not read from Cassandra yet: try again.",
                        fields: [.init("Retry-After", "1")])
                }
            })
    }
}

/// Builds the answer of `/stats` once for each version of the counts, and keeps the last one.
final class StatsAnswers: Sendable {
    struct Answer: Sendable {
        let version: Int
        let tag: EntityTag
        let whole: HTTPResponse
        let notModified: HTTPResponse
    }

    /// Each process begins to number its versions anew: without this, one tag would name the states of two.
    private let process = String(UInt64.random(in: 0...(.max)), radix: 36)
    private let last = Locked<Answer?>(nil)

    /// The answer with these counts, or with later ones if somebody has asked for them meanwhile.
    ///
    /// It is built with the lock held, so those who ask at the same time wait for one answer instead of building their own.
    func answer(for snapshot: StatsSnapshot) -> Answer {
        last.withLock { last in
            if let last, last.version >= snapshot.version { return last }
            let answer = build(snapshot)
            last = answer
            return answer
        }
    }

    private func build(_ snapshot: StatsSnapshot) -> Answer {
        let tag = EntityTag("\(process)-\(snapshot.version)")
        // It may be kept, by the client alone, and asked about each time. Who may see it does not change what it says, so
        // there is no `Vary: Authorization`; the token is checked before a 304 too.
        let fields = [
            HTTPResponse.Field("ETag", tag.text), HTTPResponse.Field("Cache-Control", "private, no-cache"),
        ]
        var whole = HTTPResponse.json(snapshot.json)
        whole.fields += fields
        return Answer(
            version: snapshot.version, tag: tag, whole: whole, notModified: HTTPResponse(.notModified, fields: fields))
    }
}

extension StatsSnapshot {
    /// `{"messages":…,"distinct_users":…,"bots":…,"non_bots":…,"by_server_url":{…},"by_server_name":{…}}`
    var json: [UInt8] {
        var json = JSONWriter(reservingCapacity: 256 + 64 * (byServerURL.count + byServerName.count))
        json.object { json in
            json.member("messages", messages)
            json.member("distinct_users", distinctUsers)
            json.member("bots", bots)
            json.member("non_bots", nonBots)
            json.name("by_server_url")
            json.counts(byServerURL)
            json.name("by_server_name")
            json.counts(byServerName)
        }
        return json.bytes
    }
}

extension JSONWriter {
    /// Writes a table of counts, the largest first; equal ones by their name, so that the same counts give the same bytes.
    fileprivate mutating func counts(_ counts: [String: Int]) {
        let sorted = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
        object { json in
            for (name, count) in sorted {
                json.member(name, count)
            }
        }
    }
}
