internal import HTTP
internal import JSON

extension Router {
    /// `GET /status` → 200 `{"status":"ok"}` for as long as the program serves.
    mutating func addStatus() {
        on(.get, "/status") { _ in
            var json = JSONWriter()
            json.object { $0.member("status", "ok") }
            return .json(json.bytes)
        }
    }
}
