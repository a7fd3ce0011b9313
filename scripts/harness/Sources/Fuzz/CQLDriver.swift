@testable import CQL

/// What a Cassandra sends: frames, and the messages in them. Oracles: the same bytes in pieces, frames written again are the
/// bytes they were read from, every value of every row can be asked for, and what is left out at the end is missed.
final class CQLDriver: Driver {
    let seeds = [
        "\u{0}\u{0}\u{0}\u{2}\u{0}\u{0}\u{0}\u{3}\u{0}\u{0}\u{0}\u{2}\u{0}\u{0}\u{0}\u{1}p\u{0}\u{1}k\u{0}\u{1}t"
            + "\u{0}\u{1}a\u{0}\u{D}\u{0}\u{1}b\u{0}\u{2}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{2}hi"
            + "\u{0}\u{0}\u{0}\u{8}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{1}\u{0}",
        "\u{0}\u{0}\u{0}\u{4}\u{0}\u{1}x\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}"
            + "\u{0}\u{1}k\u{0}\u{1}t\u{0}\u{1}a\u{0}!\u{0}\u{D}\u{0}\u{22}\u{0}\u{9}",
        "\u{0}\u{0}\u{11}\u{0}\u{0}\u{1}e\u{0}\u{6}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{2}\u{0}\u{6}SIMPLE",
        "\u{0}\u{0}\u{0}\u{1}",
    ]
    let words = [
        "\u{0}\u{0}\u{0}\u{1}", "\u{0}\u{0}\u{0}\u{2}", "\u{0}\u{0}\u{0}\u{4}", "\u{0}\u{0}\u{0}\u{8}", "\u{0}\u{D}",
        "\u{0}0", "\u{0}1", "\u{0}!", "\u{0} ", "\u{0}\u{0}%\u{0}", "\u{0}\u{0}\u{10}\u{0}", "\u{0}\u{0}\u{13}\u{0}",
        "\u{0}\u{0}\u{7F}\u{7F}", "\u{0}\u{1}k", "\u{0}\u{0}\u{0}\u{0}",
    ]

    /// Small, so that inputs reach it.
    private let bodyBytesMax = 512

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        var choices = Choices(bytes)
        checkFrames(bytes, &choices)
        for opcode in [Opcode.result, .error, .supported, .authenticate, .authChallenge] {
            let flags = Frame.Flags(rawValue: choices.one(of: [0x00, 0x02, 0x04, 0x08, 0x0E]))
            checkMessage(Frame(flags: flags, stream: 1, opcode: opcode, body: bytes))
        }
        let frame = Frame(flags: [], stream: Int16(choices.number(below: 100)), opcode: .result, body: bytes)
        checkFrames(Self.encode(frame) + bytes + Self.encode(frame), &choices)
    }

    // MARK: Frames

    private struct Outcome: Equatable {
        var frames: [Frame] = []
        var error: FrameError?
    }

    private func checkFrames(_ bytes: [UInt8], _ choices: inout Choices) {
        let outcome = decode([bytes[...]])
        expectEqual(decode(choices.pieces(of: bytes)), outcome, "in pieces")
        let written = outcome.frames.flatMap(Self.encode)
        expect(bytes.starts(with: written), "the frames are not what they were read from")
        guard outcome.error == nil, bytes.count - written.count >= Frame.headerBytes else { return }
        let length = bytes[(written.count + 5)..<(written.count + 9)].reduce(0) { $0 << 8 | Int($1) }
        expect(length > bytes.count - written.count - Frame.headerBytes, "a whole frame was left lying")
    }

    private func decode(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var decoder = FrameDecoder(bodyBytesMax: bodyBytesMax)
        var outcome = Outcome()
        do throws(FrameError) {
            for piece in pieces {
                piece.withUnsafeBytes { decoder.append($0) }
                while let frame = try decoder.next() { outcome.frames.append(frame) }
            }
        } catch {
            outcome.error = error
        }
        return outcome
    }

    private static func encode(_ frame: Frame) -> [UInt8] {
        let (stream, count) = (UInt16(bitPattern: frame.stream), UInt32(frame.body.count))
        return [
            Frame.responseVersion, frame.flags.rawValue, UInt8(stream >> 8), UInt8(stream & 0xFF),
            frame.opcode.rawValue,
            UInt8(count >> 24), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF),
        ] + frame.body
    }

    // MARK: Messages

    private func checkMessage(_ frame: Frame) {
        guard let response = try? Response.decode(frame).response else { return }
        // What follows a message is for the future, so it makes no difference.
        var longer = frame
        longer.body += [0xFF, 0x00]
        guard let again = try? Response.decode(longer).response else {
            return expect(false, "more bytes made it unreadable")
        }
        expectEqual("\(again)".count, "\(response)".count, "what follows was read")
        guard case .result(.rows(let rows)) = response else { return }
        checkRows(rows, in: frame)
    }

    private func checkRows(_ rows: CQLRows, in frame: Frame) {
        var cellBytes = 0
        for row in rows {
            for (index, column) in rows.columns.enumerated() {
                let isText = column.type == .native(.varchar) || column.type == .native(.ascii)
                cellBytes += 4
                if isText, let text = try? row.text(index) { cellBytes += text.utf8.count }
                if let blob = try? row.blob(index) { cellBytes += blob.count }
                expect(!row.isNull(index) || (try? row.text(index)) == nil, "null is a text")
                expect((try? row.bigint(index)) == nil || !isText, "a text is a number")
                _ = (try? row.int(index), try? row.smallint(index), try? row.boolean(index))
            }
        }
        expect(cellBytes <= frame.body.count, "the values are longer than the message")
        guard !rows.isEmpty else { return }
        var shorter = frame
        // Byte by byte from the end, until something is missed.
        while shorter.body.popLast() != nil, (try? Response.decode(shorter)) != nil {}
        expect(shorter.body.count >= cellBytes, "values were read that are not there")
    }
}
