/// How events are written into a body.
package enum StreamFormat: String, CaseIterable, Sendable {
    /// Server-sent events, `text/event-stream`.
    case sse
    /// Newline-delimited JSON, `application/x-ndjson`, or `application/json` as Wikimedia calls it.
    case ndjson

    /// Reads a `Content-Type`: in any case, and whatever its parameters (RFC 9110 § 8.3.1).
    package init?(contentType: String) {
        let mediaType = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        switch mediaType.lowercased() {
        case "text/event-stream": self = .sse
        case "application/json", "application/x-ndjson": self = .ndjson
        default: return nil
        }
    }

    /// The `Accept` that asks for it.
    var accept: String {
        switch self {
        case .sse: "text/event-stream"
        // In this order: Wikimedia's server looks at the beginning only (`_start` in KafkaSSE's `lib/KafkaSSE.js`).
        case .ndjson: "application/json, application/x-ndjson"
        }
    }

    func makeParser(lastEventID: String, eventBytesMax: Int) -> any EventParser {
        switch self {
        case .sse: SSEParser(lastEventID: lastEventID, eventBytesMax: eventBytesMax)
        case .ndjson: LineParser(lastEventID: lastEventID, eventBytesMax: eventBytesMax)
        }
    }
}
