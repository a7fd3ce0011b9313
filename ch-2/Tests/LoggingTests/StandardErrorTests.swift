import Glibc
import Logging
import Testing

/// Each in a process of its own, whose standard error is a pipe that the test reads, or does not.
@Suite(.timeLimit(.minutes(1)))
struct StandardErrorTests {
    @Test(arguments: [1000, 5000])
    func whereNobodyReadsLinesAreLostAndCounted(lineByteCount: Int) async {
        await #expect(processExitsWith: .success) { [lineByteCount] in
            let pipe = Pipe()
            let log = StandardError()
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: lineByteCount - 1) + [UInt8(ascii: "\n")]

            for _ in 0..<200 { log.write(line: line) }
            let first = pipe.readAll()
            log.write(line: Array("last\n".utf8))
            let second = pipe.readAll()

            let lines = (first + second).split(separator: "\n")
            let wholeCount = lines.count { $0.utf8.count == lineByteCount - 1 }
            #expect(wholeCount > 0)
            #expect(wholeCount < 200)
            #expect(lines.last == "last")
            let notice = try #require(lines.dropLast().last)
            #expect(notice.hasPrefix(#"{"time":"20"#))
            #expect(notice.hasSuffix(#""level":"warning","message":"log lines lost","count":\#(200 - wholeCount)}"#))
        }
    }

    @Test func whereSomebodyReadsNothingIsLost() async {
        await #expect(processExitsWith: .success) {
            let pipe = Pipe()
            let log = StandardError()
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: 999) + [UInt8(ascii: "\n")]
            var text = ""

            for _ in 0..<20 {
                for _ in 0..<20 { log.write(line: line) }
                text += pipe.readAll()
            }

            #expect(text.utf8.count == 400 * line.count)
        }
    }

    /// In the place of standard error.
    private struct Pipe {
        private let reading: Int32

        init() {
            var ends: [Int32] = [-1, -1]
            pipe(&ends)
            dup2(ends[1], STDERR_FILENO)
            close(ends[1])
            reading = ends[0]
            _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        }

        func readAll() -> String {
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 64 * 1024)
            while true {
                let count = read(reading, &piece, piece.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += piece[..<count]
            }
        }
    }
}
