import Foundation
import HTTPTestSupport
import Testing

@testable import Simulator

struct StreamRouteTests {
    @Test func theBodyOpensWithOKAndEventsFollow() async throws {
        try await withSimulator(["--total", "1000", "--disconnect-every-events", "10"]) { port in
            let response = try await get(port: port)

            #expect(response.status == 200)
            #expect(response["Content-Type"] == "text/event-stream; charset=utf-8")
            #expect(response.text.hasPrefix(":ok\n\nevent: message\nid: [{\"topic\":\"eqiad.mediawiki.recentchange\""))
            #expect(response.text.hasSuffix("\"}\n\n"))
            #expect(response.eventIDs.count == 10)
        }
    }

    @Test func whoAcceptsJSONGetsOneValueALine() async throws {
        try await withSimulator(["--total", "1000", "--disconnect-every-events", "10"]) { port in
            let response = try await get(TestClient.streamPath, ["Accept: application/json"], port: port)

            #expect(response["Content-Type"] == "application/json")
            let lines = response.text.split(separator: "\n")
            #expect(lines.count == 10)
            for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test(arguments: ["", "User-Agent:\r\n", "User-Agent:  \r\n"])
    func whoDoesNotSayWhoTheyAreGets403(field: String) async throws {
        try await withSimulator([]) { port in
            let client = try await TestClient.connect(port: port)
            try await client.send("GET \(TestClient.streamPath) HTTP/1.1\r\nHost: test\r\n\(field)\r\n")

            #expect(try await client.response().status == 403)
        }
    }

    @Test(arguments: [
        (TestClient.streamPath, "Last-Event-ID: x"),
        (TestClient.streamPath + "?since=yesterday", "Accept: text/event-stream"),
    ])
    func whatIsNoPlaceIs400(path: String, field: String) async throws {
        try await withSimulator(["--total", "10"]) { port in
            let response = try await get(path, [field], port: port)

            #expect(response.status == 400)
        }
    }

    @Test func clientsResumeAtTheirLastEvent() async throws {
        try await withSimulator(["--total", "1000", "--step-back-every", "0", "--disconnect-every-events", "200"]) {
            port in
            let first = try await get(port: port)
            let id = try #require(first.eventIDs.dropLast(100).last)
            let second = try await get(TestClient.streamPath, ["Last-Event-ID: \(id)"], port: port)

            // Those with the same timestamp are left out, a few that were late come again.
            let place = try #require(first.metaIDs.firstIndex(of: second.metaIDs[0]))
            #expect(100...108 ~= place)
            #expect(Array(second.metaIDs.prefix(200 - place)) == Array(first.metaIDs[place...]))
        }
    }

    @Test func theHeaderWinsOverSince() async throws {
        try await withSimulator(["--total", "1000", "--disconnect-every-events", "5"]) { port in
            let id =
                #"Last-Event-ID: [{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1767225600000}]"#
            let both = try await get("\(TestClient.streamPath)?since=2026-01-01T00%3A00%3A10Z", [id], port: port)
            let since = try await get("\(TestClient.streamPath)?since=2026-01-01T00%3A00%3A10Z", port: port)
            let start = try await get("\(TestClient.streamPath)?since=0", port: port)

            #expect(both.text.contains("\"dt\":\"2026-01-01T00:00:00"))
            #expect(since.text.contains("\"dt\":\"2026-01-01T00:00:10"))
            #expect(start.metaIDs == (try await get(port: port)).metaIDs)
        }
    }

    @Test func anEndlessStreamBeginsNow() async throws {
        try await withSimulator(["--rate", "200", "--disconnect-every-events", "20"]) { port in
            let response = try await get(port: port)

            let text = try #require(response.text.firstMatch(of: /"timestamp":(\d{13})/)?.output.1)
            let lag = Date().timeIntervalSince1970 - (Double(text) ?? 0) / 1000
            #expect(-2..<10 ~= lag)
        }
    }

    @Test func everySoManyRequestsFail() async throws {
        for (status, hasRetryAfter) in [(403, false), (429, true), (503, true)] {
            let switches = [
                "--total", "10", "--disconnect-every-events", "10", "--fail-every", "2", "--retry-after-seconds", "7",
            ]
            try await withSimulator(switches + ["--fail-status", "\(status)"]) { port in
                var responses: [TestResponse] = []
                for _ in 0..<4 { responses.append(try await get(port: port)) }

                #expect(responses.map(\.status) == [200, status, 200, status])
                #expect(responses[1]["Retry-After"] == (hasRetryAfter ? "7" : nil))
            }
        }
    }

    @Test func anAddressHasSoManyStreamsAtOnce() async throws {
        try await withSimulator(["--total", "10", "--connections-per-client", "1"]) { port in
            let client = try await TestClient.connect(port: port)
            try await client.sendGet()
            #expect(try await client.canReceive(withinMilliseconds: 5000))

            #expect(try await get(port: port).status == 429)
            #expect(try await get("/status", port: port).text == #"{"status":"ok","streams":1}"#)
            // Who only asks with HEAD takes no stream.
            let other = try await TestClient.connect(port: port, source: "127.0.0.2")
            for _ in 0..<2 {
                try await other.send("HEAD \(TestClient.streamPath) HTTP/1.1\r\nHost: test\r\nUser-Agent: t\r\n\r\n")
                #expect(try await other.response(isToHEAD: true).status == 200)
            }
        }
    }
}

struct ExpectedRouteTests {
    @Test func theTotalsAreThoseOfWhatIsSent() async throws {
        let switches = [
            "--total", "500", "--canary-every", "10", "--malformed-every", "7", "--disconnect-every-events", "500",
        ]
        try await withSimulator(switches) { port in
            let expected = try await json("/expected?by_user=all", port: port)
            let lines = try await get(TestClient.streamPath, ["Accept: application/json"], port: port)
                .text.split(separator: "\n")
            let values = lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
                .filter { $0["$schema"] != nil }
            let events = values.filter { $0["type"] != nil }

            #expect(expected["messages"] as? Int == 500 && events.count == 500)
            #expect(expected["canaries"] as? Int == 50 && values.count == 550)
            #expect(expected["malformed"] as? Int == 71)
            #expect(expected["bots"] as? Int == events.count { $0["bot"] as? Bool == true })
            #expect(expected["non_bots"] as? Int == events.count { $0["bot"] as? Bool == false })
            #expect(expected["distinct_users"] as? Int == Set(events.compactMap { $0["user"] as? String }).count)
            for (name, member) in [
                ("by_server_url", "server_url"), ("by_server_name", "server_name"), ("by_type", "type"),
                ("by_user", "user"),
            ] {
                let counts = Dictionary(
                    events.compactMap { $0[member] as? String }.map { ($0, 1) }, uniquingKeysWith: +)
                #expect(expected[name] as? [String: Int] == counts, "\(name)")
            }
        }
    }

    @Test func usersAreToldOnRequestOnly() async throws {
        try await withSimulator(["--total", "10"]) { port in
            let expected = try await json("/expected", port: port)

            #expect(expected["by_user"] == nil)
        }
    }

    @Test func anEndlessStreamHasNone() async throws {
        try await withSimulator([]) { port in
            let response = try await get("/expected", port: port)

            #expect(response.status == 404)
        }
    }

    private func json(_ path: String, port: Int) async throws -> [String: Any] {
        let response = try await get(path, port: port)
        return try #require(JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    }
}
