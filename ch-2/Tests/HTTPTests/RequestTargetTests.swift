import Testing

@testable import HTTP

struct RequestTargetTests {
    @Test(arguments: [
        ("/", "/", nil),
        ("/status", "/status", nil),
        ("/a/b/", "/a/b/", nil),
        ("//a", "//a", nil),
        ("/a?b=c&d", "/a", "b=c&d"),
        ("/a?", "/a", ""),
        ("/a?b?c", "/a", "b?c"),
        ("/a%20b", "/a b", nil),
        ("/%e4%BD%a0", "/你", nil),
        ("/100%25", "/100%", nil),
        ("/%2500", "/%00", nil),
        ("/a?b=%zz%2F%00", "/a", "b=%zz%2F%00"),
        ("/a?../b", "/a", "../b"),
        ("/...", "/...", nil),
        ("/a..b/.c", "/a..b/.c", nil),
        ("http://example.org/a?b", "/a", "b"),
        ("HTTPS://Example.org:443/a", "/a", nil),
        ("http://[::1]:7000/a", "/a", nil),
        ("http://example.org", "/", nil),
        ("http://example.org?a", "/", "a"),
    ])
    func readsTheOriginFormAndTheAbsoluteForm(_ text: String, path: String, query: String?) throws {
        let target = try RequestTarget(Array(text.utf8)[...], method: .get)

        #expect(target.path == path)
        #expect(target.query == query)
    }

    @Test func theAsteriskIsForOptionsOnly() throws {
        #expect(try RequestTarget([UInt8(ascii: "*")], method: .options).path == "*")
        #expect(throws: Problem.self) { try RequestTarget([UInt8(ascii: "*")], method: .get) }
    }

    @Test(arguments: [
        "", "status", "**", "?a", "ftp://a/b", "http:/a", "http://", "http:///a", "http://user@a/", "http://a:b/",
        "http://a b/", "mailto:a",
    ])
    func whatIsNeitherAPathNorAnHTTPURLIs400(_ text: String) {
        #expect(throws: Problem.self) { try RequestTarget(Array(text.utf8)[...], method: .get) }
    }

    @Test(arguments: [
        "/#top", "/a?b#c", "/ä", "/a\u{7F}", "/a\tb", "/%", "/%2", "/%2g", "/%g2", "/%%41", "/a%00", "/a%0A", "/a%7F",
        "/a%2Fb", "/a%2fb", "/%FF", "/%C0%AF", "/%ED%A0%80", "/%E4%BD",
    ])
    func aPathThatTwoProgramsMightReadDifferentlyIs400(_ text: String) {
        let bytes = Array(text.utf8)

        #expect(throws: Problem.self) { try RequestTarget(bytes[...], method: .get) }
    }

    @Test(arguments: [
        "/.", "/..", "/a/..", "/a/../b", "/./a", "/a/.", "/%2e%2e/a", "/.%2E", "/%2e", "http://a/../b",
    ])
    func dotSegmentsAre400HoweverTheyAreWritten(_ text: String) {
        #expect(throws: Problem.self) { try RequestTarget(Array(text.utf8)[...], method: .get) }
    }

    @Test func noByteMayStandForItselfThatIsNotPrintableASCII() {
        for byte in UInt8.min...UInt8.max where !(0x21...0x7E).contains(byte) {
            #expect(throws: Problem.self, "\(byte)") {
                try RequestTarget([UInt8(ascii: "/"), byte], method: .get)
            }
        }
    }
}
