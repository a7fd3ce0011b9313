private import Glibc

/// Reads an event stream: the WHATWG HTML standard, § 9.2.5 and 9.2.6.
///
/// An event that is larger than the limit is skipped and counted, and those after it are read as always. The connection is
/// not given up for it: a reader that resumes where it stopped would meet the same event again, for ever.
package struct SSEParser: EventParser {
    package private(set) var lastEventID: String
    package private(set) var retryDelay: Duration?
    package private(set) var skippedCount = 0

    private let eventBytesMax: Int
    private var lines: LineReader
    private var isFirstLine = true

    // The event that is being read.
    private var type = ""
    private var id: String
    private var data: [UInt8]?
    private var isTooLarge = false

    /// - Parameters:
    ///   - lastEventID: the id that the stream was asked to resume after. The standard starts with none; but then an event
    ///     without id, first after a reconnection, would make the reader forget where it was. Browsers keep it too.
    ///   - eventBytesMax: the data of one event, in bytes.
    package init(lastEventID: String = "", eventBytesMax: Int = 4 * 1024 * 1024) {
        self.lastEventID = lastEventID
        id = lastEventID
        self.eventBytesMax = eventBytesMax
        lines = LineReader(lineBytesMax: eventBytesMax + "data: ".utf8.count, carriageReturnEndsLine: true)
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
                case .tooLong(let firstByte): skipLine(firstByte: firstByte)
                }
            if let event { return event }
        }
        return nil
    }

    // MARK: Lines

    /// - Returns: the event that the line ends, if it does.
    private mutating func readLine(_ bytes: Span<UInt8>) -> ServerSentEvent? {
        var line = bytes
        if isFirstLine {
            isFirstLine = false
            line = line.extracting(droppingFirst: Self.byteOrderMarkCount(line))
        }
        if line.isEmpty { return endEvent() }
        readField(line)
        return nil
    }

    private mutating func skipLine(firstByte: UInt8) -> ServerSentEvent? {
        isFirstLine = false
        // A comment does not belong to an event, whatever its length.
        if firstByte != UInt8(ascii: ":") { dropData() }
        return nil
    }

    /// An empty line ends an event: "dispatch the event" in the standard.
    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            type = ""
            data = nil
            isTooLarge = false
        }
        lastEventID = id
        if isTooLarge { skippedCount += 1 }
        return data.map { ServerSentEvent(type: type.isEmpty ? "message" : type, data: $0, id: id) }
    }

    /// `name: value`, with one space or none. A line without a colon is a name without a value, one that starts with it a comment.
    private mutating func readField(_ line: Span<UInt8>) {
        let colon = line.index(of: UInt8(ascii: ":"))
        guard let field = Field(line.extracting(..<colon)) else { return }
        var value = line.extracting(min(colon + 1, line.count)...)
        if !value.isEmpty, value[0] == UInt8(ascii: " ") { value = value.extracting(1...) }
        switch field {
        case .data: addData(value)
        case .event: type = String(value)
        case .id: readID(value)
        case .retry: readRetry(value)
        }
    }

    private enum Field {
        case data, event, id, retry

        init?(_ name: Span<UInt8>) {
            switch name.count {
            case 2 where name.isEqual(to: "id"): self = .id
            case 4 where name.isEqual(to: "data"): self = .data
            case 5 where name.isEqual(to: "event"): self = .event
            case 5 where name.isEqual(to: "retry"): self = .retry
            default: return nil
            }
        }
    }

    private mutating func addData(_ value: Span<UInt8>) {
        guard !isTooLarge, (data.map { $0.count + 1 } ?? 0) + value.count <= eventBytesMax else { return dropData() }
        if data == nil {
            data = Array(value)
        } else {
            data?.append(UInt8(ascii: "\n"))
            data?.append(value)
        }
    }

    private mutating func dropData() {
        isTooLarge = true
        data = nil
    }

    private mutating func readID(_ value: Span<UInt8>) {
        // Neighbours often share an id: comparing is cheaper than a new string.
        guard !value.isEqual(to: id.utf8Span.span), value.index(of: 0) == value.count else { return }
        id = String(value)
    }

    private mutating func readRetry(_ value: Span<UInt8>) {
        var milliseconds = 0
        for index in value.indices {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= value[index] else { return }
            // Capped, not to overflow: whoever waits has a shorter limit.
            milliseconds = min(milliseconds * 10 + Int(value[index] - UInt8(ascii: "0")), 1_000_000_000_000)
        }
        if !value.isEmpty { retryDelay = .milliseconds(milliseconds) }
    }

    private static func byteOrderMarkCount(_ line: Span<UInt8>) -> Int {
        line.count >= 3 && line.extracting(..<3).isEqual(to: "\u{FEFF}") ? 3 : 0
    }
}
