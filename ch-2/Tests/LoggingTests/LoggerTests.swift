import Foundation
import Logging
import TestSupport
import Testing

struct LoggerTests {
    @Test func aLineIsOneJSONObjectWithItsFieldsInOrder() throws {
        let (logger, log) = Self.make()

        logger.info("listening", ["host": "127.0.0.1", "port": 7000, "tls": false, "count": .integer(-1)])

        let line = try #require(log.lines.first)
        #expect(log.lines.count == 1)
        #expect(line.hasPrefix(#"{"time":"20"#))
        #expect(
            line.hasSuffix(
                #"Z","level":"info","message":"listening","host":"127.0.0.1","port":7000,"tls":false,"count":-1}"#
                    + "\n"))
    }

    @Test func theTimeIsRFC3339InUTCWithMilliseconds() throws {
        let (logger, log) = Self.make()

        logger.info("now")

        let line = try #require(log.lines.first)
        let time = try #require(line.firstMatch(of: /"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/)?.1)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let date = try style.parse(String(time))
        #expect(abs(date.timeIntervalSinceNow) < 3600)
    }

    @Test(arguments: ["a\"b", "a\nb", "\u{0}", "ä\u{2028}", "\\", "{\"level\":\"error\"}"])
    func whateverAFieldHoldsTheLineStaysOne(_ value: String) throws {
        let (logger, log) = Self.make()

        logger.info("received", ["value": .string(value)])

        let line = try #require(log.lines.first)
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(object?["value"] as? String == value)
        #expect(object?["level"] as? String == "info")
    }

    @Test func whatIsBelowTheLevelIsNeitherWrittenNorEvaluated() {
        let (logger, log) = Self.make(level: .warning)
        var evaluations = 0
        func evaluated() -> LogValue {
            evaluations += 1
            return 1
        }

        logger.debug("a", ["value": evaluated()])
        logger.info("b", ["value": evaluated()])
        #expect(evaluations == 0)
        logger.warning("c", ["value": evaluated()])
        logger.error("d", ["value": evaluated()])

        #expect(evaluations == 2)
        #expect(log.lines.count == 2)
    }

    @Test func everyFunctionHasItsLevel() {
        let (logger, log) = Self.make(level: .trace)

        logger.debug("a")
        logger.info("b")
        logger.warning("c")
        logger.error("d")
        logger.log(.critical, "e")

        let levels = log.lines.compactMap {
            $0.firstMatch(of: /"level":"(\w+)","message":"(\w)"/).map { "\($0.1) \($0.2)" }
        }
        #expect(levels == ["debug a", "info b", "warning c", "error d", "critical e"])
    }

    @Test func errorsAreDescribed() {
        struct Failure: Error, CustomStringConvertible { let description = "disk \"a\" is full" }
        let (logger, log) = Self.make()

        logger.error("failed", ["error": .describing(Failure())])

        #expect(log.contains(#""error":"disk \"a\" is full"}"#))
    }

    @Test func linesOfManyTasksDoNotMix() async throws {
        let (logger, log) = Self.make()

        await withTaskGroup { group in
            for task in 0..<4 {
                group.addTask {
                    for line in 0..<100 { logger.info("line", ["task": .integer(task), "line": .integer(line)]) }
                }
            }
        }

        #expect(Set(log.lines.compactMap { $0.firstMatch(of: /"task":\d,"line":\d+/)?.0 }).count == 400)
    }

    private static func make(level: LogLevel = .info) -> (Logger, RecordedLog) {
        let log = RecordedLog()
        return (Logger(level: level, destination: log), log)
    }
}

struct LogLevelTests {
    @Test(arguments: [
        ("info", LogLevel.info), ("INFO", .info), ("warn", .warning), ("Warning", .warning), ("trace", .trace),
        ("critical", .critical), ("notice", .notice),
    ])
    func aLevelIsReadAsPeopleWriteIt(name: String, level: LogLevel) {
        #expect(LogLevel(name: name) == level)
    }

    @Test(arguments: ["", "information", "err", "3", "info "])
    func whatIsNoLevelIsNone(_ name: String) {
        #expect(LogLevel(name: name) == nil)
    }

    @Test func levelsRise() {
        #expect(LogLevel.allCases == LogLevel.allCases.sorted())
        #expect(LogLevel.trace < .critical)
    }
}
