import HTTP
import HTTPTestSupport
import Locking
import TestSupport
import Testing

/// Streams whose client is slow or gone, whose producer fails, and whose server shuts down.
@Suite(.timeLimit(.minutes(1)))
struct StreamBodyEndTests {
    // MARK: Back-pressure

    /// If nothing made the producer wait, it would be at its end before its loop serves anyone else.
    @Test func aClientThatDoesNotReadMakesTheProducerWaitAndNobodyElse() async throws {
        let (piece, pieceCount) = ([UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1024), 1000)
        let written = Locked(0)
        let begun = Gate()
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
            guard request.path == "/stream" else { return echo(request) }
            return await streaming { writer in
                for _ in 0..<pieceCount {
                    try await writer.write(piece)
                    written.withLock { $0 += 1 }
                    begun.open()
                }
            }(request)
        }
        try await withServer(loopCount: 1, handler: handler) { server in
            let slow = try await server.connect(receiveBufferBytes: 16 * 1024)
            try await slow.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            let other = try await server.connect()
            for index in 0..<100 { #expect(try await other.get("/\(index)").text == "GET /\(index)") }
            // What the kernel keeps, some megabytes at most, is not waited for.
            #expect(written.withLock { $0 } < pieceCount / 2)

            #expect(try await slow.response().body.count == pieceCount * piece.count)
            #expect(written.withLock { $0 } == pieceCount)
        }
    }

    @Test func aClientThatReadsNothingForLongIsGivenUp() async throws {
        let failed = Gate()
        let handler = streaming { writer in
            do {
                while true { try await writer.write([UInt8](repeating: 0, count: 64 * 1024)) }
            } catch {
                failed.open()
                throw error
            }
        }
        try await withServer(limits: .make { $0.writeTimeout = .milliseconds(100) }, handler: handler) { server in
            let client = try await server.connect(receiveBufferBytes: 16 * 1024)

            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")

            await failed.wait()
        }
    }

    /// The deadlines are for clients; a stream may say nothing for as long as it likes.
    @Test func aStreamMayBeSilentLongerThanEveryDeadline() async throws {
        let limits = HTTPServer.Limits.make { limits in
            for limit in [
                \HTTPServer.Limits.handlerTimeout, \.writeTimeout, \.idleTimeout, \.headTimeout, \.bodyTimeout,
            ] {
                limits[keyPath: limit] = .milliseconds(20)
            }
        }
        let handler = streaming { writer in
            try await writer.write(Array("a".utf8))
            try await Task.sleep(for: .milliseconds(200))
            try await writer.write(Array("b".utf8))
        }
        try await withServer(limits: limits, handler: handler) { server in
            let response = try await server.connect().get("/")

            #expect(response.text == "ab")
        }
    }

    // MARK: The client is gone

    @Test func aProducerThatWaitsIsCancelledWhenItsClientIsGone() async throws {
        let (begun, cancelled) = (Gate(), Gate())
        try await withServer(handler: Self.endless(begun: begun, cancelled: cancelled)) { server in
            var client: TestClient? = try await server.connect()
            client?.resetWhenClosed()
            try await client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            client = nil

            await cancelled.wait()
        }
    }

    @Test(arguments: [true, false])
    func aProducerThatWritesFailsWhenItsClientIsGone(resets: Bool) async throws {
        let (begun, failed) = (Gate(), Gate())
        let handler = streaming { writer in
            do {
                while true {
                    try await writer.write(Array("tick".utf8))
                    begun.open()
                    await Task.yield()
                }
            } catch {
                failed.open()
                throw error
            }
        }
        try await withServer(handler: handler) { server in
            var client: TestClient? = try await server.connect()
            if resets { client?.resetWhenClosed() }
            try await client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            client = nil

            await failed.wait()
            #expect(!server.log.contains("response body failed"))
        }
    }

    @Test func aProducerThatWaitsForItsClientFailsWhenThatIsGone() async throws {
        let (begun, failed) = (Gate(), Gate())
        let handler = streaming { writer in
            do {
                begun.open()
                while true { try await writer.write([UInt8](repeating: 0, count: 64 * 1024)) }
            } catch {
                failed.open()
                throw error
            }
        }
        try await withServer(handler: handler) { server in
            var client: TestClient? = try await server.connect(receiveBufferBytes: 16 * 1024)
            client?.resetWhenClosed()
            try await client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            client = nil

            await failed.wait()
        }
    }

    // MARK: The producer fails

