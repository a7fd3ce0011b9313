import Testing

@testable import EventSource

struct LineParserTests {
    @Test(arguments: [1, 2, 3, 1000])
    func eachLineThatIsNotEmptyIsAnEventHoweverTheBodyIsSplit(pieceLength: Int) {
        var parser = LineParser()
        let body = "{\"a\":1}\n\n{\"b\":2}\r\n\r\n{\"c\":\r3}\n{\"cut\":"

        let events = read(Array(body.utf8), pieceLength: pieceLength, with: &parser)

        #expect(events == ["{\"a\":1}", "{\"b\":2}", "{\"c\":\r3}"].map { ServerSentEvent(data: Array($0.utf8)) })
    }

    @Test(arguments: ["\n", "\r\n"])
    func aLineOfOneByteMoreThanTheLimitIsSkippedAndCounted(lineEnd: String) {
        for pieceLength in [1, 7, 1000] {
            var parser = LineParser(eventBytesMax: 50)
            let body = [50, 51, 52, 53, 1].map { String(repeating: "x", count: $0) + lineEnd }.joined()

            let events = read(Array(body.utf8), pieceLength: pieceLength, with: &parser)

            #expect(events.map(\.data.count) == [50, 1])
            #expect(parser.skippedCount == 3)
        }
    }

    @Test func linesHaveTheIDThatTheStreamWasResumedAfter() {
        var parser = LineParser(lastEventID: "9")
        parser.append(Array("{}\n".utf8))

        #expect(parser.next()?.id == "9")
    }
}
