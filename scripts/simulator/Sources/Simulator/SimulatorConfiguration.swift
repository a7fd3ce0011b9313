internal import Configuration
package import Generator
package import Logging

/// What the simulator is to do: its switches.
package struct SimulatorConfiguration: Sendable {
    package var host: String
    package var port: Int
    package var logLevel: LogLevel
    package var stream: SimulatedStream.Settings
    /// Events a second, for all clients together; 0: as fast as they are read.
    package var rate: Int
    /// At a rate, how many events happen before the first of them is sent to a client; 0: any number.
    package var backlogMax: Int
    /// How many events there are; 0: no end.
    package var total: Int
    package var session: SessionSettings
    package var refusals: RefusalSettings

    /// What happens on a connection; a count or a duration of zero is never.
    package struct SessionSettings: Sendable {
        package var disconnectEveryEvents: Int
        package var disconnectAfter: Duration
        package var disconnectsInFrame: Bool
        package var disconnectsAbruptly: Bool
        package var silenceEveryEvents: Int
        package var silence: Duration
        package var keepAlive: Duration
        /// Milliseconds that clients are told to wait before they connect again.
        package var retry: Int
    }

    /// Who gets an error instead of a stream.
    package struct RefusalSettings: Sendable {
        package var failEveryConnections: Int
        package var failStatus: Int
        package var retryAfterSeconds: Int
        package var connectionsPerClientMax: Int
    }

    /// - Throws: ``UsageError`` for a switch that there is not, `ConfigurationError` for a value that it cannot have.
    package init(arguments: [String]) throws {
        let values = try Self.values(of: arguments)
        host = try Switches.host.value(in: values)
        port = try Switches.port.value(in: values)
        logLevel = try Switches.logLevel.value(in: values)
        rate = try Switches.rate.value(in: values)
        backlogMax = try Switches.backlog.value(in: values)
        total = try Switches.total.value(in: values)

        stream = SimulatedStream.Settings()
        stream.seed = UInt64(try Switches.seed.value(in: values))
        stream.userCount = try Switches.users.value(in: values)
        stream.stepBackEvery = try Switches.stepBackEvery.value(in: values)
        stream.canaryEvery = try Switches.canaryEvery.value(in: values)
        stream.malformedEvery = try Switches.malformedEvery.value(in: values)
        stream.hugeEvery = try Switches.hugeEvery.value(in: values)
        stream.topicStretch = try Switches.topicStretch.value(in: values)
        let density = try Switches.eventsPerStreamSecond.value(in: values)
        stream.eventsPerSecond = density > 0 ? density : total == 0 && rate > 0 ? rate : 50

        session = SessionSettings(
            disconnectEveryEvents: try Switches.disconnectEveryEvents.value(in: values),
            disconnectAfter: .seconds(try Switches.disconnectEverySeconds.value(in: values)),
            disconnectsInFrame: try Switches.disconnectInFrame.value(in: values),
            disconnectsAbruptly: try Switches.disconnectAbruptly.value(in: values),
            silenceEveryEvents: try Switches.silenceEveryEvents.value(in: values),
            silence: .seconds(try Switches.silenceSeconds.value(in: values)),
            keepAlive: .seconds(try Switches.keepAliveSeconds.value(in: values)),
            retry: try Switches.retry.value(in: values))
        refusals = RefusalSettings(
            failEveryConnections: try Switches.failEvery.value(in: values),
            failStatus: try Switches.failStatus.value(in: values),
            retryAfterSeconds: try Switches.retryAfterSeconds.value(in: values),
            connectionsPerClientMax: try Switches.connectionsPerClient.value(in: values))
    }

    /// `["--rate", "40", "--seed=2", "--disconnect-in-frame"]` as a dictionary from names to values.
    private static func values(of arguments: [String]) throws(UsageError) -> [String: String] {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0]
            if parts.count == 1 && Switches.flags.contains(where: { $0.name == name }) {
                values[name] = "true"
            } else if Switches.names.contains(name) {
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                    throw UsageError(description: "\(name) needs a value: see --help.")
                }
                values[name] = value
            } else {
                throw UsageError(description: "there is no switch \(name): see --help.")
            }
        }
        return values
    }
}

/// Arguments that the simulator does not understand.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String
}
