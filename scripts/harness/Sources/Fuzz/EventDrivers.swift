internal import EventSource

/// Oracles: `EventStreamModel`, and the same bytes in pieces.
final class SSEDriver: Driver {
    let seeds = [
        ":ok\n\nevent: message\nid: 1\ndata: {\"a\":1}\n\n", "\u{FEFF}data:a\rdata: b\r\ndata\n\r\n",
        "retry: 10\nid\n\nid: \0\n\n",
        "data: " + String(repeating: "a", count: 40) + "\n\ndata: b\n\n",
        ": " + String(repeating: "c", count: 60) + "\ndata: d\n\n",
    ]
    let words = [
        "data: ", "data:", "data\n", "event: ", "id: ", "id\n", "retry: ", "retry: 99999999999999999999\n", ":",
        "\n\n", "\r\n", "\r", "\u{FEFF}", "\0", "data: a\n\n", "aaaaaaaaaaaaaaaa",
    ]

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        var choices = Choices(bytes)
        let eventBytesMax = choices.one(of: [8, 32, 4096])
        let lastEventID = choices.one(of: ["", "9"])
        func reading(_ pieces: [ArraySlice<UInt8>]) -> Reading {
            var parser = SSEParser(lastEventID: lastEventID, eventBytesMax: eventBytesMax)
            let events = read(pieces, append: { parser.append($0) }, next: { parser.next() })
            return Reading(
                events: events, lastEventID: parser.lastEventID, retryDelay: parser.retryDelay,
                skippedCount: parser.skippedCount)
        }
        var model = EventStreamModel(lastEventID: lastEventID, eventBytesMax: eventBytesMax)
        let expected = model.read(bytes)
        expectEqual(reading([bytes[...]]), expected, "the whole")
        expectEqual(reading(choices.pieces(of: bytes)), expected, "in pieces")
    }
}

/// Oracles: the bytes split at each line feed, and the same bytes in pieces.
final class NDJSONDriver: Driver {
    let seeds = ["{\"a\":1}\n{\"b\":2}\r\n\n\r\n{\"c\"", String(repeating: "a", count: 33) + "\r\nb\n"]
    let words = ["\n", "\r\n", "\r\r\n", "\n\n", "{}\n", "aaaaaaaa", "{\"a\":\"b\"}\r\n"]

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        var choices = Choices(bytes)
        let eventBytesMax = choices.one(of: [8, 32, 4096])
        func reading(_ pieces: [ArraySlice<UInt8>]) -> Reading {
            var parser = LineParser(lastEventID: "9", eventBytesMax: eventBytesMax)
            let events = read(pieces, append: { parser.append($0) }, next: { parser.next() })
            return Reading(
                events: events, lastEventID: parser.lastEventID, retryDelay: parser.retryDelay,
                skippedCount: parser.skippedCount)
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
            .filter { !$0.isEmpty }
        let expected = Reading(
            events: lines.filter { $0.count <= eventBytesMax }.map { ServerSentEvent(data: Array($0), id: "9") },
            lastEventID: "9", skippedCount: lines.count { $0.count > eventBytesMax })
        expectEqual(reading([bytes[...]]), expected, "the whole")
        expectEqual(reading(choices.pieces(of: bytes)), expected, "in pieces")
    }
}

/// All that is read from a stream.
private struct Reading: Equatable {
    var events: [ServerSentEvent] = []
    var lastEventID = ""
    var retryDelay: Duration?
    var skippedCount = 0
}

private func read(
    _ pieces: [ArraySlice<UInt8>], append: ([UInt8]) -> Void, next: () -> ServerSentEvent?
) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for piece in pieces {
        append(Array(piece))
        while let event = next() { events.append(event) }
    }
    return events
}

/// An event stream as the standard describes it (WHATWG HTML § 9.2.6): the whole at once, line by line.
private struct EventStreamModel {
    private let eventBytesMax: Int
    private var reading = Reading()
    private var type = ""
    private var id: String
    /// Each line of the data with a line feed behind it, as in the standard.
    private var data: [UInt8] = []
    private var isTooLarge = false

    init(lastEventID: String, eventBytesMax: Int) {
        self.eventBytesMax = eventBytesMax
        id = lastEventID
        reading.lastEventID = lastEventID
    }

    mutating func read(_ bytes: [UInt8]) -> Reading {
        for (index, line) in Self.lines(of: bytes).enumerated() {
            // What the product adds to the standard: a limit, of `data: ` and an event. Longer lines that are no comments
            // belong to an event that is left out. A byte order mark counts, and makes no comment of what follows it.
            if line.count > eventBytesMax + 6 {
                isTooLarge = isTooLarge || line.first != UInt8(ascii: ":")
            } else if index == 0, line.starts(with: "\u{FEFF}".utf8) {
                read(line: line.dropFirst(3))
            } else {
                read(line: line)
            }
        }
        return reading
    }

    /// In LF, CR or CR LF; what follows the last of them is no line.
    private static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for index in bytes.indices where bytes[index] == 0x0A || bytes[index] == 0x0D {
            let isSecondHalf = bytes[index] == 0x0A && index > 0 && bytes[index - 1] == 0x0D
            if !isSecondHalf { lines.append(bytes[start..<index]) }
            start = index + 1
        }
        return lines
    }

    private mutating func read(line: ArraySlice<UInt8>) {
        if line.isEmpty { return dispatch() }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        var value = line.dropFirst(name.count + 1)
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch String(decoding: name, as: UTF8.self) {
        case "data":
            data += value
            data.append(0x0A)
            isTooLarge = isTooLarge || data.count - 1 > eventBytesMax
        case "event": type = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        case "retry" where !value.isEmpty && value.allSatisfy { 0x30...0x39 ~= $0 }:
            let milliseconds = Int(String(decoding: value, as: UTF8.self)) ?? .max
            reading.retryDelay = .milliseconds(min(milliseconds, 1_000_000_000_000))
        default: break
        }
    }

    private mutating func dispatch() {
        reading.lastEventID = id
        if isTooLarge {
            reading.skippedCount += 1
        } else if !data.isEmpty {
            let type = type.isEmpty ? "message" : type
            reading.events.append(ServerSentEvent(type: type, data: data.dropLast(), id: id))
        }
        (type, data, isTooLarge) = ("", [], false)
    }
}