    @Test func whenTheProducerFailsTheLastChunkIsMissing() async throws {
        let handler = streaming { writer in
            try await writer.write(Array("half".utf8))
            throw Failure()
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")

            await #expect(throws: TestSocketError.endedEarly(received: "")) { try await client.response() }

            await server.log.waitForLine(containing: "response body failed")
            #expect(server.log.contains("a disk on fire"))
        }
    }

    @Test func whenItFailsAtOnceThereIsTheHeadAtMost() async throws {
        try await withServer(handler: streaming { _ in throw Failure() }) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")

            #expect(try await !client.receiveToEnd().contains("0\r\n\r\n"))
        }
    }

    // MARK: The server shuts down

    @Test func anEndlessStreamIsCancelledWhenTheServerStops() async throws {
        let (begun, cancelled) = (Gate(), Gate())
        try await withServer(handler: Self.endless(begun: begun, cancelled: cancelled)) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            server.stop()
            await server.ended()

            await cancelled.wait()
            #expect(try await !client.receiveToEnd().hasSuffix("0\r\n\r\n"))
            #expect(!server.log.contains("response body failed"))
        }
    }

    @Test func aStreamThatEndsWellWhenItIsCancelledIsWhole() async throws {
        let begun = Gate()
        let handler = streaming { writer in
            try await writer.write(Array("begun, ".utf8))
            begun.open()
            try? await Task.sleep(for: .seconds(60))
            try? await writer.write(Array("ended".utf8))
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            server.stop()

            #expect(try await client.response().text == "begun, ended")
            #expect(try await client.receiveToEnd() == "")
        }
    }

    /// Its producer waits for the client, for which it would have `writeTimeout`: longer than a shutdown may take.
    @Test func aStreamWhoseClientDoesNotReadIsEndedWhenTheServerStops() async throws {
        let written = Locked(0)
        let handler = streaming { writer in
            while true {
                try await writer.write([UInt8](repeating: 0, count: 64 * 1024))
                written.withLock { $0 += 1 }
            }
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect(receiveBufferBytes: 16 * 1024)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await waitUntilItStandsStill { written.withLock { $0 } }

            let before = ContinuousClock.now
            server.stop()
            await server.ended()

            #expect(ContinuousClock.now - before < .seconds(10))
            withExtendedLifetime(client) {}
        }
    }

    @Test func aProducerThatIgnoresItsCancellationIsEndedByItsNextPiece() async throws {
        let begun = Gate()
        let handler = streaming { writer in
            while true {
                try await writer.write(Array("tick".utf8))
                begun.open()
                try? await Task.sleep(for: .seconds(60))
            }
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()

            server.stop()

            await server.ended()
        }
    }

    @Test func aStreamThatBeginsWhileTheServerStopsIsEndedToo() async throws {
        let (asked, answer) = (Gate(), Gate())
        let stream = Self.endless(begun: Gate(), cancelled: Gate())
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
            asked.open()
            await answer.wait()
            return await stream(request)
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await asked.wait()
            server.stop()
            await eventuallyRefused(server)

            answer.open()

            await server.ended()
        }
    }

    /// Its writes never have to wait, so only the rule of one piece a turn gives the loop to others.
    @Test func aStreamToAFastReaderLeavesTurnsToOthers() async throws {
        let handler: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
            guard request.path == "/stream" else { return echo(request) }
            return await streaming { writer in
                while true { try await writer.write(Array("x".utf8)) }
            }(request)
        }
        try await withServer(loopCount: 1, handler: handler) { server in
            let fast = try TestSocket(port: server.port)
            try fast.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            let reader = Task { try await blocking { while !(try fast.receive()).isEmpty {} } }

            let other = try await server.connect()
            for index in 0..<10 { #expect(try await other.get("/\(index)").text == "GET /\(index)") }

            server.stop()
            await server.ended()
            _ = try? await reader.value
        }
    }

    // MARK: Fixtures

    /// Returns when the server takes no connections any more: from then on it drains.
    private func eventuallyRefused(_ server: TestServer) async {
        _ = await eventually { (try? await server.connect()) == nil }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description = "a disk on fire"
    }

    /// Writes something, and then waits until it is cancelled.
    private static func endless(begun: Gate, cancelled: Gate) -> @Sendable (HTTPRequest) async -> HTTPResponse {
        streaming { writer in
            try await writer.write(Array("begun".utf8))
            begun.open()
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                cancelled.open()
                throw error
            }
        }
    }

    /// Returns when a count has begun and has then been the same for a while: nobody tells that something waits.
    private func waitUntilItStandsStill(_ count: @Sendable () -> Int) async {
        var (last, timesSeen) = (0, 0)
        _ = await eventually {
            let current = count()
            timesSeen = current == last && current > 0 ? timesSeen + 1 : 0
            last = current
            return timesSeen == 100
        }
    }
}
