import Foundation
import Generator
import HTTPTestSupport
import Testing

@testable import Simulator

/// What the switches do to a response while it is sent.
struct StreamSessionTests {
    @Test func afterTheLastEventTheConnectionStaysOpen() async throws {
        try await withSimulator(["--total", "3", "--keep-alive-seconds", "0.05", "--disconnect-every-seconds", "0.5"]) {
            port in
            let response = try await get(port: port)

            #expect(response.eventIDs.count == 3)
            #expect(response.text.hasSuffix("\n\n:\n\n:\n\n"))
        }
    }

    @Test func inTheMiddleOfAFrame() async throws {
        let switches = ["--total", "1000", "--disconnect-every-events", "7", "--disconnect-in-frame"]
        try await withSimulator(switches) { port in
            let response = try await get(port: port)

            #expect(response.eventIDs.count == 7)
            let rest = try #require(response.text.components(separatedBy: "\n\n").last)
            #expect(rest.hasPrefix("event: message\nid: ["))
            #expect(rest.contains("\ndata: {"))
        }
    }

    @Test func withoutTheLastChunk() async throws {
        let switches = ["--total", "1000", "--disconnect-every-events", "7", "--disconnect-abruptly"]
        try await withSimulator(switches) { port in
            let client = try await TestClient.connect(port: port)
            try await client.sendGet()
            let text = try await client.receiveToEnd()

            #expect(text.components(separatedBy: "event: message").count == 8)
            #expect(!text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func afterATime() async throws {
        try await withSimulator(["--rate", "100", "--disconnect-every-seconds", "0.3"]) { port in
            let clock = ContinuousClock()
            let start = clock.now
            let response = try await get(port: port)

            #expect(clock.now - start >= .milliseconds(300))
            #expect(!response.eventIDs.isEmpty)
        }
    }

    @Test func theRateIsOneForAllClients() async throws {
        // The second client comes later, gets at once what the first has had, and then goes on with it.
        try await withSimulator(["--total", "10000", "--rate", "200", "--disconnect-every-events", "60"]) { port in
            let clock = ContinuousClock()
            let start = clock.now
            let first = try await get(port: port)
            let half = clock.now
            let second = try await get(port: port)

            #expect(half - start >= .milliseconds(250))
            #expect(clock.now - half < half - start)
            #expect(first.metaIDs == second.metaIDs)
        }
    }

    @Test func theRateWaitsForReaders() {
        let head = StreamHead(end: 1000, rate: 100, backlogMax: 30)
        let start = ContinuousClock.now
        head.reach(0, at: start)

        #expect(head.index(at: start + .milliseconds(200)) == 20)
        #expect(head.index(at: start + .seconds(5)) == 30)
        // Who reads finds no more waiting than that, and then the usual rate.
        head.reach(30, at: start + .seconds(5))
        #expect(head.index(at: start + .seconds(5)) == 30)
        #expect(head.index(at: start + .milliseconds(5100)) == 40)
        // A client that goes back changes nothing.
        head.reach(3, at: start + .milliseconds(5100))
        #expect(head.index(at: start + .milliseconds(5200)) == 50)
        #expect(head.index(at: start + .seconds(60)) == 60)
    }

    @Test func aClientThatIsAheadTakesTheStreamWithIt() {
        let head = StreamHead(end: 1000, rate: 100, backlogMax: 30)
        let start = ContinuousClock.now
        head.reach(500, at: start)

        #expect(head.index(at: start + .milliseconds(100)) == 510)
        #expect(head.index(at: start + .seconds(60)) == 530)
    }

    @Test func nothingIsSentInASilence() async throws {
        let switches = [
            "--total", "20", "--silence-every-events", "10", "--silence-seconds", "0.4", "--keep-alive-seconds", "0.05",
            "--disconnect-every-events", "20",
        ]
        try await withSimulator(switches) { port in
            let clock = ContinuousClock()
            let start = clock.now
            let response = try await get(port: port)

            #expect(clock.now - start >= .milliseconds(400))
            #expect(response.eventIDs.count == 20)
            #expect(!response.text.contains("\n:\n"))
        }
    }

    @Test func theRetryFieldComesFirst() async throws {
        try await withSimulator(["--total", "5", "--retry", "20", "--disconnect-every-events", "5"]) { port in
            let response = try await get(port: port)

            #expect(response.text.hasPrefix(":ok\n\nretry: 20\n\nevent: "))
        }
    }

    @Test func hugeEventsArriveWhole() async throws {
        try await withSimulator(["--total", "20", "--huge-every", "10", "--disconnect-every-events", "20"]) { port in
            let response = try await get(port: port)

            #expect(response.metaIDs.count == 20)
            #expect(response.body.count > 400_000)
        }
    }

    @Test func aClientThatDoesNotReadStopsNobodyElse() async throws {
        let client = try await withSimulator(["--total", "100000"]) { port in
            let client = try await TestClient.connect(port: port, receiveBufferBytes: 16 * 1024)
            try await client.sendGet()
            #expect(try await client.canReceive(withinMilliseconds: 5000))

            #expect(try await get("/status", port: port).text == #"{"status":"ok","streams":1}"#)
            return client
        }
        // And it does not keep the simulator from ending, which it has here.
        client.disconnect()
    }

    @Test func carefulClientsLoseNothingOverDisconnects() async throws {
        let switches = [
            "--total", "3000", "--events-per-stream-second", "1", "--step-back-every", "50", "--topic-stretch", "300",
            "--canary-every", "40", "--disconnect-every-events", "400", "--disconnect-every-seconds", "1",
            "--disconnect-in-frame",
        ]
        try await withSimulator(switches) { port in
            // Both topics, from a minute before the newest event: that is more than the latest is late.
            var seen: Set<String> = []
            var newest = 1_767_225_600_000
            for _ in 0..<100 where seen.count < 3000 {
                let place = "\"partition\":0,\"timestamp\":\(newest - 60_000)}"
                let id = ["eqiad", "codfw"].map { "{\"topic\":\"\($0).mediawiki.recentchange\",\(place)" }.joined(
                    separator: ",")
                let response = try await get(TestClient.streamPath, ["Last-Event-ID: [\(id)]"], port: port)
                seen.formUnion(response.metaIDs)
                for id in response.eventIDs {
                    for match in id.matches(of: /"timestamp":(\d+)/) { newest = max(newest, Int(match.output.1) ?? 0) }
                }
            }
            #expect(seen.count == 3000)
        }
    }
}

struct SimulatorConfigurationTests {
    @Test func switchesHaveValuesOrNone() throws {
        let configuration = try SimulatorConfiguration(
            arguments: ["--rate", "40", "--seed=7", "--disconnect-in-frame", "--silence-seconds", "1.5"])

        #expect(configuration.rate == 40)
        #expect(configuration.stream.seed == 7)
        #expect(configuration.stream.eventsPerSecond == 40)
        #expect(configuration.session.disconnectsInFrame && !configuration.session.disconnectsAbruptly)
        #expect(configuration.session.silence == .milliseconds(1500))
    }

    @Test(arguments: [["--speed", "3"], ["--rate"], ["--rate", "fast"], ["--fail-status", "500"], ["rate", "3"]])
    func otherWordsAreRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try SimulatorConfiguration(arguments: arguments) }
    }

    @Test func helpListsEverySwitch() {
        for name in Switches.names { #expect(SimulatorConfiguration.usage.contains("  \(name) ")) }
    }
}
