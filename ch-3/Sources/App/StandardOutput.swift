private import Glibc
private import Lifecycle

/// Standard output, a line at a time, for a reader who may be slow or go away.
///
/// Writing to a pipe that is full waits, so it happens on a thread of its own; and it waits in `poll`, so that the wait can
/// be given up. What the program cannot write it does not read: the stream waits as well.
package actor StandardOutput {
    private nonisolated let executor = ThreadExecutor(name: "output")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package init() {}

    deinit {
        executor.stop()
    }

    /// Writes a line and the newline after it.
    ///
    /// - Throws: ``OutputClosed`` when the reader has gone away, as `head` does; `CancellationError`; ``OutputError``.
    package func write(line: [UInt8]) throws {
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            try waitUntilWritable()
            // A pipe that is ready takes PIPE_BUF bytes without waiting, and promises no more.
            let piece = rest.prefix(4096)
            let count = piece.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                throw OutputClosed()
            } else if errno != EINTR && errno != EAGAIN {
                throw OutputError(errno: errno)
            }
        }
    }

    private func waitUntilWritable() throws {
        var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = poll(&descriptor, 1, 100)
            if count > 0 { return }
            if count < 0 && errno != EINTR { throw OutputError(errno: errno) }
            try Task.checkCancellation()
        }
    }
}

/// Nobody reads standard output any more.
package struct OutputClosed: Error {}

/// Standard output cannot be written to, for example because the disk is full.
package struct OutputError: Error, CustomStringConvertible {
    package let errno: Int32

    package var description: String {
        "standard output cannot be written to: \(String(cString: strerror(errno)))"
    }
}
