import Lifecycle
import Locking
import TestSupport

/// What has happened, in order.
final class Record: Sendable {
    private let recorded = Locked<[String]>([])

    var events: [String] { recorded.withLock { $0 } }

    func add(_ event: String) {
        recorded.withLock { $0.append(event) }
    }
}

/// A service that does what the test says, and records it.
final class ScriptedService: Service {
    enum Behaviour {
        /// Ends when it is asked to.
        case obedient
        /// Ends only when it is cancelled.
        case busy
        /// Ends when the gate opens, whatever it is asked before.
        case stuck(Gate)
        /// Ends by itself, when the gate opens.
        case ends(Gate)
        /// Fails when the gate opens.
        case fails(Gate)
    }

    struct Failure: Error, Equatable {
        let name: String
    }

    let name: String
    let hasStarted = Gate()
    private let behaviour: Behaviour
    private let record: Record
    private let stopped = Gate()

    init(_ name: String, _ behaviour: Behaviour = .obedient, record: Record = Record()) {
        self.name = name
        self.behaviour = behaviour
        self.record = record
    }

    func run() async throws {
        record.add("\(name) runs")
        hasStarted.open()
        switch behaviour {
        case .obedient:
            await stopped.wait()
            // Its end takes a while: whoever does not wait for it is found out.
            for _ in 0..<10 { await Task.yield() }
        case .busy: try await Task.sleep(for: .seconds(3600))
        case .ends(let gate), .stuck(let gate): await gate.wait()
        case .fails(let gate):
            await gate.wait()
            record.add("\(name) fails")
            throw Failure(name: name)
        }
        record.add("\(name) ends")
    }

    func stop() {
        record.add("\(name) is asked")
        stopped.open()
    }
}
