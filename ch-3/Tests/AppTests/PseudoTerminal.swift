import Glibc
import TestSupport

/// A terminal of which the test is the screen and the keyboard.
final class PseudoTerminal: Sendable {
    /// What a program opens.
    let path: String
    private let screen: Int32
    /// Kept open, so that reading does not fail while no program has it.
    private let other: Int32

    init() throws {
        screen = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (isLocked, number) = (Int32(0), Int32(0))
        // What unlockpt and ptsname do, which Swift's Glibc module leaves out.
        guard screen >= 0, ioctl(screen, 0x4004_5431, &isLocked) == 0, ioctl(screen, 0x8004_5430, &number) == 0 else {
            throw Failure(errno: errno)
        }
        path = "/dev/pts/\(number)"
        other = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard other >= 0 else { throw Failure(errno: errno) }
    }

    deinit {
        close(other)
        close(screen)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        write(screen, bytes, bytes.count)
    }

    /// What has appeared, up to the first of these texts.
    func read(upTo text: String) async throws -> String {
        try await blocking { [screen] in
            var bytes: [UInt8] = []
            var byte: UInt8 = 0
            while !String(decoding: bytes, as: UTF8.self).contains(text), Glibc.read(screen, &byte, 1) == 1 {
                bytes.append(byte)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Whether it shows what is typed.
    var echoes: Bool {
        var settings = termios()
        return tcgetattr(other, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    struct Failure: Error {
        let errno: Int32
    }
}
