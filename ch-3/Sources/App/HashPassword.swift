private import Auth
private import Configuration
private import Glibc
package import Lifecycle
private import Logging

/// `wiki-stats hash-password [NAME]`: reads a password and prints its hash; with a name, the whole line for USERS_FILE.
package enum HashPassword {
    /// - Parameter name: is checked before a password is asked for.
    /// - Throws: ``HashPasswordError``, `PasswordError.failed`, ``OutputError``, ``OutputClosed``.
    package static func run(name: String?, until signals: ShutdownSignals) async throws {
        do {
            let name = try name.map(UserName.init)
            let hash = try PasswordHash(of: Secret(readPassword(until: signals)))
            let line = (name.map { "\($0.text):" } ?? "") + hash.text
            // Not `print`, which says nothing when the disk is full: the file of users would be empty.
            try await StandardOutput().write(line: Array(line.utf8))
        } catch let error as InvalidUserName {
            throw HashPasswordError(description: error.description)
        } catch let error as PasswordError where error.isOfInput {
            throw HashPasswordError(description: error.description)
        }
    }

    /// One line of standard input, without its end: LF, CR LF, or the end of the input.
    private static func readPassword(until signals: ShutdownSignals) throws -> String {
        let (line, isLast) = withoutEcho(until: signals) { isTerminal in
            if isTerminal { StandardError().write(line: Array("Password: ".utf8)) }
            let line = readLine()
            // On a terminal there is always more to come.
            return (line, isTerminal || readByte() == nil)
        }
        guard isLast else { throw HashPasswordError(description: "There is more than one line: give one password.") }
        guard let password = String(validating: line, as: UTF8.self) else {
            throw HashPasswordError(description: "The password is not UTF-8: a login, which is JSON, cannot have it.")
        }
        return password
    }

    private static func readLine() -> [UInt8] {
        var line: [UInt8] = []
        // With room for one byte too many, which makes it too long, and for CR.
        while line.count < PasswordHash.passwordBytesMax + 2, let byte = readByte(), byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    private static func readByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            return count == 1 ? byte : nil
        }
    }

    /// Runs `body` while the terminal, if standard input is one, does not show what is typed. A signal ends the program, and
    /// gives the terminal back as it was.
    private static func withoutEcho<Result>(until signals: ShutdownSignals, _ body: (Bool) -> Result) -> Result {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return body(false) }
        let before = settings
        let restore: @Sendable () -> Void = {
            var before = before
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        }
        signals.onFirst {
            restore()
            _exit(130)
        }
        settings.c_lflag &= ~tcflag_t(ECHO)
        settings.c_lflag |= tcflag_t(ECHONL)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
        defer { restore() }
        return body(true)
    }
}

extension PasswordError {
    /// Whether another password would do.
    fileprivate var isOfInput: Bool {
        switch self {
        case .empty, .tooLong, .containsNUL: true
        case .failed, .libraryUnusable: false
        }
    }
}

/// A name or a password that cannot be used. Shows nothing of either.
package struct HashPasswordError: Error, Equatable, CustomStringConvertible {
    package let description: String
}
