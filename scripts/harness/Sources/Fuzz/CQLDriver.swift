@testable import CQL

/// What a Cassandra sends: frames, and the messages in them. Oracles: the same bytes in pieces, frames written again are the
/// bytes they were read from, every value of every row can be asked for, and what is left out at the end is missed.
final class CQLDriver: Driver {
    let seeds = [
        "\u{0}\u{0}\u{0}\u{2}\u{0}\u{0}\u{0}\u{3}\u{0}\u{0}\u{0}\u{2}\u{0}\u{0}\u{0}\u{1}p\u{0}\u{1}k\u{0}\u{1}t"
            + "\u{0}\u{1}a\u{0}\u{D}\u{0}\u{1}b\u{0}\u{2}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{2}hi"
            + "\u{0}\u{0}\u{0}\u{8}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{1}\u{0}",
        "\u{0}\u{0}\u{0}\u{4}\u{0}\u{1}x\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}"
            + "\u{0}\u{1}k\u{0}\u{1}t\u{0}\u{1}a\u{0}\u{D}",
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
        for opcode in [Opcode.result, .error, .authenticate] {
            let flags = choices.one(of: [0, Frame.warningFlag])
            checkMessage(Frame(flags: flags, stream: 1, opcode: opcode, body: bytes))
        }
        let frame = Frame(stream: Int16(choices.number(below: 100)), opcode: .result, body: bytes)
        checkFrames(Self.encode(frame) + bytes + Self.encode(frame), &choices)
    }

    // MARK: Frames

    private struct Outcome: Equatable {
        var frames: [Frame] = []
        var error: CQLError?
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
        do throws(CQLError) {
            for piece in pieces {
                decoder.append(piece)
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
            Frame.responseVersion, frame.flags, UInt8(stream >> 8), UInt8(stream & 0xFF),
            frame.opcode.rawValue, UInt8(count >> 24), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF),
            UInt8(count & 0xFF),
        ] + frame.body
    }

    // MARK: Messages

    private func checkMessage(_ frame: Frame) {
        guard let response = try? Response(frame) else { return }
        // What follows a message is for the future, so it makes no difference.
        var longer = frame
        longer.body += [0xFF, 0x00]
        guard let again = try? Response(longer) else {
            return expect(false, "more bytes made it unreadable")
        }
        expectEqual("\(again)".count, "\(response)".count, "what follows was read")
        guard case .rows(let rows) = response else { return }
        checkRows(rows, in: frame)
    }

    private func checkRows(_ rows: CQLRows, in frame: Frame) {
        var cellBytes = 0
        for row in rows {
            for (index, column) in rows.columns.enumerated() {
                cellBytes += 4
                let found: [CQLType: Int] = [
                    .text: (try? row.text(index))?.utf8.count, .blob: (try? row.blob(index))?.count,
                    .bigint: (try? row.bigint(index)).map { _ in 8 }, .int: (try? row.int(index)).map { _ in 4 },
                    .smallint: (try? row.smallint(index)).map { _ in 2 },
                ].compactMapValues(\.self)
                expectEqual(Array(found.keys), row.isNull(index) ? [] : [column.type], "of which types a value is")
                cellBytes += found.values.reduce(0, +)
            }
        }
        expect(cellBytes <= frame.body.count, "the values are longer than the message")
        guard !rows.isEmpty else { return }
        var shorter = frame
        // Byte by byte from the end, until something is missed.
        while shorter.body.popLast() != nil, (try? Response(shorter)) != nil {}
        expect(shorter.body.count >= cellBytes, "values were read that are not there")
    }
}
