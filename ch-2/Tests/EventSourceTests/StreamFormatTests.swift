import Testing

@testable import EventSource

struct StreamFormatTests {
    @Test(
        arguments: [
            ("text/event-stream", .sse), ("Text/Event-Stream; charset=utf-8", .sse),
            ("text/event-stream;charset=UTF-8", .sse),
            ("application/json", .ndjson), ("application/json ; charset=utf-8", .ndjson),
            ("APPLICATION/X-NDJSON", .ndjson),
            ("text/html", nil), ("text/event-stream2", nil), ("", nil), ("application/json, text/html", nil),
        ] as [(String, StreamFormat?)])
    func theFormatIsToldByTheMediaTypeAlone(contentType: String, format: StreamFormat?) {
        #expect(StreamFormat(contentType: contentType) == format)
    }

    @Test(arguments: [
        ("https://stream.wikimedia.org/v2/stream/recentchange", true), ("http://127.0.0.1:8080/?a=b", true),
        ("HTTPS://EXAMPLE.ORG", true), ("http://[::1]:80/", true), ("ftp://example.org/", false),
        ("file:///etc/passwd", false), ("example.org", false), ("http://", false), ("http://a b/", false),
        ("", false),
        ("http://example.org:99999/", false),
    ])
    func onlyHTTPURLsWithAHostAreTaken(text: String, isTaken: Bool) {
        #expect((StreamURL(text) != nil) == isTaken)
    }

    @Test func aURLIsLoggedWithoutItsPassword() throws {
        let url = try #require(StreamURL("https://user:secret@example.org/stream"))

        #expect("\(url)" == "https://example.org/stream")
    }
}
