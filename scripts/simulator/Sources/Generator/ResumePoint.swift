/// Where a client wants to begin.
package enum ResumePoint: Sendable, Equatable {
    /// It says nothing.
    case unspecified
    /// `?since=`: this time, in every topic.
    case since(milliseconds: Int)
    /// `Last-Event-ID`: a place in each of these topics. A topic that is not there is not sent at all.
    case positions([TopicPosition])
}

/// A place in one topic: an element of the array that is the id of an event.
package struct TopicPosition: Sendable, Equatable {
    package enum Place: Sendable, Equatable {
        /// -1: the end.
        case offset(Int)
        case timestamp(Int)
    }

    package let topic: SourceTopic
    package var place: Place

    package init(topic: SourceTopic, place: Place) {
        self.topic = topic
        self.place = place
    }
}

extension ResumePoint {
    /// Reads a `Last-Event-ID`: `[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1767225600001},…]`.
    ///
    /// - Returns: `nil` if it is no such array: Wikimedia answers 400.
    package init?(lastEventID: String) {
        var scanner = Scanner(lastEventID)
        guard let positions = scanner.topicPositions() else { return nil }
        self = .positions(positions)
    }

    /// Reads the value of `?since=`: milliseconds since 1970, or a time in UTC as ISO 8601 writes it.
    package init?(since: String) {
        if let milliseconds = Int(since), milliseconds >= 0 {
            self = .since(milliseconds: milliseconds)
            return
        }
        var scanner = Scanner(since)
        guard let time = scanner.time() else { return nil }
        self = .since(milliseconds: time.milliseconds)
    }
}

/// Reads the two forms above, and no more JSON and no more ISO 8601 than they need.
private struct Scanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    mutating func topicPositions() -> [TopicPosition]? {
        var positions: [TopicPosition] = []
        guard skip("[") else { return nil }
        repeat {
            guard let position = topicPosition() else { return nil }
            positions.append(position)
        } while skip(",")
        return skip("]") && isAtEnd ? positions : nil
    }

    private mutating func topicPosition() -> TopicPosition? {
        var topic: SourceTopic?
        var partition: Int?
        var offset: Int?
        var timestamp: Int?
        guard skip("{") else { return nil }
        repeat {
            guard let name = string(), skip(":") else { return nil }
            switch name {
            case "topic":
                guard let value = string() else { return nil }
                topic = SourceTopic.allCases.first { $0.name == value }
            case "partition": partition = integer()
            case "offset": offset = integer()
            case "timestamp": timestamp = integer()
            default: return nil
            }
        } while skip(",")
        guard skip("}"), let topic, partition == 0 else { return nil }
        // Where both are given the offset is used, as KafkaSSE does.
        if let offset { return TopicPosition(topic: topic, place: .offset(offset)) }
        return timestamp.map { TopicPosition(topic: topic, place: .timestamp(max(0, $0))) }
    }

    /// `2026-01-01`, and then `T00:00`, `:00` and `.000` if they are there, and `Z`.
    mutating func time() -> CalendarTime? {
        var time = CalendarTime()
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2),
            1970...9999 ~= year, 1...12 ~= month, 1...31 ~= day
        else { return nil }
        (time.year, time.month, time.day) = (year, month, day)
        if isAtEnd { return time }
        guard skip("T"), let hour = digits(2), skip(":"), let minute = digits(2), hour < 24, minute < 60 else {
            return nil
        }
        (time.hour, time.minute) = (hour, minute)
        if skip(":") {
            guard let second = digits(2), second < 60 else { return nil }
            time.second = second
            if skip(".") {
                guard let millisecond = digits(3) else { return nil }
                time.millisecond = millisecond
            }
        }
        return skip("Z") && isAtEnd ? time : nil
    }

    // MARK: Pieces

    private var isAtEnd: Bool { rest.isEmpty }

    /// Spaces may stand between the tokens of JSON, and nowhere in a time: there the next token fails.
    private mutating func skip(_ character: Character) -> Bool {
        let spaces = rest.prefix { $0 == UInt8(ascii: " ") }
        guard let ascii = character.asciiValue, rest.dropFirst(spaces.count).first == ascii else { return false }
        rest = rest.dropFirst(spaces.count + 1)
        return true
    }

    private mutating func string() -> String? {
        guard skip("\"") else { return nil }
        let text = rest.prefix { $0 != UInt8(ascii: "\"") }
        rest = rest[text.endIndex...]
        return skip("\"") ? String(text) : nil
    }

    private mutating func integer() -> Int? {
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        let text = rest.prefix { $0 == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        rest = rest[text.endIndex...]
        return Int(Substring(text))
    }

    private mutating func digits(_ count: Int) -> Int? {
        let text = rest.prefix(count)
        guard text.count == count, text.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        rest = rest[text.endIndex...]
        return Int(Substring(text))
    }
}
