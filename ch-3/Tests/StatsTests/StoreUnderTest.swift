import Stats
import Testing

/// An implementation of ``StatsStore``, and how to make an empty one.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let makeStore: @Sendable () async throws -> any StatsStore

    static let all = [
        StoreUnderTest(testDescription: "in memory") { InMemoryStatsStore() }
    ]

    init(testDescription: String, makeStore: @escaping @Sendable () async throws -> any StatsStore) {
        self.testDescription = testDescription
        self.makeStore = makeStore
    }

    func withStore(_ body: (any StatsStore) async throws -> Void) async throws {
        try await body(makeStore())
    }
}
