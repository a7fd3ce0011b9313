import Foundation
import Testing

@testable import Generator

struct ExpectedTests {
    @Test func theTotalsAreThoseOfCountingTheEvents() throws {
        let stream = SimulatedStream.make()
        let events = try stream.parsed(8000)
        func counts(_ name: String) -> [String: Int] {
            events.reduce(into: [:]) { $0[$1[name] as? String ?? "", default: 0] += 1 }
        }
        let expected = Expected(firstEvents: events.count, of: stream)
        #expect(expected.messages == events.count)
        #expect(expected.bots == events.count { $0["bot"] as? Bool == true })
        #expect(expected.bots + expected.nonBots == expected.messages)
        #expect(expected.bySite == counts("server_name"))
        #expect(expected.byUser == counts("user"))
        #expect(expected.byType == counts("type"))
        #expect(expected.distinctUsers == Set(counts("user").keys).count)
    }

    @Test(arguments: [0, 1, 9, 10, 11, 250])
    func framesThatAreNoEventsAreCountedApart(count: Int) {
        let stream = SimulatedStream.make {
            $0.canaryEvery = 10
            $0.malformedEvery = 5
        }
        let expected = Expected(firstEvents: count, of: stream)
        let frames = Frame.parse(stream.bytes(as: .events, from: 0, upTo: count))
        #expect(expected.canaries == frames.count { $0.member("domain") == "canary" })
        #expect(frames.count == expected.messages + expected.canaries + expected.malformed)
    }
}
