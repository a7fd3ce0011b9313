/// What the words after the program's name ask for.
package enum Command: Sendable, Equatable {
    case serve
    case check
    case help
    case version

    package init(arguments: [String]) throws(UsageError) {
        switch arguments {
        case []: self = .serve
        case ["check"]: self = .check
        case ["--help"], ["-h"]: self = .help
        case ["--version"]: self = .version
        default: throw UsageError(arguments: arguments)
        }
    }

    package static let usage = """
        Usage: wiki-stats [check | --help | --version]

        Follows Wikimedia's stream of changes, writes each to standard output as a line of JSON, and serves
        GET /status. Ctrl-C ends it. With the word check it asks the program that is running for its status,
        and exits with 0 if that is well.

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
