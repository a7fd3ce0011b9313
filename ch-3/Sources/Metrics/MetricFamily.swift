/// The metrics of one name, which differ in their labels.
struct MetricFamily: Sendable {
    enum Kind: String {
        case counter, gauge, histogram
    }

    let name: String
    let help: String
    let kind: Kind
    private var series: [Series] = []

    private struct Series {
        /// `site="a",kind="b"`, or nothing.
        let labels: String
        let read: @Sendable () -> [MetricSample]
    }

    init(name: String, help: String, kind: Kind) {
        // Grammar: https://prometheus.io/docs/concepts/data_model/
        precondition(name.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil, "no name of a metric: \(name)")
        (self.name, self.help, self.kind) = (name, help, kind)
    }

    mutating func add(_ labels: Metrics.Labels, read: @escaping @Sendable () -> [MetricSample]) {
        let names = labels.map(\.key)
        // Two underscores at the beginning are for Prometheus itself, and `le` for the buckets of histograms.
        let areNames = names.allSatisfy { name in
            name.wholeMatch(of: /[a-zA-Z_][a-zA-Z0-9_]*/) != nil && !name.hasPrefix("__")
                && !(name == "le" && kind == .histogram)
        }
        precondition(areNames && Set(names).count == names.count, "no labels for \(name): \(names)")
        let text = labels.map { "\($0)=\"\(escaped($1, quotes: true))\"" }.joined(separator: ",")
        precondition(!series.contains { $0.labels == text }, "\(name){\(text)} is registered twice")
        series.append(Series(labels: text, read: read))
    }

    /// The lines of this name; none if there is nothing to say.
    var text: String {
        let lines = series.flatMap { series in series.read().map { $0.line(name: name, labels: series.labels) } }
        guard !lines.isEmpty else { return "" }
        return "# HELP \(name) \(escaped(help))\n# TYPE \(name) \(kind.rawValue)\n" + lines.joined()
    }
}

/// One line of a metric: a histogram has several, which differ in suffix and label.
struct MetricSample {
    var suffix = ""
    var label = ""
    let number: Double

    func line(name: String, labels: String) -> String {
        let labels = [labels, label].filter { !$0.isEmpty }.joined(separator: ",")
        return "\(name)\(suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.text(number))\n"
    }

    /// A number as Prometheus reads it: as Go's `ParseFloat` does, with `+Inf`, `-Inf` and `NaN`.
    static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
        return Int(exactly: number).map(String.init) ?? number.description
    }
}

/// The backslash and the line feed are escaped, and the quote inside of quotes. In a Swift string `\r\n` is one character,
/// hence the scalars.
private func escaped(_ text: String, quotes: Bool = false) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": escaped += #"\\"#
        case "\n": escaped += #"\n"#
        case "\"" where quotes: escaped += #"\""#
        default: escaped.unicodeScalars.append(scalar)
        }
    }
    return escaped
}
