import Foundation
import Testing

@testable import Generator

struct SimulatedStreamTests {
    @Test func sameSeedGivesTheSameBytes() {
        let first = SimulatedStream.make { $0.seed = 7 }.bytes(as: .events, from: 0, upTo: 2000)
        let second = SimulatedStream.make { $0.seed = 7 }.bytes(as: .events, from: 0, upTo: 2000)
        #expect(first == second)
    }

    @Test func anotherSeedGivesAnotherStream() throws {
        let first = SimulatedStream.make { $0.seed = 7 }.lines(500)
        let second = SimulatedStream.make { $0.seed = 8 }.lines(500)
        #expect(Set(first).isDisjoint(with: second))
    }

    @Test(arguments: [0, 1, 63, 64, 65, 999, 1999])
    func anEventIsTheSameWhereverOneBegins(index: Int) {
        let stream = SimulatedStream.make()
        let all = stream.lines(2000)
        #expect(stream.bytes(as: .lines, from: index, upTo: index + 1) == Array(all[index]) + [UInt8(ascii: "\n")])
    }

    @Test(arguments: [1, 100, 5000, 1_000_000])
    func thePiecesMakeNoDifference(piece: Int) {
        let stream = SimulatedStream.make { $0.canaryEvery = 10 }
        let whole = stream.bytes(as: .events, from: 0, upTo: 300)
        #expect(stream.bytes(as: .events, from: 0, upTo: 300, piece: piece) == whole)
    }

    @Test func farEventsAreMadeLikeNearOnes() throws {
        let bytes = SimulatedStream.make().bytes(as: .lines, from: 10_000_000_000, upTo: 10_000_000_100)
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            _ = try JSONSerialization.jsonObject(with: Data(line))
        }
    }

    @Test func canariesAndBrokenFramesComeBesidesTheEvents() {
        let plain = SimulatedStream.make()
        let stream = SimulatedStream.make {
            $0.canaryEvery = 10
            $0.malformedEvery = 7
        }
        let frames = Frame.parse(stream.bytes(as: .events, from: 0, upTo: 700))
        let canaries = frames.filter { $0.member("domain") == "canary" }
        let broken = frames.filter { (try? JSONSerialization.jsonObject(with: Data($0.data))) == nil }
        let events = frames.filter { !canaries.contains($0) && !broken.contains($0) }
        #expect(canaries.count == 70)
        #expect(broken.count == 100)
        #expect(events.map { Data($0.data) } == plain.lines(700))
        #expect(frames.allSatisfy { ResumePoint(lastEventID: $0.id) != nil })
        #expect(Set(canaries.map { $0.member("topic") }).count == 2)
    }

    @Test func hugeEventsAreValidAndHuge() throws {
        let lines = SimulatedStream.make { $0.hugeEvery = 50 }.lines(200)
        let huge = lines.filter { $0.count > 200_000 }
        #expect(huge.count == 4)
        #expect(huge.allSatisfy { $0.count < 1_500_000 })
        for line in huge { _ = try JSONSerialization.jsonObject(with: line) }
    }
}
