import Configuration
import EventSource
import HTTP
import HTTPTestSupport
import Locking
import Logging
import ScriptedServer
import Stats
import TestSupport
import Testing
import Wikimedia

@testable import App

@Suite(.timeLimit(.minutes(1)))
struct StatsRouteTests {
    @Test func whatTheStreamHasBroughtIsCounted() async throws {
        let server = ScriptedServer([
            .stream(
                frame(1, changeJSON(1, domain: "de.wikipedia.org", user: "Mira")),
                frame(2, changeJSON(2, domain: "www.wikidata.org", user: "Robot", isBot: true)),
                frame(3, canaryJSON(3)),
                frame(4, "{"), frame(5, changeJSON(5, domain: "www.wikidata.org", user: "Mira"))),
            [.receiveRequest, .waitForClient],
        ])
        let configuration = try AppConfiguration(environment: [
            "PORT": "0", "WIKIPEDIA_STREAM_URL": server.url(), "JWT_SECRET": SignIn.secret,
        ])
        let application = try Application(configuration: configuration, logger: Logger(destination: RecordedLog()))
        async let running: Void = application.run()
        // It asks for more when it has dealt with all that it had.
        for _ in 1...2 { _ = await server.observeRequest() }

        let response = try await TestClient.connect(port: application.port).getSignedIn("/stats")
        application.shutdown()
        try await running

        #expect(response.status == 200)
        #expect(response["Content-Type"] == "application/json")
        let expected =
            #"{"messages":3,"distinct_users":2,"bots":1,"non_bots":2,"#
            + #""by_server_url":{"https://www.wikidata.org":2,"https://de.wikipedia.org":1},"#
            + #""by_server_name":{"www.wikidata.org":2,"de.wikipedia.org":1}}"#
        #expect(response.text == expected)
    }

    @Test func atFirstEverythingIsZero() async throws {
        try await Self.withStats { server in
            let response = try await server.connect().getSignedIn("/stats")

            #expect(
                response.text
                    == #"{"messages":0,"distinct_users":0,"bots":0,"non_bots":0,"by_server_url":{},"by_server_name":{}}"#
            )
        }
    }

    @Test func theLargestCountComesFirstAndOfEqualOnesTheFirstByName() async throws {
        let store = InMemoryStatsStore()
        for site in ["b", "c", "a", "d", "d", "ä", "\"", "d", "c"] { store.record(.make(site: site)) }
        try await Self.withStats(store) { server in
            let text = try await server.connect().getSignedIn("/stats").text

            #expect(text.hasSuffix(#""by_server_name":{"d":3,"c":2,"\"":1,"a":1,"b":1,"ä":1}}"#))
        }
    }

    @Test func theSameCountsGiveTheSameBytes() async throws {
        let sites = (0..<500).map { "\($0).wikipedia.org" }
        let answers = try await [sites, sites.reversed(), sites.shuffled()].asyncMap { sites in
            let store = InMemoryStatsStore()
            for site in sites { store.record(.make(site: site)) }
            let answer = Locked("")
            try await Self.withStats(store) { server in
                let text = try await server.connect().getSignedIn("/stats").text
                answer.withLock { $0 = text }
            }
            return answer.withLock { $0 }
        }

        #expect(Set(answers).count == 1)
    }

    @Test func toHEADThereIsTheHeadAlone() async throws {
        try await Self.withStats { server in
            let client = try await server.connect()
            let length = try await client.getSignedIn("/stats").body.count

            try await client.send("HEAD /stats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(SignIn.field())\r\n")

            let response = try await client.response(isToHEAD: true)
            #expect(response.status == 200)
            #expect(response["Content-Length"] == "\(length)")
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE"])
    func otherMethodsAre405(_ method: String) async throws {
        try await Self.withStats { server in
            let client = try await server.connect()

            try await client.send("\(method) /stats HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")

            let response = try await client.response()
            #expect(response.status == 405)
            #expect(response["Allow"] == "GET, HEAD, OPTIONS")
            #expect(response["Content-Type"] == "application/problem+json")
        }
    }

    @Test func aStoreThatFailsIs500AndTellsTheClientNothing() async throws {
        try await Self.withStats(FailingStore()) { server in
            let response = try await server.connect().getSignedIn("/stats")

            #expect(response.status == 500)
            #expect(!response.text.contains("secret"))
        }
    }

    @Test func aStoreThatIsStillReadingIs503AndNoErrorInTheLog() async throws {
        let log = RecordedLog()
        try await Self.withStats(ReadingStore(), log: log) { server in
            let response = try await server.connect().getSignedIn("/stats")

            #expect(response.status == 503)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response["Retry-After"] == "1")
        }
        #expect(!log.contains(#""level":"error""#))
    }

    @Test func everyAnswerAddsUpWhileChangesPourIn() async throws {
        let store = InMemoryStatsStore()
        let count = 20_000
        let recording = Task.detached {
            for number in 0..<count {
                store.record(
                    .make(user: "\(number % 99)", isBot: number % 3 == 0, site: "\(number % 10).wikipedia.org"))
                if number.isMultiple(of: 10) { await Task.yield() }
            }
        }
        try await Self.withStats(store) { server in
            let client = try await server.connect()
            var totals = Totals()
            while totals.messages < count {
                let next = try Totals.decode(await client.getSignedIn("/stats").body)
                try #require(next.messages >= totals.messages)
                totals = next
                try #require(totals.bots + totals.nonBots == totals.messages)
                try #require(totals.byServerURL.values.reduce(0, +) == totals.messages)
                try #require(totals.byServerName.values.reduce(0, +) == totals.messages)
            }
            #expect(totals.distinctUsers == 99)
            #expect(totals.bots == (count + 2) / 3)
        }
        await recording.value
    }

    // MARK: Fixtures

    private static func withStats(
        _ store: some StatsStore = InMemoryStatsStore(), log: RecordedLog = RecordedLog(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        var router = Router(logger: Logger(destination: log))
        router.addStats(store, for: SignIn.authentication)
        try await withServer(handler: router.respond, body)
    }

    private struct ReadingStore: StatsStore {
        func resume() -> StreamPosition { StreamPosition() }
        func record(_ change: RecentChange, at positions: [SourcePosition]?) {}
        func snapshot() throws -> StatsSnapshot { throw StatsUnavailable() }
    }

    private struct FailingStore: StatsStore {
        struct Failure: Error {
            let text = "a secret"
        }

        func resume() throws -> StreamPosition { throw Failure() }
        func record(_ change: RecentChange, at positions: [SourcePosition]?) throws { throw Failure() }
        func snapshot() throws -> StatsSnapshot { throw Failure() }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}

extension RecentChange {
    static func make(user: String = "Mira", isBot: Bool = false, site: String) -> RecentChange {
        RecentChange(
            identity: EventIdentity(id: EventID("an id"), topic: nil, timestampMilliseconds: nil), domain: site,
            serverURL: "https://\(site)", serverName: site, user: user, isBot: isBot)
    }
}
