@testable import HTTP

/// Oracles: `ChunkedModel`, the same bytes in pieces, and that what is put into chunks comes out again.
final class ChunkedDriver: Driver {
    let seeds = [
        "5\r\nhello\r\n0\r\n\r\nGET /", "00a;x=\"y\"\r\n0123456789\r\n0\r\nA: b\r\nC:\r\n\r\n",
        "1\r\n\n\r\n000;\r\n\r\n",
        "FFFFFFFFFFFFFFF\r\n",
    ]
    let words = [
        "0\r\n\r\n", "\r\n", "1\r\na\r\n", "A\r\n0123456789\r\n", "000000000000000", "7fffffffffffffff", "A: b\r\n",
        ";a=b", "\r", "\n", "\0", ":", " ;", "31\r\n", "30\r\n", "fffffffffffffff",
    ]

    /// Small, so that inputs reach them.
    private let limits: HTTPServer.Limits = {
        var limits = HTTPServer.Limits()
        (limits.headBytesMax, limits.bodyBytesMax) = (24, 48)
        return limits
    }()

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        var choices = Choices(bytes)
        let outcome = decode([bytes[...]])
        expectEqual(outcome, ChunkedModel.decode(bytes, limits: limits), "the whole")
        expectEqual(decode(choices.pieces(of: bytes)), outcome, "in pieces")

        let body = Array(bytes.prefix(limits.bodyBytesMax))
        let encoded = Self.encode(body, &choices)
        let wrapped = decode(choices.pieces(of: encoded + bytes), limits: HTTPServer.Limits())
        expectEqual(wrapped, .complete(body, byteCount: encoded.count), "encoded and decoded")
    }

    enum Outcome: Equatable {
        case complete([UInt8], byteCount: Int)
        case incomplete([UInt8])
        case refused(HTTPStatus)
    }

    private func decode(_ pieces: [ArraySlice<UInt8>], limits: HTTPServer.Limits? = nil) -> Outcome {
        var decoder = ChunkedBodyDecoder(limits: limits ?? self.limits)
        var byteCount = 0
        do throws(Problem) {
            for piece in pieces where !decoder.isComplete {
                let taken = try decoder.decode(piece)
                expect(taken == piece.count || decoder.isComplete, "bytes are left, but the body is not complete")
                byteCount += taken
            }
        } catch {
            return .refused(error.status)
        }
        return decoder.isComplete ? .complete(decoder.body, byteCount: byteCount) : .incomplete(decoder.body)
    }

    /// Chunks of any size, with and without what may stand around them.
    private static func encode(_ body: [UInt8], _ choices: inout Choices) -> [UInt8] {
        var encoded: [UInt8] = []
        var rest = body[...]
        while true {
            let chunk = rest.prefix(1 + choices.number(below: 40))
            rest = rest.dropFirst(chunk.count)
            let size = String(chunk.count, radix: 16, uppercase: choices.number(below: 2) == 0)
            let line = choices.one(of: ["", "0", "000"]) + size + choices.one(of: ["", ";", " \t;a", ";a=\"b\" ; c"])
            encoded += Array("\(line)\r\n".utf8)
            if chunk.isEmpty { break }
            encoded += chunk + Array("\r\n".utf8)
        }
        return encoded + Array(choices.one(of: ["", "A: b\r\n", "A:\r\nB: \u{e9}\t\r\n"]).utf8) + Array("\r\n".utf8)
    }
}

/// A chunked body taken apart in the plainest way: the whole at once, from line to line.
private struct ChunkedModel {
    private let bytes: [UInt8]
    private let bodyBytesMax: Int
    private var index = 0
    private var body: [UInt8] = []

    /// Why nothing more can be read.
    private enum End: Error {
        case bytes
        case malformed
        case tooLong
    }

    static func decode(_ bytes: [UInt8], limits: HTTPServer.Limits) -> ChunkedDriver.Outcome {
        var model = ChunkedModel(bytes: bytes, bodyBytesMax: limits.bodyBytesMax)
        let outcome = model.decode()
        // All that is no data. The byte that is refused has been looked at as well.
        var overhead = model.index - model.body.count
        if case .refused = outcome { overhead += 1 }
        return overhead > limits.headBytesMax + limits.bodyBytesMax ? .refused(.contentTooLarge) : outcome
    }

    private init(bytes: [UInt8], bodyBytesMax: Int) {
        self.bytes = bytes
        self.bodyBytesMax = bodyBytesMax
    }

    private mutating func decode() -> ChunkedDriver.Outcome {
        do throws(End) {
            while try readChunk() {}
            while try readTrailer() {}
            return .complete(body, byteCount: index)
        } catch {
            switch error {
            case .bytes: return .incomplete(body)
            case .malformed: return .refused(.badRequest)
            case .tooLong: return .refused(.contentTooLarge)
            }
        }
    }

    /// Returns whether it is not the last.
    private mutating func readChunk() throws(End) -> Bool {
        let start = index
        let digits = read { "0123456789abcdefABCDEF".utf8.contains($0) }
        if digits.count > 15 {
            index = start + 15
            throw .tooLong
        }
        if index == bytes.count { throw .bytes }
        let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
        guard !digits.isEmpty, "\r\t ;".utf8.contains(bytes[index]) else { throw .malformed }
        guard size <= bodyBytesMax - body.count else { throw .tooLong }
        let space = read { $0 == 0x09 || $0 == 0x20 }
        if index == bytes.count { throw .bytes }
        guard space.isEmpty || bytes[index] == UInt8(ascii: ";") else { throw .malformed }
        if bytes[index] == UInt8(ascii: ";") { _ = read(Self.isText) }
        try skip("\r\n")
        if size == 0 { return false }
        let data = bytes[index...].prefix(size)
        body += data
        index = data.endIndex
        guard data.count == size else { throw .bytes }
        try skip("\r\n")
        return true
    }

    /// A line after the last chunk. Returns whether it is not the empty one, which ends the body.
    private mutating func readTrailer() throws(End) -> Bool {
        let name = read(HeadModel.isToken)
        if !name.isEmpty {
            try skip(":")
            _ = read(Self.isText)
        }
        try skip("\r\n")
        return !name.isEmpty
    }

    private mutating func read(_ isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let found = bytes[index...].prefix(while: isWanted)
        index = found.endIndex
        return found
    }

    private mutating func skip(_ text: String) throws(End) {
        for byte in text.utf8 {
            if index == bytes.count { throw .bytes }
            guard bytes[index] == byte else { throw .malformed }
            index += 1
        }
    }

    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || byte >= 0x20 && byte != 0x7F }
}
