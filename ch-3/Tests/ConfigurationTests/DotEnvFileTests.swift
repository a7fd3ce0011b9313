import Glibc
import TestSupport
import Testing

@testable import Configuration

/// The file as such: that it may be missing, and what is said if it cannot be read.
struct DotEnvFileTests {
    @Test func theFileCompletesTheEnvironment() async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write("WIKI_STATS_TEST_KEY=from the file\n", to: ".env")

            #expect(try DotEnv.environment(file: file)["WIKI_STATS_TEST_KEY"] == "from the file")
        }
    }

    @Test func theEnvironmentWins() async throws {
        try await withTemporaryDirectory { directory in
            let path = try #require(ProcessEnvironment.all["PATH"])
            let file = try directory.write("PATH=from the file\n", to: ".env")

            #expect(try DotEnv.environment(file: file)["PATH"] == path)
        }
    }

    @Test func withoutAFileThereIsTheEnvironment() async throws {
        try await withTemporaryDirectory { directory in
            let environment = try DotEnv.environment(file: "\(directory.path)/.env")

            #expect(environment == ProcessEnvironment.all)
        }
    }

    @Test func anEmptyFileSetsNothing() async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write("", to: ".env")

            #expect(try DotEnv.environment(file: file) == ProcessEnvironment.all)
        }
    }

    @Test func aDirectoryInItsPlaceIsAnError() async throws {
        try await withTemporaryDirectory { directory in
            #expect(throws: DotEnvError(line: nil, reason: "Is a directory")) {
                try DotEnv.environment(file: directory.path)
            }
        }
    }

    /// Not by its permissions, which do not keep root from reading, but by a link that leads to itself.
    @Test func aFileThatCannotBeOpenedIsAnErrorThatSaysWhy() async throws {
        try await withTemporaryDirectory { directory in
            let file = "\(directory.path)/.env"
            try #require(symlink(file, file) == 0)

            let error = #expect(throws: DotEnvError.self) { try DotEnv.environment(file: file) }

            #expect(error?.description == "The file .env cannot be read: Too many levels of symbolic links.")
        }
    }

    @Test func aFileMayHave64KiB() async throws {
        try await withTemporaryDirectory { directory in
            let setting = "WIKI_STATS_TEST_KEY=last"
            let comment = "#" + String(repeating: "x", count: 64 * 1024 - setting.utf8.count - 2) + "\n"
            let file = try directory.write(comment + setting, to: ".env")

            #expect(try DotEnv.environment(file: file)["WIKI_STATS_TEST_KEY"] == "last")
        }
    }

    @Test(arguments: [64 * 1024 + 1, 1024 * 1024])
    func aLargerFileIsAnError(byteCount: Int) async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write([UInt8](repeating: UInt8(ascii: "#"), count: byteCount), to: ".env")

            #expect(throws: DotEnvError(line: nil, reason: "it is larger than 65536 bytes")) {
                try DotEnv.environment(file: file)
            }
        }
    }

    /// Such as `/dev/zero`: what has no end must not be read to it.
    @Test func aFileWithoutEndIsAnError() {
        #expect(throws: DotEnvError(line: nil, reason: "it is larger than 65536 bytes")) {
            try DotEnv.environment(file: "/dev/zero")
        }
    }

    @Test(arguments: [
        [0xFF, 0xFE, 0x41, 0x00], [0x41, 0x3D, 0xE4], [0x41, 0x3D, 0xC0, 0x80], [0x41, 0x3D, 0xED, 0xA0, 0x80],
    ])
    func aFileThatIsNotUTF8IsAnError(bytes: [UInt8]) async throws {
        try await withTemporaryDirectory { directory in
            let file = try directory.write(bytes, to: ".env")

            #expect(throws: DotEnvError(line: nil, reason: "it is not UTF-8")) {
                try DotEnv.environment(file: file)
            }
        }
    }
}
