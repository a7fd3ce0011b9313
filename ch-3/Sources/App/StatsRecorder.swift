internal import Stats
internal import Wikimedia

/// Has every change of the stream counted.
struct StatsRecorder: ChangeHandler {
    let store: any StatsStore

    func handle(_ element: ChangeStream.Element) async throws {
        try await store.record(element.change, at: element.positions)
    }
}
