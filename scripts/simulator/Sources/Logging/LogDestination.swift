private import Glibc

/// Where log lines go. Tests bring their own; the program writes to standard error.
package protocol LogDestination: Sendable {
    /// Writes one line, newline included, so that lines of several threads never mix.
    func write(line: [UInt8])
}

/// Standard error, one `write` a line: the kernel keeps lines of up to 4,096 bytes (`PIPE_BUF`) whole, whoever writes.
///
/// A line that cannot be written (full disk, closed pipe) is given up: a program must not fail because nobody can hear it.
/// Writing waits while the reader of a pipe does not read, as is usual for logs on standard error.
package struct StandardError: LogDestination {
    package init() {}

    package func write(line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(STDERR_FILENO, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                written += count
            }
        }
    }
}
