private import Glibc

/// A directory for the time of one test.
package struct TemporaryDirectory: Sendable {
    package let path: String

    fileprivate init() throws(TemporaryDirectoryError) {
        var template = Array("/tmp/wiki-stats-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TemporaryDirectoryError(errno: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Makes a file in it.
    ///
    /// - Returns: its path.
    @discardableResult
    package func write(_ bytes: some Sequence<UInt8>, to name: String) throws(TemporaryDirectoryError) -> String {
        let file = "\(path)/\(name)"
        let bytes = Array(bytes)
        guard let stream = fopen(file, "we") else { throw TemporaryDirectoryError(errno: errno) }
        let count = fwrite(bytes, 1, bytes.count, stream)
        guard fclose(stream) == 0, count == bytes.count else { throw TemporaryDirectoryError(errno: errno) }
        return file
    }

    @discardableResult
    package func write(_ text: String, to name: String) throws(TemporaryDirectoryError) -> String {
        try write(text.utf8, to: name)
    }

    /// Removes the directory with its files; it has no directories of its own.
    fileprivate func remove() {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(path)/\(name)")
        }
        rmdir(path)
    }
}

/// Why the system has given no file.
package struct TemporaryDirectoryError: Error {
    package let errno: Int32
}

/// Runs `body` with a directory that is removed afterwards.
@discardableResult
package func withTemporaryDirectory<Result>(
    _ body: (TemporaryDirectory) async throws -> Result
) async throws -> Result {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    return try await body(directory)
}
