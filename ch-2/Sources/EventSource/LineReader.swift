/// Cuts bytes that come in pieces of any size into lines, which end in LF, CR or CR LF.
///
/// A line that lies within one piece, as nearly all do, is a range of it: nothing is copied. Each piece is searched once for
/// LF and once for CR, however many lines it has.
struct LineReader {
    /// A line, without its end.
    enum Line {
        /// A part of `chunk`.
        case range(Range<Int>)
        /// From several pieces.
        case joined([UInt8])
        /// Longer than the limit, and dropped but for its first byte.
        case tooLong(firstByte: UInt8)
    }

    /// The last piece.
    private(set) var chunk: [UInt8] = []
    private var position = 0
    private var lineFeed = -1
    private var carriageReturn = -1
    /// The beginning of a line whose end has not come yet.
    private var beginning: [UInt8] = []
    /// The first byte of a line that is too long, and whose end has not come yet.
    private var tooLongFirstByte: UInt8?
    /// The last line ended in CR, so a LF that follows belongs to it.
    private var skipsLineFeed = false

    /// Whether a lone CR ends a line, as it does in event streams.
    private let carriageReturnEndsLine: Bool
    private let lineBytesMax: Int

    init(lineBytesMax: Int, carriageReturnEndsLine: Bool) {
        self.lineBytesMax = lineBytesMax
        self.carriageReturnEndsLine = carriageReturnEndsLine
    }

    /// Takes in the next piece. What is left of the last one is kept.
    mutating func append(_ next: [UInt8]) {
        chunk = position == chunk.count ? next : chunk[position...] + next
        position = 0
        lineFeed = -1
        carriageReturn = -1
    }

    /// The next line; `nil` if its end has not come yet.
    ///
    /// - Parameter bytes: those of `chunk`: the caller has them at hand.
    mutating func next(in bytes: Span<UInt8>) -> Line? {
        guard position < bytes.count else { return nil }
        if skipsLineFeed {
            skipsLineFeed = false
            if bytes[position] == UInt8(ascii: "\n") { position += 1 }
        }
        let rest = position..<nextLineEnd(in: bytes)
        if rest.upperBound < bytes.count {
            position = rest.upperBound + 1
            return line(endingWith: rest, in: bytes)
        }
        position = bytes.count
        keepBeginning(bytes.extracting(rest))
        return nil
    }

    private mutating func nextLineEnd(in bytes: Span<UInt8>) -> Int {
        if lineFeed < position { lineFeed = bytes.index(of: UInt8(ascii: "\n"), from: position) }
        guard carriageReturnEndsLine else { return lineFeed }
        if carriageReturn < position { carriageReturn = bytes.index(of: UInt8(ascii: "\r"), from: position) }
        skipsLineFeed = carriageReturn < lineFeed
        return min(lineFeed, carriageReturn)
    }

    private mutating func line(endingWith rest: Range<Int>, in bytes: Span<UInt8>) -> Line {
        if let tooLongFirstByte {
            self.tooLongFirstByte = nil
            return .tooLong(firstByte: tooLongFirstByte)
        }
        let isTooLong = beginning.count + rest.count > lineBytesMax
        if beginning.isEmpty { return isTooLong ? .tooLong(firstByte: bytes[rest.lowerBound]) : .range(rest) }
        var line = beginning
        beginning = []
        if isTooLong { return .tooLong(firstByte: line[0]) }
        line.append(bytes.extracting(rest))
        return .joined(line)
    }

    private mutating func keepBeginning(_ rest: Span<UInt8>) {
        guard !rest.isEmpty, tooLongFirstByte == nil else { return }
        if beginning.count + rest.count <= lineBytesMax {
            beginning.append(rest)
        } else {
            tooLongFirstByte = beginning.first ?? rest[0]
            beginning = []
        }
    }
}
