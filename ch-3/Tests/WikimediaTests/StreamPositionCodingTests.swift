import TestSupport
import Testing

@testable import Wikimedia

/// A position is kept as bytes, and goes on as if it had never been away.
struct StreamPositionCodingTests {
    @Test(arguments: 0..<6)
    func aPositionThatWasKeptGoesOnAsTheOneThatWasNot(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var position = StreamPosition(rewindMilliseconds: 5_000, seenCountMax: 400)
        var kept = position
        var time = 1_772_120_976_569
        for step in 0..<1000 {
            time += Int.random(in: -2_000...2_800, using: &random)
            let event = Self.event(Int.random(in: 0...step, using: &random), at: time, &random)
            let positions = Self.positions(at: time, &random)

            let (admitted, keptAdmitted) = (position.admit(event, at: positions), kept.admit(event, at: positions))
            try #require(admitted == keptAdmitted)
            guard step.isMultiple(of: 20) else { continue }
            #expect(position.lastEventID == kept.lastEventID)
            kept = try StreamPosition(encoded: kept.encoded, rewindMilliseconds: 5_000, seenCountMax: 400)
            #expect(kept.encoded == position.encoded && kept.seenCount == position.seenCount)
        }
        #expect((10..<1000).contains(position.seenCount))
    }

    @Test func anEmptyPositionIsKeptToo() throws {
        let position = try StreamPosition(encoded: StreamPosition().encoded)

        #expect(position.lastEventID == nil && position.seenCount == 0)
    }

    /// About 200 events are what can come again where there are 40 a second.
    @Test func anEventTakes18Bytes() {
        var position = StreamPosition()
        let bytes = { (position: StreamPosition) in position.encoded.count }
        _ = position.admit(.make("00000000-0000-4000-8000-000000000000", topic: "t"), at: nil)
        let one = bytes(position)
        for number in 0..<100 {
            let event = EventIdentity.make(
                "00000000-0000-4000-8000-\(100_000_000_000 + number)", topic: "t",
                timestampMilliseconds: 1_772_120_976_569 + 25 * number)
            _ = position.admit(event, at: nil)
        }

        #expect(bytes(position) - one <= 100 * 18 + 2)
    }

    /// Reckoning with them would overflow.
    @Test func timesThatAreNoneAreRefused() {
        // A history of the topic "t", with a newest timestamp and nothing else; integers are ZigZag.
        let position = { (newest: [UInt8]) in [1, 0, 2, 2, UInt8(ascii: "t"), 1] + newest + [0, 0] }

        #expect(throws: Never.self) { _ = try StreamPosition(encoded: position([20])) }
        for newest in [[1], Array(repeating: 0xFF, count: 9) + [1], Array(repeating: 0xFE, count: 9) + [1]] as [[UInt8]]
        {
            #expect(throws: StreamPositionError.self) { try StreamPosition(encoded: position(newest)) }
        }
    }

    @Test func bytesThatAreCutOffOrChangedAreRefusedOrHarmless() throws {
        var random = SeededGenerator(seed: 1)
        var position = StreamPosition()
        for number in 0..<20 {
            _ = position.admit(
                Self.event(number, at: 5_000 * number, &random), at: Self.positions(at: 5_000, &random))
        }
        let bytes = position.encoded
        for count in 0..<bytes.count {
            #expect(throws: StreamPositionError.self) { try StreamPosition(encoded: Array(bytes[..<count])) }
        }
        #expect(throws: StreamPositionError.self) { try StreamPosition(encoded: bytes + [0]) }
        #expect(throws: StreamPositionError.self) { try StreamPosition(encoded: [2] + bytes.dropFirst()) }
        for index in bytes.indices {
            for byte in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[index] = byte
                // If it is taken, it can be used.
                guard var position = try? StreamPosition(encoded: changed) else { continue }
                _ = position.lastEventID
                _ = position.admit(Self.event(99, at: 100_000, &random), at: Self.positions(at: 100_000, &random))
            }
        }
    }

    /// Some ids are UUIDs, some are not, and some events do not say their topic.
    private static func event(_ number: Int, at time: Int, _ random: inout SeededGenerator) -> EventIdentity {
        let digits = String(number)
        let uuid = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
        return EventIdentity(
            id: EventID(number.isMultiple(of: 3) ? "é\(number)" : uuid),
            topic: ["eqiad.t", "codfw.t", nil].randomElement(using: &random) ?? nil,
            timestampMilliseconds: number.isMultiple(of: 7) ? nil : time)
    }

    private static func positions(at time: Int, _ random: inout SeededGenerator) -> [SourcePosition]? {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: nil
        case 1: []
        default:
            [
                SourcePosition(topic: "eqiad.t", partition: 3, timestampMilliseconds: time + 1),
                SourcePosition(topic: "codfw.t", offset: Bool.random(using: &random) ? -1 : 1 << 40),
            ]
        }
    }
}
