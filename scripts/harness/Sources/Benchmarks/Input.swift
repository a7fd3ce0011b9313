internal import Foundation

/// What a part is fed with, and for how long: the last two arguments.
struct Input {
    let bytes: [UInt8]
    let seconds: Double

    init(_ arguments: ArraySlice<String>) {
        guard let file = arguments.first, let seconds = arguments.last.flatMap(Double.init),
            let data = FileManager.default.contents(atPath: file)
        else { fail("a file that can be read and a number of seconds are needed") }
        bytes = Array(data)
        self.seconds = seconds
    }

    /// In pieces as libcurl hands them over: without regard to where an event ends.
    func pieces(of count: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: count).map { Array(bytes[$0..<min($0 + count, bytes.count)]) }
    }

    var lines: [[UInt8]] { bytes.split(separator: UInt8(ascii: "\n")).map(Array.init) }

    /// Calls `pass` again and again until the time is over, and prints what that took.
    ///
    /// - Parameter pass: goes through the whole input once and returns how many events were in it.
    func measure(_ pass: () -> Int) {
        let expected = pass()
        guard expected > 0 else { fail("there is no event in the file") }
        var (eventCount, byteCount) = (0, 0)
        let begin = cpuSeconds()
        var used = 0.0
        while used < seconds {
            let count = pass()
            guard count == expected else { fail("\(count) events were read, and \(expected) before") }
            eventCount += count
            byteCount += bytes.count
            used = cpuSeconds() - begin
        }
        print("events \(eventCount)\nbytes \(byteCount)\ncpu_seconds \(used)")
    }
}

/// CPU time and not the time of day: what else the machine does is not measured.
private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
