import Glibc

/// The built program.
enum Executable {
    /// It lies beside the executable of the tests.
    static let path: String = {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        let own = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])/wiki-stats"
    }()
}
