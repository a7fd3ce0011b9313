import Glibc
import Metrics
import Testing

/// Compared with what the system says of this process otherwise. Other tests run in it meanwhile.
struct ProcessMetricsTests {
    @Test func theProcessHasTheMetricsThatAllClientsHave() throws {
        let names = try Set(Self.read().keys)

        #expect(
            names == [
                "process_cpu_seconds_total", "process_resident_memory_bytes", "process_threads", "process_open_fds",
                "process_max_fds", "process_start_time_seconds",
            ])
    }

    @Test func theTimeOfTheProcessorGrowsWithItsUse() throws {
        let before = try #require(try Self.read()["process_cpu_seconds_total"])
        let begin = clock()
        while clock() - begin < CLOCKS_PER_SEC / 50 {}
        let after = try #require(try Self.read()["process_cpu_seconds_total"])

        #expect(after - before >= 0.019)
        #expect(after <= Double(clock() + CLOCKS_PER_SEC) / Double(CLOCKS_PER_SEC))
    }

    @Test func memoryThatIsUsedIsResident() throws {
        let byteCount = 64 << 20
        let before = try #require(try Self.read()["process_resident_memory_bytes"])
        // Written to, or it would be no memory yet.
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCount)
        defer { bytes.deallocate() }
        bytes.initialize(repeating: 1, count: byteCount)
        let after = try #require(try Self.read()["process_resident_memory_bytes"])

        #expect(after - before > Double(byteCount / 2))
    }

    /// In a process of its own, in which nobody else opens or closes one.
    @Test func descriptorsAreCountedWhileTheyAreOpen() async {
        await #expect(processExitsWith: .success) {
            // All that there may be: it has inherited those that other tests had open.
            let before = (0..<Int32(clamping: sysconf(Int32(_SC_OPEN_MAX)))).count { fcntl($0, F_GETFD) >= 0 }
            let descriptors = (0..<100).map { _ in dup(STDERR_FILENO) }
            let during = try #require(try ProcessMetricsTests.read()["process_open_fds"])
            for descriptor in descriptors { close(descriptor) }

            #expect(during == Double(before + 100))
            #expect(try ProcessMetricsTests.read()["process_open_fds"] == Double(before))
        }
    }

    @Test func theLimitOfDescriptorsIsThatOfTheProcess() throws {
        let limit = try #require(try Self.read()["process_max_fds"])

        #expect(limit == Double(sysconf(Int32(_SC_OPEN_MAX))))
    }

    @Test func theProcessBeganInThePastAndAlwaysAtTheSameTime() throws {
        let values = try (0..<2).map { _ in try #require(try Self.read()["process_start_time_seconds"]) }
        let processorSeconds = Double(clock()) / Double(CLOCKS_PER_SEC)
        let age = Double(time(nil)) - values[0]

        #expect(abs(values[0] - values[1]) < 0.5)
        // It cannot have worked longer than it is there, on each processor; a day would be a long time for tests.
        #expect(age + 1.5 > processorSeconds / Double(sysconf(Int32(_SC_NPROCESSORS_ONLN))) && age < 86_400)
    }

    @Test func thereIsAtLeastOneThread() throws {
        let threads = try #require(try Self.read()["process_threads"])

        #expect(threads >= 1 && threads == threads.rounded())
    }

    private static func read() throws -> [String: Double] {
        var metrics = Metrics()
        metrics.addProcess()
        let lines = metrics.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return try Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let words = line.split(separator: " ")
                return (String(words[0]), try #require(Double(words[1])))
            })
    }
}
