import Stats
import TestSupport
import Testing
import Wikimedia

/// The contract of ``StatsStore``, for every implementation of it.
@Suite(.timeLimit(.minutes(1)))
struct StatsStoreTests {
    @Test(arguments: StoreUnderTest.all)
    func whereNothingWasRecordedEverythingIsZero(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            let snapshot = try await store.snapshot()

            #expect(snapshot == StatsSnapshot())
            #expect(
                snapshot.messages == 0 && snapshot.distinctUsers == 0 && snapshot.bots == 0 && snapshot.nonBots == 0)
            #expect(snapshot.byServerURL.isEmpty && snapshot.byServerName.isEmpty)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func eachChangeIsCountedOnce(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            try await store.record(.make(user: "Mira", site: "als.wikipedia.org"))
            try await store.record(.make(user: "Bot", isBot: true, site: "www.wikidata.org"))
            try await store.record(.make(user: "Mira", site: "www.wikidata.org"))

            let snapshot = try await store.snapshot()

            #expect(snapshot.messages == 3)
            #expect(snapshot.distinctUsers == 2)
            #expect(snapshot.bots == 1)
            #expect(snapshot.nonBots == 2)
            #expect(snapshot.byServerURL == ["https://als.wikipedia.org": 1, "https://www.wikidata.org": 2])
            #expect(snapshot.byServerName == ["als.wikipedia.org": 1, "www.wikidata.org": 2])
        }
    }

    /// Whoever records takes care that a change comes once; the store cannot know.
    @Test(arguments: StoreUnderTest.all)
    func theSameChangeRecordedTwiceCountsTwice(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            for _ in 0..<2 { try await store.record(.make()) }

            #expect(try await store.snapshot().messages == 2)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func whatIsRecordedIsInTheNextSnapshot(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            for count in 1...100 {
                try await store.record(.make(user: "\(count)"))

                let snapshot = try await store.snapshot()
                #expect(snapshot.messages == count && snapshot.distinctUsers == count)
            }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func aSnapshotStaysAsItWas(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            try await store.record(.make(site: "als.wikipedia.org"))
            let before = try await store.snapshot()
            let copy = before

            try await store.record(.make(user: "Other", site: "de.wikipedia.org"))

            #expect(before == copy)
            #expect(try await store.snapshot().messages == 2)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func theVersionGrowsWithEachChangeAndNotOtherwise(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            var last = try await store.snapshot()
            for _ in 0..<10 {
                #expect(try await store.snapshot().version == last.version)
                try await store.record(.make())

                let snapshot = try await store.snapshot()
                #expect(snapshot.version > last.version)
                last = snapshot
            }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func usersAreToldApartByTheirWholeName(_ subject: StoreUnderTest) async throws {
        let users = [
            "Mira", "mira", "Mira ", "Мира", "美羅", "~2026-12881-95", "192.0.2.1", "2001:DB8::1", "", "Miras", "a\0b",
            "a",
            String(repeating: "x", count: 255), String(repeating: "x", count: 254) + "y", "🧀", "👩‍🔬",
        ]
        try await subject.withStore { store in
            for user in users + users.reversed() { try await store.record(.make(user: user)) }

            #expect(try await store.snapshot().distinctUsers == users.count)
        }
    }

    /// Whether a change is a bot's is said by the change: a name may make both kinds.
    @Test(arguments: StoreUnderTest.all)
    func aUserWhoIsSometimesABotIsOneUser(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            try await store.record(.make(user: "Mira", isBot: true))
            try await store.record(.make(user: "Mira", isBot: false))

            let snapshot = try await store.snapshot()
            #expect(snapshot.distinctUsers == 1 && snapshot.bots == 1 && snapshot.nonBots == 1)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func addressAndNameOfASiteAreCountedApart(_ subject: StoreUnderTest) async throws {
        try await subject.withStore { store in
            try await store.record(.make(serverURL: "https://a.org", serverName: "a.org"))
            try await store.record(.make(serverURL: "http://a.org", serverName: "a.org"))
            try await store.record(.make(serverURL: "", serverName: ""))

            let snapshot = try await store.snapshot()
            #expect(snapshot.byServerURL == ["https://a.org": 1, "http://a.org": 1, "": 1])
            #expect(snapshot.byServerName == ["a.org": 2, "": 1])
        }
    }

    @Test(arguments: StoreUnderTest.all, 0..<3)
    func theCountsAreThoseOfAPlainSum(_ subject: StoreUnderTest, seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let changes = (0..<2000).map { _ in RecentChange.random(&random) }
        try await subject.withStore { store in
            for change in changes { try await store.record(change) }

            #expect(try await store.snapshot() == StatsSnapshot(adding: changes))
        }
    }
}
