private import Glibc
private import JSON
private import Locking

/// Where log lines go. Tests bring their own; the program writes to standard error.
package protocol LogDestination: Sendable {
    /// Writes one line, newline included, so that lines of several threads never mix.
    func write(line: [UInt8])
}

/// Standard error, one `write` a line: the kernel keeps lines of up to 4,096 bytes (`PIPE_BUF`) whole, whoever writes.
///
/// A line that cannot be written (full disk, closed pipe) is given up: a program must not fail because nobody can hear it.
/// Nor may it stand still: where the reader of a pipe does not read, a line waits a moment for it, which happens once a
/// second; the others are lost, and when there is room again a line says how many.
package final class StandardError: LogDestination {
    private let state = Locked(State())

    private struct State {
        var lostCount = 0
        /// Whether a line has come to an end before its newline.
        var isCut = false
        var nextWait = ContinuousClock.now
    }

    private static let waitMilliseconds: Int32 = 20
    private static let waitInterval = Duration.seconds(1)

    package init() {}

    package func write(line: [UInt8]) {
        // Writing under the lock, for once: nobody else may take the room that `poll` has found. Where there is none, this is
        // what a blocked log costs everyone, event loops too: 20 ms a second.
        state.withLock { state in
            if state.lostCount > 0 {
                let newline = state.isCut ? [UInt8(ascii: "\n")] : []
                guard send(newline + Self.notice(of: state.lostCount), &state) else {
                    return  // And with it this line is counted as lost.
                }
                state.lostCount = 0
            }
            _ = send(line, &state)
        }
    }

    /// - Returns: whether all of it is written; counts the line as lost otherwise.
    private func send(_ line: [UInt8], _ state: inout State) -> Bool {
        var rest = line[...]
        while !rest.isEmpty {
            var count = 0
            if Self.hasRoom(&state) {
                // A pipe that is ready takes this much without waiting, and promises no more.
                count = rest.prefix(4096).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                state.lostCount += 1
                if rest.startIndex > 0 { state.isCut = true }
                return false
            }
            rest = rest.dropFirst(count)
        }
        state.isCut = false
        return true
    }

    /// Asks with `poll`, not with O_NONBLOCK, which would hold for everyone who shares the pipe or the terminal.
    private static func hasRoom(_ state: inout State) -> Bool {
        var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        if poll(&descriptor, 1, 0) > 0 { return true }
        guard state.nextWait <= .now else { return false }
        state.nextWait = .now + waitInterval
        return poll(&descriptor, 1, waitMilliseconds) > 0
    }

    private static func notice(of lostCount: Int) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 128)
        json.object { json in
            json.member("time", Logger.timestamp())
            json.member("level", LogLevel.warning.rawValue)
            json.member("message", "log lines lost")
            json.member("count", lostCount)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
