// A position as bytes, to be kept with what has been counted up to it.
//
// The first byte is the version of this format. Integers are LEB128 (https://en.wikipedia.org/wiki/LEB128), seven bits a byte,
// with the sign in the lowest bit (ZigZag); a text is its length and its UTF-8; `nil` is told by a byte of its own. An event
// takes 18 bytes: 16 of its UUID, and two for the difference between its timestamp and that of the one before.

extension StreamPosition {
    private static let format: UInt8 = 1

    /// Everything but the settings.
    package var encoded: [UInt8] {
        var bytes = ByteEncoder(capacity: 256 + 20 * seenCount)
        bytes.bytes.append(Self.format)
        bytes.append(positions.count)
        for position in positions {
            bytes.append(position.topic)
            bytes.append(position.partition)
            bytes.append(position.timestampMilliseconds)
            bytes.append(position.offset)
        }
        bytes.append(histories.count)
        for (topic, history) in histories.sorted(by: { $0.key < $1.key }) {
            bytes.append(topic)
            bytes.append(history)
        }
        return bytes.bytes
    }

    /// The position that was encoded, to be used with these settings.
    ///
    /// - Throws: if the bytes are those of another version of this program, or damaged.
    package init(
        encoded: [UInt8], rewindMilliseconds: Int = 5_000, seenCountMax: Int = 100_000
    ) throws(StreamPositionError) {
        self.init(rewindMilliseconds: rewindMilliseconds, seenCountMax: seenCountMax)
        var bytes = ByteDecoder(encoded)
        guard try bytes.byte() == Self.format else { throw StreamPositionError() }
        for _ in 0..<(try bytes.count()) {
            positions.append(
                SourcePosition(
                    topic: try bytes.text(), partition: try bytes.integer(),
                    timestampMilliseconds: try bytes.optionalInteger(), offset: try bytes.optionalInteger()))
        }
        for _ in 0..<(try bytes.count()) {
            let topic = try bytes.text()
            histories[topic] = try bytes.history()
        }
        guard bytes.isAtEnd else { throw StreamPositionError() }
    }
}

/// A stored position that cannot be read.
package struct StreamPositionError: Error, CustomStringConvertible {
    package var description: String {
        "the stored position in the stream cannot be read: another version of this program has written it, or it is damaged"
    }
}

extension EventID {
    fileprivate init(_ form: Form) {
        self.form = form
    }
}

private struct ByteEncoder {
    var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func append(_ integer: Int) {
        var rest = UInt(bitPattern: integer << 1 ^ integer >> (Int.bitWidth - 1))
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func append(_ integer: Int?) {
        bytes.append(integer == nil ? 0 : 1)
        if let integer { append(integer) }
    }

    mutating func append(_ text: String) {
        append(text.utf8.count)
        bytes += text.utf8
    }

    mutating func append(_ history: SourceHistory) {
        append(history.newestTimestamp)
        append(history.firstTimestamp)
        append(history.ring.count)
        var last = 0
        for entry in history.ring.entriesInOrder {
            append(entry.timestamp &- last)
            last = entry.timestamp
            append(entry.id)
        }
    }

    /// 0 and 16 bytes, or the length of a text and the text: no id is empty.
    private mutating func append(_ id: EventID) {
        switch id.form {
        case .text(let text): append(text)
        case .uuid(let high, let low):
            bytes.append(0)
            for half in [high, low] {
                withUnsafeBytes(of: half.bigEndian) { bytes += $0 }
            }
        }
    }
}

private struct ByteDecoder {
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { next == bytes.count }

    mutating func byte() throws(StreamPositionError) -> UInt8 {
        guard next < bytes.count else { throw StreamPositionError() }
        defer { next += 1 }
        return bytes[next]
    }

    mutating func integer() throws(StreamPositionError) -> Int {
        var rest: UInt = 0
        for shift in stride(from: 0, to: UInt.bitWidth, by: 7) {
            let byte = try byte()
            rest |= UInt(byte & 0x7F) << shift
            if byte < 0x80 { return Int(bitPattern: rest >> 1) ^ -Int(rest & 1) }
        }
        throw StreamPositionError()
    }

    mutating func optionalInteger() throws(StreamPositionError) -> Int? {
        try byte() == 0 ? nil : try integer()
    }

    /// How many of something follow; each of them takes a byte at least.
    mutating func count() throws(StreamPositionError) -> Int {
        let count = try integer()
        guard 0...(bytes.count - next) ~= count else { throw StreamPositionError() }
        return count
    }

    mutating func text() throws(StreamPositionError) -> String {
        try text(byteCount: count())
    }

    private mutating func text(byteCount: Int) throws(StreamPositionError) -> String {
        guard let text = String(validating: bytes[next..<next + byteCount], as: UTF8.self) else {
            throw StreamPositionError()
        }
        next += byteCount
        return text
    }

    mutating func history() throws(StreamPositionError) -> SourceHistory {
        var history = SourceHistory()
        history.newestTimestamp = try optionalInteger().map(Self.timestamp)
        history.firstTimestamp = try optionalInteger().map(Self.timestamp)
        var timestamp = 0
        for _ in 0..<(try count()) {
            timestamp = try Self.timestamp(timestamp &+ integer())
            _ = history.ring.append(try id(), timestamp: timestamp)
        }
        return history
    }

    /// With others it could not be reckoned: see ``SourcePosition``, which takes none either.
    private static func timestamp(_ milliseconds: Int) throws(StreamPositionError) -> Int {
        guard 0...(1 << 53) ~= milliseconds else { throw StreamPositionError() }
        return milliseconds
    }

    private mutating func id() throws(StreamPositionError) -> EventID {
        let byteCount = try count()
        return byteCount > 0
            ? EventID(try text(byteCount: byteCount)) : EventID(.uuid(high: try half(), low: try half()))
    }

    private mutating func half() throws(StreamPositionError) -> UInt64 {
        var half: UInt64 = 0
        for _ in 0..<8 { half = half << 8 | UInt64(try byte()) }
        return half
    }
}
