import HTTP
import HTTPTestSupport
import Locking
import Logging
import Stats
import TestSupport
import Testing
import Wikimedia

@testable import App

/// The answer of `/stats` is built once for each version of the counts, and not sent to those who have it.
@Suite(.timeLimit(.minutes(1)))
struct StatsAnswerTests {
    // MARK: Over HTTP

    @Test func aClientThatHasTheAnswerIsToldSo() async throws {
        try await Self.withStats { client, _ in
            let whole = try await client.getSignedIn("/stats")
            let tag = try #require(whole["ETag"])

            let response = try await client.get("/stats", ifNoneMatch: tag)

            #expect(response.status == 304 && response.reason == "Not Modified")
            #expect(response["ETag"] == tag && response["Cache-Control"] == whole["Cache-Control"])
            #expect(response["Content-Length"] == nil && response["Transfer-Encoding"] == nil)
            #expect(response["Content-Type"] == nil)
            // There was no body that the next answer would begin with.
            #expect(try await client.getSignedIn("/stats").body == whole.body)
        }
    }

    /// Strong: nothing else stands before the quote.
    @Test func theTagIsStrongAndTheAnswerIsTheClientsAlone() async throws {
        try await Self.withStats { client, _ in
            let response = try await client.getSignedIn("/stats")

            #expect(response["ETag"]?.wholeMatch(of: /"[0-9a-z]+-[0-9]+"/) != nil)
            #expect(response["Cache-Control"] == "private, no-cache")
        }
    }

    @Test func aChangeMakesAnotherAnswerWithAnotherTag() async throws {
        try await Self.withStats { client, store in
            let before = try await client.getSignedIn("/stats")
            let tag = try #require(before["ETag"])
            store.record(.make(site: "de.wikipedia.org"))

            let after = try await client.get("/stats", ifNoneMatch: tag)

            #expect(after.status == 200)
            #expect(after["ETag"] != tag && after.body != before.body)
            #expect(try Totals.decode(after.body).messages == 2)
        }
    }

