/// What the words after the program's name ask for.
package enum Command: Sendable, Equatable {
    case serve
    case help
    case version

    package init(arguments: [String]) throws(UsageError) {
        switch arguments {
        case []: self = .serve
        case ["--help"], ["-h"]: self = .help
        case ["--version"]: self = .version
        default: throw UsageError(arguments: arguments)
        }
    }

    package static let usage = """
        Usage: wiki-stats [--help | --version]

        Serves HTTP: GET /status answers {"status":"ok"}. Ctrl-C ends it.

        Settings, from the environment:
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
