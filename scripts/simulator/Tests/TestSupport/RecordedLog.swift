private import Locking
internal import Logging

/// A log that tests can read, and wait for.
package final class RecordedLog: LogDestination {
    private let state = Locked(State())

    private struct State {
        var lines: [String] = []
        var waiting: [(text: String, gate: Gate)] = []
    }

    package init() {}

    package var lines: [String] { state.withLock { $0.lines } }

    package func contains(_ text: String) -> Bool {
        lines.contains { $0.contains(text) }
    }

    /// Returns when a line with this text in it has been written.
    package func waitForLine(containing text: String) async {
        let gate = Gate()
        state.withLock { state in
            if state.lines.contains(where: { $0.contains(text) }) {
                gate.open()
            } else {
                state.waiting.append((text, gate))
            }
        }
        await gate.wait()
    }

    package func write(line: [UInt8]) {
        let line = String(decoding: line, as: UTF8.self)
        state.withLock { state in
            state.lines.append(line)
            for (text, gate) in state.waiting where line.contains(text) { gate.open() }
        }
    }
}
