/// The value of one field of a log line: a string, a whole number or a truth value, written as that JSON type.
package enum LogValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)

    /// Any other value, by its description; for errors and the like.
    package static func describing(_ value: some Any) -> LogValue {
        .string(String(describing: value))
    }
}

extension LogValue: ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) {
        self = .string(value)
    }
}

extension LogValue: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) {
        self = .integer(value)
    }
}

extension LogValue: ExpressibleByBooleanLiteral {
    package init(booleanLiteral value: Bool) {
        self = .boolean(value)
    }
}
