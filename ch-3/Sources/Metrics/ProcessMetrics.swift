private import Glibc

extension Metrics {
    /// Registers what the process takes of the machine, by the names that all clients of Prometheus use
    /// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
    ///
    /// Most of it is read from `/proc`; where that is not mounted, those metrics are left out.
    package mutating func addProcess() {
        counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.") {
            var usage = rusage()
            getrusage(RUSAGE_SELF.rawValue, &usage)
            return seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.") {
            ProcessStatus.read().map { $0.residentPages * sysconf(Int32(_SC_PAGESIZE)) }
        }
        gauge("process_threads", "Number of OS threads in the process.") {
            ProcessStatus.read()?.threads
        }
        gauge("process_open_fds", "Number of open file descriptors.", read: openDescriptors)
        gauge("process_max_fds", "Maximum number of open file descriptors.") {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            return Double(limit.rlim_cur)
        }
        // Read once: it is the sum of times that are not read at the same moment, and should not waver.
        let startTime = ProcessStatus.read().map(\.startSeconds)
        gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.") { startTime }
    }
}

/// What `/proc/self/stat` says (man 5 proc_pid_stat).
private struct ProcessStatus {
    let threads: Int
    let residentPages: Int
    private let startTicks: Int

    /// Since 1970. Linux counts from the time it was booted, in clock ticks.
    var startSeconds: Double {
        var (now, sinceBoot) = (timespec(), timespec())
        clock_gettime(CLOCK_REALTIME, &now)
        clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
        let booted = Double(now.tv_sec - sinceBoot.tv_sec) + Double(now.tv_nsec - sinceBoot.tv_nsec) / 1e9
        return booted + Double(startTicks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func read() -> ProcessStatus? {
        let descriptor = open("/proc/self/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return ProcessStatus(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
    }

    private init?(_ text: String) {
        // The second field is the program's name in parentheses, which may itself have blanks and parentheses in it.
        guard let nameEnd = text.lastIndex(of: ")") else { return nil }
        let fields = text[nameEnd...].split(separator: " ").dropFirst().map { Int($0) }
        // The manual counts from 1, and what is left begins with the third.
        guard fields.count > 24 - 3, let threads = fields[20 - 3], let startTicks = fields[22 - 3],
            let residentPages = fields[24 - 3]
        else { return nil }
        self.threads = threads
        self.startTicks = startTicks
        self.residentPages = residentPages
    }
}

@Sendable private func openDescriptors() -> Int? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    // But for `.`, `..` and the descriptor of the directory itself.
    var count = -3
    while readdir(directory) != nil { count += 1 }
    return count
}

private func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
}
