/// What the words after the program's name ask for.
package enum Command: Sendable, Equatable {
    case serve
    case check
    case hashPassword(name: String?)
    case help
    case version

    package init(arguments: [String]) throws(UsageError) {
        switch arguments {
        case []: self = .serve
        case ["check"]: self = .check
        case ["hash-password"]: self = .hashPassword(name: nil)
        case ["--help"], ["-h"]: self = .help
        case ["--version"]: self = .version
        case _ where arguments.count == 2 && arguments[0] == "hash-password" && !arguments[1].hasPrefix("-"):
            self = .hashPassword(name: arguments[1])
        default: throw UsageError(arguments: arguments)
        }
    }

    package static let usage = """
        Usage: wiki-stats [check | hash-password [NAME] | --help | --version]

        Follows Wikimedia's stream of changes, counts them, and serves POST /login, GET /stats, /status and /metrics.
        Ctrl-C ends it.
        With the word check it asks the program that is running for its status, and exits with 0 if that is well.
        With hash-password it reads a password from standard input and prints its hash; with a NAME the line for USERS_FILE.

        Settings, from the environment and from the file .env:
        \(AppConfiguration.help)
        """
}

/// Words that the program does not know.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let arguments: [String]

    package var description: String {
        "wiki-stats does not know what to do with \"\(arguments.joined(separator: " "))\": see wiki-stats --help."
    }
}
