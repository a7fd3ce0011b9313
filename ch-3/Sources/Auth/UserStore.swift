private import Glibc

/// The users and their password hashes, read once from a file: `name:$argon2id$…` a line, `#` begins a comment.
///
/// Lines may end with CR LF, white space around them does not count, and the file may begin with a byte order mark.
package struct UserStore: Sendable {
    private let indices: [UserName: Int]
    private let users: [(name: UserName, hash: PasswordHash)]
    /// Whether everybody on this machine may read the file, or even change it.
    package let isExposed: Bool

    /// The largest file: room for several thousand users.
    static let fileBytesMax = 1024 * 1024

    /// - Throws: for a file that cannot be read, a line that cannot be used, and a file without users.
    package init(file path: String) throws(UsersFileError) {
        guard let file = fopen(path, "re") else { throw UsersFileError(path, nil, String(cString: strerror(errno))) }
        defer { fclose(file) }
        var status = stat()
        let isExposed = fstat(fileno(file), &status) == 0 && status.st_mode & (S_IROTH | S_IWOTH) != 0
        var bytes = [UInt8](repeating: 0, count: Self.fileBytesMax + 1)
        bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
        guard ferror(file) == 0 else { throw UsersFileError(path, nil, String(cString: strerror(errno))) }
        guard bytes.count <= Self.fileBytesMax else {
            throw UsersFileError(path, nil, "it is larger than \(Self.fileBytesMax) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UsersFileError(path, nil, "it is not UTF-8")
        }
        try self.init(parsing: text, path: path, isExposed: isExposed)
    }

    /// A single user.
    package init(_ name: UserName, _ hash: PasswordHash) {
        indices = [name: 0]
        users = [(name, hash)]
        isExposed = false
    }

    private init(parsing text: String, path: String, isExposed: Bool) throws(UsersFileError) {
        var indices: [UserName: Int] = [:]
        var users: [(name: UserName, hash: PasswordHash)] = []
        var lines: [Int] = []
        let scalars = text.unicodeScalars.drop { $0 == "\u{FEFF}" }
        // Unicode scalars, not characters: CR LF would be one character.
        for (index, scalars) in scalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = Self.trimmed(scalars)
            if line.isEmpty || line.first == "#" { continue }
            do throws(UnusableLine) {
                let user = try Self.user(in: line)
                if let earlier = indices.updateValue(users.count, forKey: user.name) {
                    throw UnusableLine(reason: "line \(lines[earlier]) has the same name")
                }
                users.append(user)
                lines.append(index + 1)
            } catch {
                throw UsersFileError(path, index + 1, error.reason)
            }
        }
        guard !users.isEmpty else { throw UsersFileError(path, nil, "it has no users in it") }
        self.indices = indices
        self.users = users
        self.isExposed = isExposed
    }

    private static func user(
        in line: Substring.UnicodeScalarView
    ) throws(UnusableLine) -> (name: UserName, hash: PasswordHash) {
        guard let colon = line.firstIndex(of: ":") else {
            throw UnusableLine(reason: "it has no colon between a name and a hash")
        }
        let name: UserName
        do { name = try UserName(String(line[..<colon])) } catch {
            throw UnusableLine(reason: "in the name, \(error.reason)")
        }
        do { return (name, try PasswordHash(parsing: String(line[line.index(after: colon)...]))) } catch {
            throw UnusableLine(reason: "in the hash, \(error.reason)")
        }
    }

    private struct UnusableLine: Error {
        let reason: String
    }

    private static func trimmed(_ line: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        let line = line.drop(while: isSpace)
        guard let last = line.lastIndex(where: { !isSpace($0) }) else { return line }
        return line[...last]
    }

    /// The hash that a password given with this name is checked against, and the name as the file has it.
    ///
    /// If nobody has this name, `user` is `nil`, and the hash is that of somebody: always the same one for the same name, and in
    /// every process another. Checking the password against it, whatever comes of that, takes as long as for a user that there
    /// is, also where the hashes in the file cost more and less. So time does not tell who is in the file.
    package func entry(for name: UserName) -> (hash: PasswordHash, user: UserName?) {
        guard let index = indices[name] else {
            // Swift's hashes depend on a random number of the process.
            return (users[Int(UInt(bitPattern: name.hashValue) % UInt(users.count))].hash, nil)
        }
        return (users[index].hash, users[index].name)
    }
}

/// Why the file of users cannot be used. Shows nothing of a line, where a password may stand by mistake.
package struct UsersFileError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// Counted from 1; `nil` where it is the file as a whole.
    package let line: Int?
    package let reason: String

    init(_ path: String, _ line: Int?, _ reason: String) {
        self.path = path
        self.line = line
        self.reason = reason
    }

    package var description: String {
        guard let line else { return "USERS_FILE is \(path), which cannot be used: \(reason)." }
        return
            "Line \(line) of USERS_FILE, \(path), cannot be used: \(reason). "
            + "Write name:hash, as wiki-stats hash-password NAME prints it; # begins a comment."
    }
}
