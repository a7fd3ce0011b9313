internal import JSON

@testable import Wikimedia

/// The id of an event. Oracles: `JSONModel`, and that the id to continue at names every topic of the id that came.
final class PositionDriver: Driver {
    let seeds = [
        #"[{"topic":"eqiad.a","partition":0,"timestamp":1630070417001},{"topic":"codfw.a","partition":0,"offset":-1}]"#,
        #"[{"topic":"a","partition":1,"offset":5,"timestamp":-1}]"#, "[]", "7",
    ]
    let words = [
        #""topic":"#, #""partition":"#, #""timestamp":"#, #""timestamp":9007199254740993"#, #""offset":"#, "{",
        "},{", "}", "[", "]", "9007199254740992", "9007199254740993", "-1", "1.0", "\"eqiad.a\"", "\"codfw.a\"",
        "9223372036854775807",
    ]

    private var decoder = RecentChangeDecoder(eventBytesMax: 1 << 16)

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let id = String(decoding: input, as: UTF8.self)
        let positions = decoder.positions(inID: id)
        expectEqual(positions, Self.positions(JSONModel.read(Array(id.utf8), depthMax: 100)), id)

        var stream = StreamPosition(rewindMilliseconds: 5_000, seenCountMax: 4)
        let event = EventIdentity(id: EventID("a"), topic: positions.first?.topic, timestampMilliseconds: nil)
        expect(stream.admit(event, at: positions), "the first event is not new")
        expect(!stream.admit(event, at: positions), "the same event is new again")
        let next = stream.lastEventID
        expectEqual(next == nil, positions.isEmpty, "whether there is an id to continue at")
        let nextPositions = decoder.positions(inID: next ?? "")
        expectEqual(nextPositions.map(\.topic), positions.map(\.topic), "the topics to continue")
        expectEqual(nextPositions.map(\.partition), positions.map(\.partition), "the partitions to continue")
        guard let newest = positions.first?.timestampMilliseconds, newest > 0 else { return }
        expectEqual(nextPositions.first?.timestampMilliseconds, max(0, newest - 1 - 5_000), "the time to continue at")
    }

    private static func positions(_ tree: JSONModel?) -> [SourcePosition] {
        guard case .array(let elements) = tree else { return [] }
        let positions = elements.compactMap { element -> SourcePosition? in
            guard let topic = element["topic"]?.string, let partition = element["partition"]?.integer else {
                return nil
            }
            let time = element["timestamp"]?.integer.flatMap { 0...(1 << 53) ~= $0 ? $0 : nil }
            let offset = element["offset"]?.integer
            if time == nil && offset == nil { return nil }
            return SourcePosition(topic: topic, partition: partition, timestampMilliseconds: time, offset: offset)
        }
        return positions.count == elements.count ? positions : []
    }
}
