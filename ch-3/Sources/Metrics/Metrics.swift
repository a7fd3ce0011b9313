/// The metrics of a program: what Prometheus asks for at `/metrics`.
///
/// A metric is a function that reads a value, called when somebody asks. The values belong to those who count, which
/// know nothing of metrics; they are registered where the program is put together.
///
/// ```swift
/// var metrics = Metrics()
/// metrics.counter("wiki_stats_events_total", "Changes counted.") { counters.values.changes }
/// metrics.text  // # HELP wiki_stats_events_total Changes counted. …
/// ```
///
/// A name may be registered again with other labels, and the same help; anything else that Prometheus would refuse is a
/// mistake in the program, and ends it.
package struct Metrics: Sendable {
    /// Name and value of each label, in the order in which they are written.
    package typealias Labels = KeyValuePairs<String, String>

    /// In the order in which they are written.
    private var families: [MetricFamily] = []

    package init() {}

    /// Registers what only grows, and begins at zero with the process. By custom its name ends in `_total`.
    ///
    /// - Parameter read: called on any thread, at any time; should take microseconds.
    package mutating func counter(
        _ name: String, _ help: String, labels: Labels = [:], read: @escaping @Sendable () -> some MetricValue
    ) {
        add(name, help, .counter, labels) { read().number.map { [MetricSample(number: $0)] } ?? [] }
    }

    /// Registers what goes up and down.
    ///
    /// - Parameter read: called on any thread, at any time; should take microseconds.
    package mutating func gauge(
        _ name: String, _ help: String, labels: Labels = [:], read: @escaping @Sendable () -> some MetricValue
    ) {
        add(name, help, .gauge, labels) { read().number.map { [MetricSample(number: $0)] } ?? [] }
    }

    /// Registers how long something takes. By custom its name ends in `_seconds`.
    package mutating func histogram(_ name: String, _ help: String, labels: Labels = [:], _ histogram: Histogram) {
        add(name, help, .histogram, labels) { histogram.samples }
    }

    private mutating func add(
        _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ labels: Labels,
        read: @escaping @Sendable () -> [MetricSample]
    ) {
        let index = families.firstIndex { $0.name == name } ?? families.endIndex
        if index == families.endIndex { families.append(MetricFamily(name: name, help: help, kind: kind)) }
        precondition(families[index].help == help && families[index].kind == kind, "\(name) is two different metrics")
        families[index].add(labels, read: read)
    }

    // MARK: For Prometheus

    /// The type of ``text``.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics as they are now, in Prometheus' text format 0.0.4
    /// (https://prometheus.io/docs/instrumenting/exposition_formats/). What cannot be read at the moment is left out.
    package var text: String {
        families.map(\.text).joined()
    }
}

/// A number that a metric can have. `nil` where there is none at the moment.
package protocol MetricValue: Sendable {
    /// Prometheus knows no other numbers; integers beyond 2⁵³ are rounded.
    var number: Double? { get }
}

extension Int: MetricValue {
    package var number: Double? { Double(self) }
}

extension Double: MetricValue {
    package var number: Double? { self }
}

extension Optional: MetricValue where Wrapped: MetricValue {
    package var number: Double? { flatMap(\.number) }
}
