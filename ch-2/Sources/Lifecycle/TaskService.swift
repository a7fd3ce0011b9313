private import Locking

/// A service that is an operation which ends when it is cancelled: to stop it means to cancel it.
package final class TaskService: Service {
    package let name: String
    private let operation: @Sendable () async throws -> Void
    private let state = Locked(State.waiting)

    private enum State {
        case waiting
        case running(Task<Void, any Error>)
        case stopped
    }

    package init(name: String, operation: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.operation = operation
    }

    package func run() async throws {
        // A task of its own, so that `stop` has something to cancel.
        let started: Task<Void, any Error>? = state.withLock { state in
            if case .stopped = state { return nil }
            let task = Task { try await operation() }
            state = .running(task)
            return task
        }
        guard let task = started else { return }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    package func stop() {
        let task: Task<Void, any Error>? = state.withLock { state in
            defer { state = .stopped }
            return if case .running(let task) = state { task } else { nil }
        }
        task?.cancel()
    }
}
