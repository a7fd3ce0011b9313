private import Glibc
package import Logging

/// Where somebody can be told what is for them alone, and not for a log that is kept.
package enum Terminal {
    /// Standard error, if it is a terminal.
    package static var standardError: (any LogDestination)? {
        isatty(STDERR_FILENO) == 1 ? StandardError() : nil
    }
}
