import Metrics
import Testing

/// What Prometheus reads: the text format 0.0.4.
struct MetricsTests {
    @Test func withoutMetricsThereIsNoText() {
        #expect(Metrics().text == "")
    }

    @Test func aMetricHasItsHelpItsTypeAndItsValue() {
        var metrics = Metrics()
        metrics.counter("events_total", "Events counted.") { 3 }
        metrics.gauge("temperature_celsius", "How warm it is.") { -1.5 }

        #expect(
            metrics.text == """
                # HELP events_total Events counted.
                # TYPE events_total counter
                events_total 3
                # HELP temperature_celsius How warm it is.
                # TYPE temperature_celsius gauge
                temperature_celsius -1.5

                """)
    }

    @Test func metricsOfOneNameStandTogether() {
        var metrics = Metrics()
        metrics.counter("requests_total", "Requests.", labels: ["method": "GET", "code": "200"]) { 7 }
        metrics.gauge("other", "Another.") { 1 }
        metrics.counter("requests_total", "Requests.", labels: ["method": "POST", "code": "200"]) { 2 }
        metrics.counter("requests_total", "Requests.") { 9 }

        #expect(
            metrics.text == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{method="GET",code="200"} 7
                requests_total{method="POST",code="200"} 2
                requests_total 9
                # HELP other Another.
                # TYPE other gauge
                other 1

                """)
    }

    /// The example of https://prometheus.io/docs/instrumenting/exposition_formats/, and what Swift takes for one character.
    @Test func labelsAndHelpAreEscaped() {
        var metrics = Metrics()
        metrics.gauge(
            "escapes", "A \"quote\", a \\ and\na line,\r\nand one more.",
            labels: [
                "path": #"C:\DIR\FILE.TXT"#, "error": "Cannot find file:\n\"FILE.TXT\"\r\n",
                "name": "ä\u{301}\"\u{301}",
            ]
        ) { 1 }

        #expect(
            metrics.text == #"""
                # HELP escapes A "quote", a \\ and\na line,\#r\nand one more.
                # TYPE escapes gauge
                escapes{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\"\#r\n",name="ä\#u{301}\"\#u{301}"} 1

                """#)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (0.1, "0.1"), (1e6, "1000000"), (1e-7, "1e-07"), (1e21, "1e+21"),
            (0x1p60, "1152921504606846976"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
            (-.nan, "NaN"), (.leastNonzeroMagnitude, "5e-324"), (-1_234.5, "-1234.5"),
        ] as [(Double, String)])
    func numbersAreWrittenSoThatGoReadsThem(number: Double, text: String) {
        var metrics = Metrics()
        metrics.gauge("number", "A number.") { number }

        #expect(metrics.text.hasSuffix("\nnumber \(text)\n"))
    }

    @Test func whatCannotBeReadIsLeftOut() {
        var metrics = Metrics()
        metrics.gauge("missing", "Not there.") { nil as Int? }
        metrics.gauge("partly", "In part.", labels: ["part": "1"]) { nil as Double? }
        metrics.gauge("partly", "In part.", labels: ["part": "2"]) { 2 as Int? }

        #expect(
            metrics.text == """
                # HELP partly In part.
                # TYPE partly gauge
                partly{part="2"} 2

                """)
    }

    @Test func aValueIsReadEachTimeSomebodyAsks() {
        let histogram = Histogram(bounds: [])
        var metrics = Metrics()
        metrics.histogram("seconds", "Time.", histogram)
        let before = metrics.text
        histogram.observe(.seconds(1))

        #expect(before.hasSuffix("seconds_count 0\n"))
        #expect(metrics.text.hasSuffix("seconds_count 1\n"))
    }

    @Test func everyNameOfTheGrammarIsTaken() {
        var metrics = Metrics()
        for name in ["a", "_", "Z9", ":job:rate5m", "__reserved", "a_b"] {
            metrics.gauge(name, "A name.", labels: ["_a": "", "B9": "{}"]) { 1 }
            #expect(metrics.text.hasSuffix("\n\(name){_a=\"\",B9=\"{}\"} 1\n"))
        }
    }

    // MARK: What Prometheus would refuse ends the program

    @Test(arguments: ["", "9lives", "with-hyphen", "with space", "ä", "a\n", "e\u{301}", "{}"])
    func aWrongNameEndsTheProgram(_ name: String) async {
        await #expect(processExitsWith: .failure) { [name] in
            var metrics = Metrics()
            metrics.counter(name, "A name.") { 1 }
        }
    }

    @Test(arguments: ["", "9", "a:b", "__name__", "with-hyphen", "ä"])
    func aWrongLabelEndsTheProgram(_ label: String) async {
        await #expect(processExitsWith: .failure) { [label] in
            var metrics = Metrics()
            metrics.counter("a_total", "A name.", labels: [label: "value"]) { 1 }
        }
    }

    @Test func theSameMetricTwiceEndsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            var metrics = Metrics()
            metrics.counter("a_total", "A name.", labels: ["b": "c"]) { 1 }
            metrics.counter("a_total", "A name.", labels: ["b": "c"]) { 2 }
        }
        await #expect(processExitsWith: .failure) {
            var metrics = Metrics()
            metrics.counter("a_total", "A name.", labels: ["b": "c", "b": "d"]) { 1 }
        }
    }

    @Test func oneNameForDifferentThingsEndsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            var metrics = Metrics()
            metrics.counter("a", "A name.", labels: ["b": "c"]) { 1 }
            metrics.gauge("a", "A name.", labels: ["b": "d"]) { 1 }
        }
        await #expect(processExitsWith: .failure) {
            var metrics = Metrics()
            metrics.counter("a", "A name.", labels: ["b": "c"]) { 1 }
            metrics.counter("a", "Another.", labels: ["b": "d"]) { 1 }
        }
    }
}
