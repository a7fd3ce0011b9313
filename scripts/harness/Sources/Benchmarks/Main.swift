private import Glibc
private import Logging

/// Parts of the latest chapter alone, for scripts/bench. Prints `name value` lines.
@main struct Main {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        switch (arguments.first, arguments.count) {
        case ("sse", 3): measureSSE(Input(arguments.dropFirst()))
        case ("json", 3): measureJSON(Input(arguments.dropFirst()))
        case ("users", 2): measureUsers(count: Int(arguments.last ?? "") ?? 0)
        default: fail("usage: Benchmarks sse|json FILE SECONDS, or Benchmarks users COUNT")
        }
    }
}

func fail(_ message: String) -> Never {
    StandardError().write(line: Array("\(message)\n".utf8))
    exit(EX_USAGE)
}
