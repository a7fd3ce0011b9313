internal import Auth
internal import HTTP
internal import JSON
internal import Stats

extension Router {
    /// `GET /stats` → 200 with what has been counted so far, to those who have signed in.
    mutating func addStats(_ store: some StatsStore, for authentication: BearerAuthentication) {
        on(
            .get, "/stats",
            handler: authentication.required { _, _ in
                .json(try await store.snapshot().json)
            })
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
