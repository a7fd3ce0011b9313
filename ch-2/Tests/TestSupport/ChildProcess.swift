private import Glibc
private import Locking

/// A program that a test starts, with signals as a shell would leave them, and that never outlives the test.
package final class ChildProcess: Sendable {
    /// What becomes of standard output or standard error.
    package enum Output: Sendable {
        /// Read by the test.
        case captured
        case closed
        /// Written to this file, such as `/dev/full`.
        case file(String)
    }

    /// How the program has ended.
    package enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    package struct StartError: Error {
        let path: String
        let errno: Int32
    }

    private let process: pid_t
    private let exited = Locked<Exit?>(nil)
    private let output = Pipe()
    private let errors = Pipe()

    package init(
        _ path: String, arguments: [String] = [], environment: [String: String] = [:],
        standardOutput: Output = .captured, standardError: Output = .captured
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for (descriptor, kind, pipe) in [
            (STDOUT_FILENO, standardOutput, output), (STDERR_FILENO, standardError, errors),
        ] {
            switch kind {
            case .captured: posix_spawn_file_actions_adddup2(&actions, pipe.writing, descriptor)
            case .closed: posix_spawn_file_actions_addclose(&actions, descriptor)
            case .file(let path): posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY, 0)
            }
        }
        // Whoever runs the tests may have signals ignored or blocked, and a child inherits that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var process: pid_t = 0
        let error = withCStrings([path] + arguments) { arguments in
            withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                posix_spawn(&process, path, &actions, &attributes, arguments, environment)
            }
        }
        output.closeWriting()
        errors.closeWriting()
        guard error == 0 else { throw StartError(path: path, errno: error) }
        self.process = process
    }

    deinit {
        guard exited.withLock({ $0 }) == nil else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    package func send(signal: Int32) {
        kill(process, signal)
    }

    /// Returns when the program has ended.
    package func exit() async throws -> Exit {
        try await blocking { [self] in
            try exited.withLock { exited in
                if let exited { return exited }
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0 {
                    guard errno == EINTR else { throw StartError(path: "waitpid", errno: errno) }
                }
                let signal = status & 0x7F
                let exit: Exit = signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
                exited = exit
                return exit
            }
        }
    }

    /// What it writes to standard output: up to the first of these texts, or to the end.
    package func standardOutput(upTo text: String? = nil) async throws -> String {
        try await blocking { [output] in output.read(upTo: text) }
    }

    /// What it writes to standard error: up to the first of these texts, or to the end.
    package func standardError(upTo text: String? = nil) async throws -> String {
        try await blocking { [errors] in errors.read(upTo: text) }
    }
}

/// The way from a child process to the test. Two sockets, since a pipe cannot be made close-on-exec at once.
private final class Pipe: Sendable {
    let reading: Int32
    let writing: Int32
    private let isWritingOpen = Locked(true)

    init() {
        var ends: [Int32] = [-1, -1]
        // Not inherited, or the end of one child's output would wait for another child.
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        closeWriting()
        close(reading)
    }

    func closeWriting() {
        let wasOpen = isWritingOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { close(writing) }
    }

    func read(upTo text: String?) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while text.map({ !String(decoding: bytes, as: UTF8.self).contains($0) }) ?? true {
            let count = Glibc.read(reading, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}
