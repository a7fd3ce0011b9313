/// Takes a chunked body (RFC 9112 §7.1) apart, out of bytes that come in pieces of any size.
///
/// Strict and pure, as ``RequestHeadParser`` is. Chunk extensions and trailer fields are checked and dropped: nothing
/// here has a use for them.
struct ChunkedBodyDecoder {
    /// The body so far.
    private(set) var body: [UInt8] = []
    private let bodyBytesMax: Int
    /// What sizes, extensions and trailers may take: a body of one-byte chunks with long extensions is an attack.
    private var overheadBytesLeft: Int
    private var state = State.size(digits: 0, value: 0)

    private enum State {
        case size(digits: Int, value: Int)
        /// In white space between the size and an extension.
        case sizeSpace(size: Int)
        case chunkExtension(size: Int)
        case sizeLineFeed(size: Int)
        case data(left: Int)
        case dataCarriageReturn
        case dataLineFeed
        /// At the start of a line after the last chunk.
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case endLineFeed
        case complete
    }

    init(limits: HTTPServer.Limits) {
        bodyBytesMax = limits.bodyBytesMax
        overheadBytesLeft = limits.headBytesMax + limits.bodyBytesMax
    }

    var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// Takes in the next bytes and gives back how many of them belong to the body: fewer than all once it is complete.
    ///
    /// - Throws: 400 for bytes that are not a chunked body, 413 for one that is too long.
    mutating func decode(_ bytes: ArraySlice<UInt8>) throws(Problem) -> Int {
        var index = bytes.startIndex
        while index < bytes.endIndex, !isComplete {
            if case .data(let left) = state {
                let piece = bytes[index...].prefix(left)
                body.append(contentsOf: piece)
                index = piece.endIndex
                state = piece.count == left ? .dataCarriageReturn : .data(left: left - piece.count)
            } else {
                try decode(bytes[index])
                index += 1
            }
        }
        return index - bytes.startIndex
    }

    /// Takes in one byte that is not data.
    private mutating func decode(_ byte: UInt8) throws(Problem) {
        overheadBytesLeft -= 1
        guard overheadBytesLeft >= 0 else { throw .bodyTooLong(bodyBytesMax) }
        switch (state, byte) {
        case (.size(let digits, let value), _) where byte.hexDigit != nil:
            guard digits < 15, let digit = byte.hexDigit else { throw .bodyTooLong(bodyBytesMax) }
            state = .size(digits: digits + 1, value: value << 4 | Int(digit))
        case (.size(1..., let value), .carriageReturn):
            try checkSize(value)
            state = .sizeLineFeed(size: value)
        case (.size(1..., let value), .semicolon):
            try checkSize(value)
            state = .chunkExtension(size: value)
        // Nobody should send it, and everybody must take it (RFC 9112 §7.1.1, RFC 9110 §5.6.3): before a semicolon only.
        case (.size(1..., let value), .space), (.size(1..., let value), .tab):
            try checkSize(value)
            state = .sizeSpace(size: value)
        case (.sizeSpace, .space), (.sizeSpace, .tab):
            break
        case (.sizeSpace(let size), .semicolon):
            state = .chunkExtension(size: size)
        case (.chunkExtension(let size), .carriageReturn):
            state = .sizeLineFeed(size: size)
        case (.chunkExtension, _) where byte.isText:
            break
        case (.sizeLineFeed(let size), .lineFeed):
            state = size == 0 ? .trailerStart : .data(left: size)
        case (.dataCarriageReturn, .carriageReturn):
            state = .dataLineFeed
        case (.dataLineFeed, .lineFeed):
            state = .size(digits: 0, value: 0)
        case (.trailerStart, .carriageReturn):
            state = .endLineFeed
        case (.trailerStart, _) where byte.isToken, (.trailerName, _) where byte.isToken:
            state = .trailerName
        case (.trailerName, .colon):
            state = .trailerValue
        case (.trailerValue, .carriageReturn):
            state = .trailerLineFeed
        case (.trailerValue, _) where byte.isText:
            break
        case (.trailerLineFeed, .lineFeed):
            state = .trailerStart
        case (.endLineFeed, .lineFeed):
            state = .complete
        default:
            throw .badRequest("The chunked body is malformed.")
        }
    }

    private func checkSize(_ size: Int) throws(Problem) {
        guard size <= bodyBytesMax - body.count else { throw .bodyTooLong(bodyBytesMax) }
    }
}

extension Problem {
    static func bodyTooLong(_ bytesMax: Int) -> Problem {
        Problem(.contentTooLarge, "The body is longer than \(bytesMax) bytes.")
    }
}
