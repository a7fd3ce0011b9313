import HTTPTestSupport
import Testing

@testable import HTTP

struct RequestHeadParserTests {
    @Test func readsMethodTargetVersionAndFields() throws {
        let head = try #require(
            try RequestHead.parse("POST /events?now HTTP/1.1\r\nHost: example.org\r\nX-Id:\t a b \t\r\nx-id: c\r\n\r\n")
        )

        #expect(head.method == .post)
        #expect(head.target.path == "/events")
        #expect(head.target.query == "now")
        #expect(head.isHTTP11)
        #expect(head.fields.count == 3)
        #expect(head.fields["HOST"] == "example.org")
        #expect(head.fields["X-ID"] == "a b")
        #expect(head.fields.values("x-id") == ["a b", "c"])
        #expect(head.fields["Absent"] == nil)
    }

    @Test func theHeadEndsWhereTheBodyOrTheNextRequestBegins() throws {
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

        let head = try RequestHead.parse(text + "GET /next HTTP/1.1\r\n")

        #expect(head?.byteCount == text.utf8.count)
    }

    @Test func nothingIsSaidBeforeTheHeadIsComplete() throws {
        #expect(try RequestHead.parse("") == nil)
        #expect(try RequestHead.parse("GET / HTTP/1.1\r\nHost: a\r\n") == nil)
        #expect(try RequestHead.parse("GET / HTTP/1.1\r\nHost: a\r\n\r") == nil)
    }

    @Test func bytesThatAreNotUTF8AreReplacedInValues() throws {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nName: J".utf8) + [0xF6] + Array("rg\r\n\r\n".utf8)

        let head = try RequestHead.parse([bytes[...]])

        #expect(head?.fields["name"] == "J\u{FFFD}rg")
    }

    @Test(arguments: [
        ("an empty line before it", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"),
        ("a later minor version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        ("Host with port", "GET / HTTP/1.1\r\nHost: a.b-c:7000\r\n\r\n"),
        ("Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"),
        ("Host as an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:7000\r\n\r\n"),
        ("Host as an IPv4 address in IPv6", "GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n\r\n"),
        ("Host with an encoded character", "GET / HTTP/1.1\r\nHost: a%41\r\n\r\n"),
        ("an empty value", "GET / HTTP/1.1\r\nHost: a\r\nEmpty:\r\n\r\n"),
        ("every character of a name", "GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09Az: b\r\n\r\n"),
        ("a tab within a value", "GET / HTTP/1.1\r\nHost: a\r\nB: c\td\r\n\r\n"),
        ("the absolute form", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("leading zeros in a length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\n\r\n"),
        ("an expectation from HTTP/1.0", "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"),
    ])
    func accepts(_ what: String, head: String) throws {
        #expect(try RequestHead.parse(head) != nil)
    }

    @Test(arguments: [
        ("no target", "GET HTTP/1.1\r\n\r\n"),
        ("no version", "GET /\r\n\r\n"),
        ("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        ("a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n"),
        ("a version of two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
        ("two empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a space before it", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("line feeds only", "GET / HTTP/1.1\nHost: a\n\n"),
        ("a line feed after a field", "GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n"),
        ("a carriage return in a value", "GET / HTTP/1.1\r\nHost: a\r\nB: c\rD: e\r\n\r\n"),
        ("a carriage return before the line end", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
        ("a NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nB: \0\r\n\r\n"),
        ("a DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nB: \u{7F}\r\n\r\n"),
        ("a NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nB\0: c\r\n\r\n"),
        ("a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        ("a space before the name", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        ("a folded line", "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n d\r\n\r\n"),
        ("no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
        ("no colon", "GET / HTTP/1.1\r\nHost: a\r\nB\r\n\r\n"),
        ("a name that is not ASCII", "GET / HTTP/1.1\r\nHost: a\r\nä: b\r\n\r\n"),
        ("a TLS handshake", "\u{16}\u{03}\u{01}"),
        ("a line feed at the very start", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ])
    func aMalformedHeadIs400(_ what: String, head: String) {
        #expect(Self.status(of: head) == .badRequest)
    }

    @Test(arguments: [
        "", "Host:", "Host: a\r\nHost: a", "Host: a, b", "Host: a b", "Host: user@a", "Host: a/b", "Host: a:b",
        "Host: a:700000", "Host: ::1", "Host: [::1", "Host: []", "Host: [a]:z", "Host: ä",
        "Host: [1:2:3]", "Host: [:::]", "Host: [1.2.3]", "Host: [::1%25lo]", "Host: a%", "Host: a%4", "Host: a%zz",
    ])
    func aRequestNeedsExactlyOneValidHost(_ fields: String) {
        let lines = fields.isEmpty ? "" : fields + "\r\n"

        #expect(Self.status(of: "GET / HTTP/1.1\r\n\(lines)\r\n") == .badRequest)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: the-unexpected\r\n\r\n", HTTPStatus.expectationFailed),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .versionNotSupported),
        ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", .versionNotSupported),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .versionNotSupported),
        ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", .notImplemented),
        ("get / HTTP/1.1\r\nHost: a\r\n\r\n", .notImplemented),
        ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", .notImplemented),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", .notImplemented),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .notImplemented),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", .notImplemented),
    ])
    func whatIsNotSpokenHereIsToldApart(head: String, status: HTTPStatus) {
        #expect(Self.status(of: head) == status)
    }

    // MARK: What smuggling is made of

    @Test(arguments: ["", "-1", "+1", "1.0", "0x1", "1 2", "1, 1", "1\u{B}", "a", "9999999999999999999"])
    func aContentLengthThatIsNotOneNumberIs400(_ value: String) {
        #expect(Self.status(of: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(value)\r\n\r\n") == .badRequest)
    }

    @Test(arguments: [
        ("two lengths, even equal ones", "HTTP/1.1", "Content-Length: 1\r\nContent-Length: 1"),
        ("length and chunks", "HTTP/1.1", "Content-Length: 1\r\nTransfer-Encoding: chunked"),
        ("chunks and length", "HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 1"),
        ("chunks, twice", "HTTP/1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        ("chunks in HTTP/1.0", "HTTP/1.0", "Transfer-Encoding: chunked"),
    ])
    func aBodyWithoutOneClearEndIs400(_ what: String, version: String, fields: String) {
        #expect(Self.status(of: "POST / \(version)\r\nHost: a\r\n\(fields)\r\n\r\n") == .badRequest)
    }

    @Test(arguments: [
        ("", RequestHead.BodyLength.bytes(0)),
        ("Content-Length: 0\r\n", .bytes(0)),
        ("content-length:5 \r\n", .bytes(5)),
        ("Content-Length: 999999999999999999\r\n", .bytes(999_999_999_999_999_999)),
        ("Transfer-Encoding: Chunked\r\n", .chunked),
    ])
    func theBodyIsAsLongAsTheFieldsSay(fields: String, length: RequestHead.BodyLength) throws {
        let head = try RequestHead.parse("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")

        #expect(head?.bodyLength == length)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true),
        ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: keep-alive, Close\r\n", false),
        ("HTTP/1.1", "Connection: foo\r\nConnection:\tclose\r\n", false),
        ("HTTP/1.1", "Connection: closed\r\n", true),
        ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
        ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
    ])
    func theClientDecidesWhetherTheConnectionIsKept(version: String, fields: String, keepsAlive: Bool) throws {
        let head = try RequestHead.parse("GET / \(version)\r\nHost: a\r\n\(fields)\r\n")

        #expect(head?.keepsAlive == keepsAlive)
    }

    @Test func onlyHTTP11WaitsForContinue() throws {
        #expect(
            try RequestHead.parse("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n")?.expectsContinue == true
        )
        #expect(
            try RequestHead.parse("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")?.expectsContinue
                == false)
    }

    // MARK: Limits

    @Test func aRequestLineMayBeAsLongAsTheLimitAndNoLonger() {
        let head = { (length: Int) in
            "GET /\(String(repeating: "a", count: length - "GET / HTTP/1.1\r\n".utf8.count)) HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        let limits = HTTPServer.Limits.make { $0.requestLineBytesMax = 100 }

        #expect(Self.status(of: head(100), limits: limits) == nil)
        #expect(Self.status(of: head(101), limits: limits) == .uriTooLong)
    }

    @Test func aHeadMayBeAsLongAsTheLimitAndNoLonger() {
        let head = { (length: Int) in
            let start = "GET / HTTP/1.1\r\nHost: a\r\nB: "
            return start + String(repeating: "b", count: length - start.utf8.count - 4) + "\r\n\r\n"
        }
        let limits = HTTPServer.Limits.make { $0.headBytesMax = 200 }

        #expect(Self.status(of: head(200), limits: limits) == nil)
        #expect(Self.status(of: head(201), limits: limits) == .headerFieldsTooLarge)
    }

    @Test func whatIsTooLongIsRefusedBeforeItsEnd() {
        let limits = HTTPServer.Limits.make { ($0.requestLineBytesMax, $0.headBytesMax) = (100, 200) }
        let long = String(repeating: "a", count: 300)

        #expect(Self.status(of: "GET /\(long)", limits: limits) == .uriTooLong)
        #expect(Self.status(of: "GET / HTTP/1.1\r\nB: \(long)", limits: limits) == .headerFieldsTooLarge)
    }

    @Test func thereMayBeAsManyFieldsAsTheLimitAndNoMore() {
        let head = { (count: Int) in
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "B: c\r\n", count: count - 1) + "\r\n"
        }
        let limits = HTTPServer.Limits.make { $0.fieldCountMax = 10 }

        #expect(Self.status(of: head(10), limits: limits) == nil)
        #expect(Self.status(of: head(11), limits: limits) == .headerFieldsTooLarge)
    }

    /// What a head is refused with; `nil` if it is not.
    private static func status(of head: String, limits: HTTPServer.Limits = .init()) -> HTTPStatus? {
        do throws(Problem) {
            _ = try RequestHead.parse(head, limits: limits)
            return nil
        } catch {
            return error.status
        }
    }
}