    @Test(arguments: [
        ("*", 304), ("W/TAG", 304), (#""another", TAG"#, 304), (#""a,b",W/TAG , "c""#, 304),
        (#""another""#, 200), (#"W/"another""#, 200), ("", 200), ("TAG x", 200), ("another", 200),
    ])
    func ifNoneMatchIsReadInAllItsForms(value: String, status: Int) async throws {
        try await Self.withStats { client, _ in
            let tag = try #require(try await client.getSignedIn("/stats")["ETag"])

            let response = try await client.get("/stats", ifNoneMatch: value.replacing("TAG", with: tag))

            #expect(response.status == status)
            #expect(response["ETag"] == tag)
            #expect(response.body.isEmpty == (status == 304))
        }
    }

    @Test func toHEADThereAreTheSameFields() async throws {
        try await Self.withStats { client, _ in
            let whole = try await client.getSignedIn("/stats")
            let tag = try #require(whole["ETag"])
            let names = ["Content-Type", "Content-Length", "ETag", "Cache-Control"]

            try await client.send("HEAD /stats HTTP/1.1\r\nHost: a\r\n\(SignIn.field())\r\n")
            let head = try await client.response(isToHEAD: true)
            try await client.send("HEAD /stats HTTP/1.1\r\nHost: a\r\n\(SignIn.field())If-None-Match: \(tag)\r\n\r\n")
            let notModified = try await client.response(isToHEAD: true)

            #expect(head.status == 200 && names.map { head[$0] } == names.map { whole[$0] })
            #expect(notModified.status == 304 && notModified["ETag"] == tag)
            #expect(try await client.getSignedIn("/stats").body == whole.body)
        }
    }

    /// What a client has of one process is not taken for what another one says, although both have counted as many.
    @Test func twoProcessesHaveDifferentTags() {
        let snapshot = StatsSnapshot()

        #expect(StatsAnswers().answer(for: snapshot).tag != StatsAnswers().answer(for: snapshot).tag)
    }

    @Test func oneTagIsOneBodyWhileChangesPourIn() async throws {
        let count = 5_000
        let bodies = Locked<[String: [UInt8]]>([:])
        try await Self.withServer { server, store in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for number in 1..<count {
                        store.record(.make(site: "\(number % 50).wikipedia.org"))
                        if number.isMultiple(of: 10) { await Task.yield() }
                    }
                }
                for _ in 0..<4 {
                    group.addTask {
                        let client = try await server.connect()
                        var (tag, messages) = ("", 0)
                        while messages < count {
                            let response = try await client.get("/stats", ifNoneMatch: tag)
                            if response.status == 304 { continue }
                            tag = try #require(response["ETag"])
                            let totals = try Totals.decode(response.body)
                            try #require(totals.messages > messages)
                            messages = totals.messages
                            try #require(totals.byServerName.values.reduce(0, +) == messages)
                            let known = bodies.withLock { [tag] bodies in
                                defer { bodies[tag] = response.body }
                                return bodies[tag]
                            }
                            try #require(known == nil || known == response.body)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let all = bodies.withLock { $0 }
        #expect(Set(all.values).count == all.count)
    }

    // MARK: How often it is built

    @Test func theSameVersionIsBuiltOnce() async throws {
        let store = InMemoryStatsStore()
        store.record(.make(site: "a"))
        let answers = StatsAnswers()

        let all = try await withThrowingTaskGroup { group in
            for _ in 0..<64 { group.addTask { answers.answer(for: store.snapshot()) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(all.count == 64 && Self.buildCount(all) == 1)
    }

    @Test func eachVersionIsBuiltAgain() {
        let store = InMemoryStatsStore()
        let answers = StatsAnswers()

        let all = (0..<10).flatMap { _ in
            store.record(.make(site: "a"))
            return [answers.answer(for: store.snapshot()), answers.answer(for: store.snapshot())]
        }

        #expect(Self.buildCount(all) == 10)
        #expect(Set(all.map(\.tag.text)).count == 10)
    }

    /// It was current when they asked, and so is the later one.
    @Test func whoComesWithAnOlderSnapshotGetsTheLaterAnswer() throws {
        let store = InMemoryStatsStore()
        let answers = StatsAnswers()
        let older = store.snapshot()
        store.record(.make(site: "a"))

        let later = answers.answer(for: store.snapshot())

        #expect(Self.buildCount([later, answers.answer(for: older)]) == 1)
    }

    /// Answers with the same memory have been built together; those that are compared all live, so none can reuse it.
    private static func buildCount(_ answers: [StatsAnswers.Answer]) -> Int {
        let addresses = answers.map { answer in
            guard case .bytes(let bytes) = answer.whole.body else { return UnsafeRawPointer?.none }
            return bytes.withUnsafeBytes { $0.baseAddress }
        }
        return Set(addresses).count
    }

    // MARK: Fixtures

    /// One change has been counted.
    private static func withServer(_ body: (TestServer, InMemoryStatsStore) async throws -> Void) async throws {
        let store = InMemoryStatsStore()
        store.record(.make(site: "als.wikipedia.org"))
        var router = Router(logger: Logger(destination: RecordedLog()))
        router.addStats(store, for: SignIn.authentication)
        try await HTTPTestSupport.withServer(handler: router.respond) { try await body($0, store) }
    }

    private static func withStats(_ body: (TestClient, InMemoryStatsStore) async throws -> Void) async throws {
        try await withServer { try await body($0.connect(), $1) }
    }
}

extension TestClient {
    fileprivate func get(_ path: String, ifNoneMatch value: String) async throws -> TestResponse {
        try await send("GET \(path) HTTP/1.1\r\nHost: test\r\n\(SignIn.field())If-None-Match: \(value)\r\n\r\n")
        return try await response()
    }
}
