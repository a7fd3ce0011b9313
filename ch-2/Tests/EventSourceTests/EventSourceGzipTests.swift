import EventSource
import ScriptedServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventSourceGzipTests {
    @Test func aGzipBodyIsDecompressedAsItComesWhereverItIsCut() async throws {
        let bytes = Gzip.compress("id: 1\ndata: é\n\ndata: b\n\n")
        let scripts = stride(from: 0, through: bytes.count, by: 5).map { split in
            Self.stream([.send(Array(bytes[..<split])), .pause(milliseconds: 1), .send(Array(bytes[split...]))])
        }
        let server = ScriptedServer(scripts + [.over])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(.max) == scripts.flatMap { _ in ["é", "b"] })
    }

    @Test func eventsComeOutBeforeTheBodyEnds() async throws {
        var gzip = Gzip()
        gzip.append(Array("data: a\n\ndata: b\n\n".utf8))
        let server = ScriptedServer([Self.stream([.send(gzip.bytes), .waitForClient]), .over])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(1) == ["a"])
    }

    @Test func aBodyMuchLargerThanWhatIsReadAtOnceArrivesWhole() async throws {
        let count = 600
        let body = (0..<count).map { "data: \($0) " + String(repeating: "x", count: 500) + "\n\n" }.joined()
        let server = ScriptedServer([Self.stream([.send(Gzip.compress(body))]), .over])
        let source = try EventSource.make(server.url())

        let texts = await source.texts(.max)

        #expect(texts.count == count)
        #expect(texts.enumerated().allSatisfy { $1.hasPrefix("\($0) x") })
    }

    @Test func aBombIsSkippedAndTheNextEventIsRead() async throws {
        var gzip = Gzip()
        gzip.append(Array("data: ".utf8))
        gzip.append(UInt8(ascii: "x"), repetitions: 20_000)  // 5 MB out of 33 KB
        gzip.append(Array("\n\ndata: b\n\n".utf8))
        let server = ScriptedServer([Self.stream([.send(gzip.finished())]), .over])
        let source = try EventSource.make(server.url())

        #expect(await source.texts(9) == ["b"])
        #expect(source.counters.values.skippedEvents == 1)
    }

    @Test(arguments: ["gzip", "checksum", "br"])
    func aBodyThatCannotBeDecompressedEndsTheConnection(kind: String) async throws {
        var bytes = Gzip.compress("data: a\n\n")
        if kind == "gzip" { bytes = Array("no gzip at all".utf8) }
        if kind == "checksum" { bytes[bytes.count - 8] ^= 1 }
        let server = ScriptedServer([
            Self.stream([.send(bytes)], encoding: kind == "br" ? "unknown" : "gzip"), .over,
        ])
        let source = try EventSource.make(server.url())

        _ = await source.texts(9)

        #expect(source.counters.values.failures == 1)
    }

    private static func stream(_ steps: [ScriptedServer.Step], encoding: String = "gzip") -> [ScriptedServer.Step] {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: \(encoding)\r\n\r\n"
        return [.receiveRequest, .send(head)] + steps
    }
}
