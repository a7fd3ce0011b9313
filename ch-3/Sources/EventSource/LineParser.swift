/// Reads newline-delimited JSON: each line that is not empty is an event, of type `message` and without an id.
///
/// A line that is larger than the limit is skipped and counted, as ``SSEParser`` does and for the same reason.
package struct LineParser: EventParser {
    package let lastEventID: String
    package let retryDelay: Duration? = nil
    package private(set) var skippedCount = 0

    private let eventBytesMax: Int
    private var lines: LineReader

    /// - Parameters:
    ///   - lastEventID: what events have for an id, and the next connection is asked to resume after.
    ///   - eventBytesMax: one line without its end, in bytes.
    package init(lastEventID: String = "", eventBytesMax: Int = 4 * 1024 * 1024) {
        self.lastEventID = lastEventID
        self.eventBytesMax = eventBytesMax
        lines = LineReader(lineBytesMax: eventBytesMax + "\r".utf8.count, carriageReturnEndsLine: false)
    }

    package mutating func append(_ chunk: [UInt8]) {
        lines.append(chunk)
    }

    package mutating func next() -> ServerSentEvent? {
        let chunk = lines.chunk
        while let line = lines.next(in: chunk.span) {
            let event =
                switch line {
                case .range(let range): readLine(chunk.span.extracting(range))
                case .joined(let bytes): readLine(bytes.span)
                case .tooLong: skipLine()
                }
            if let event { return event }
        }
        return nil
    }

    private mutating func readLine(_ line: Span<UInt8>) -> ServerSentEvent? {
        let endsInCarriageReturn = !line.isEmpty && line[line.count - 1] == UInt8(ascii: "\r")
        let data = endsInCarriageReturn ? line.extracting(droppingLast: 1) : line
        if data.count > eventBytesMax { return skipLine() }
        return data.isEmpty ? nil : ServerSentEvent(data: Array(data), id: lastEventID)
    }

    private mutating func skipLine() -> ServerSentEvent? {
        skippedCount += 1
        return nil
    }
}
