private import Glibc
internal import JSON

/// Writes one JSON object a line, to standard error unless told otherwise.
///
/// ```swift
/// logger.info("listening", ["host": "127.0.0.1", "port": .integer(7000)])
/// // {"time":"2026-11-21T10:52:00.123Z","level":"info","message":"listening","host":"127.0.0.1","port":7000}
/// ```
///
/// The message is a `StaticString`: what varies goes into fields, so that lines can be searched and counted by their
/// message, and no input can forge one. Fields keep their order; `time`, `level` and `message` are taken.
package struct Logger: Sendable {
    package var level: LogLevel
    private let destination: any LogDestination

    package init(level: LogLevel = .info, destination: any LogDestination = StandardError()) {
        self.level = level
        self.destination = destination
    }

    /// Writes the line if `level` is at least the logger's. The fields are not evaluated otherwise.
    package func log(
        _ level: LogLevel,
        _ message: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]
    ) {
        guard level >= self.level else { return }
        var json = JSONWriter(reservingCapacity: 256)
        json.object { json in
            json.member("time", Self.timestamp())
            json.member("level", level.rawValue)
            json.member("message", String(describing: message))
            for (name, value) in fields() {
                switch value {
                case .string(let string): json.member(name, string)
                case .integer(let integer): json.member(name, integer)
                case .boolean(let boolean): json.member(name, boolean)
                }
            }
        }
        destination.write(line: json.bytes + [UInt8(ascii: "\n")])
    }

    package func debug(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.debug, message, fields())
    }

    package func info(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.info, message, fields())
    }

    package func warning(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.warning, message, fields())
    }

    package func error(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.error, message, fields())
    }

    /// The time now as RFC 3339 in UTC with milliseconds: `2026-11-21T10:52:00.123Z`.
    static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        let year = padded(Int(parts.tm_year) + 1900, 4)
        let month = padded(Int(parts.tm_mon) + 1, 2)
        let day = padded(Int(parts.tm_mday), 2)
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }.joined(separator: ":")
        return "\(year)-\(month)-\(day)T\(time).\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
