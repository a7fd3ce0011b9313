/// What one task waits for and somebody else brings, once. A task that is cancelled waits no longer.
struct Promise<Value: Sendable>: Sendable {
    private let values: AsyncThrowingStream<Value, any Error>
    private let continuation: AsyncThrowingStream<Value, any Error>.Continuation

    init() {
        (values, continuation) = AsyncThrowingStream.makeStream()
    }

    /// Only the first call has an effect, and none if nobody waits any more.
    func settle(_ result: Result<Value, CQLError>) {
        continuation.yield(with: result.mapError { $0 })
        continuation.finish()
    }

    /// - Throws: the ``CQLError`` that it was settled with, or `CancellationError`.
    var value: Value {
        get async throws {
            for try await value in values { return value }
            throw CancellationError()
        }
    }
}
