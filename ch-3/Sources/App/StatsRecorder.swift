internal import Stats
internal import Wikimedia

/// Has every change of the stream counted.
struct StatsRecorder: ChangeHandler {
    let store: any StatsStore

    func handle(_ change: RecentChange, json: [UInt8]) async throws {
        try await store.record(change)
    }
}
