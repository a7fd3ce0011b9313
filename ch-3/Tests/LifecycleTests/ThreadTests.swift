import Glibc
import Lifecycle
import TestSupport
import Testing

struct ThreadTests {
    @Test func theBodyRunsOnAThreadOfThatName() async throws {
        let name = try await blocking {
            let file = try #require(fopen("/proc/thread-self/comm", "r"))
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 32)
            fgets(&line, 32, file)
            return String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        }

        #expect(name == "test\n")
    }
}
