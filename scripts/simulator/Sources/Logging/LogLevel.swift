/// How much a log line matters: the seven levels of swift-log, in rising order.
///
/// The house rule: `error` means that data was lost or somebody must act; `warning` means that nothing was lost.
package enum LogLevel: String, CaseIterable, Comparable, Sendable {
    case trace, debug, info, notice, warning, error, critical

    /// Reads a level as people write it: in any case, and `warn` for `warning`.
    package init?(name: String) {
        let name = name.lowercased()
        self.init(rawValue: name == "warn" ? "warning" : name)
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }
}
