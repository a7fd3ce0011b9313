import Testing

@testable import HTTP

struct ResponseHeadTests {
    @Test func aHeadHasDateFieldsLengthAndAnEmptyLine() {
        let response = HTTPResponse(
            .ok, fields: [.init("X-Id", "1")], contentType: "text/plain", body: .bytes(Array("hello".utf8)))

        #expect(
            Self.text(response) == """
                HTTP/1.1 200 OK\r
                Date: today\r
                Content-Type: text/plain\r
                X-Id: 1\r
                Content-Length: 5\r
                \r

                """)
    }

    @Test(arguments: [
        (true, false, nil), (true, true, "Connection: close"), (false, false, "Connection: keep-alive"),
        (false, true, "Connection: close"),
    ])
    func theClientIsToldWhatItDoesNotAssume(isHTTP11: Bool, closes: Bool, field: String?) {
        let text = Self.text(HTTPResponse(.ok), closes: closes, isHTTP11: isHTTP11)

        #expect(text.split(separator: "\r\n").first { $0.hasPrefix("Connection") }.map(String.init) == field)
    }

    @Test(arguments: [
        (BodyFraming.none, nil), (.untilClose, nil), (.chunked, "Transfer-Encoding: chunked"),
        (.length(0), "Content-Length: 0"),
    ])
    func theFramingIsAnnounced(framing: BodyFraming, field: String?) {
        let lines = Self.text(HTTPResponse(.ok), framing: framing).split(separator: "\r\n")

        #expect(
            lines.filter { $0.hasPrefix("Content-Length") || $0.hasPrefix("Transfer") }
                == [field].compactMap { $0?[...] })
    }

    @Test(
        arguments: [
            (HTTPStatus.ok, .bytes([1, 2, 3, 4, 5]), true, .length(5)),
            (.ok, .bytes([]), false, .length(0)),
            (.ok, .stream(Stream()), true, .chunked),
            (.ok, .stream(Stream()), false, .untilClose),
            (.noContent, .bytes([]), true, .none),
            (HTTPStatus(code: 304, reason: "Not Modified"), .bytes([]), true, .none),
        ] as [(HTTPStatus, ResponseBody, Bool, BodyFraming)])
    func theFramingFollowsFromStatusBodyAndVersion(
        status: HTTPStatus, body: ResponseBody, isHTTP11: Bool, framing: BodyFraming
    ) {
        let response = HTTPResponse(status, body: body)

        #expect(BodyFraming(of: response, isHTTP11: isHTTP11) == framing)
    }

    @Test func noFieldCanBringInAnother() {
        let response = HTTPResponse(.ok, fields: [.init("X-Name", "a\r\nSet-Cookie: b\0\u{7F}ä")])

        #expect(response.fields == [.init("X-Name", "a  Set-Cookie: b  ä")])
        #expect(!Self.text(response).contains("\r\nSet-Cookie"))
    }

    private struct Stream: BodyStream {
        func write(to connection: isolated Connection, framing: BodyFraming) async throws {}
    }

    private static func text(
        _ response: HTTPResponse, framing: BodyFraming? = nil, closes: Bool = false, isHTTP11: Bool = true
    ) -> String {
        var output: [UInt8] = []
        let framing = framing ?? BodyFraming(of: response, isHTTP11: isHTTP11)
        ResponseHead(response: response, framing: framing, closes: closes, isHTTP11: isHTTP11)
            .append(date: Array("today".utf8), to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    ])
    func datesAreWrittenAsTheRFCWants(seconds: Int, text: String) {
        #expect(String(decoding: HTTPDate.format(seconds), as: UTF8.self) == text)
    }
}

struct ProblemTests {
    @Test func aProblemIsJSONWithTypeTitleStatusAndDetail() {
        let problem = Problem(.notFound, "No \"such\" thing.", fields: [.init("X-Id", "1")])

        let response = problem.response

        #expect(response.status == .notFound)
        #expect(response.fields == [.init("Content-Type", "application/problem+json"), .init("X-Id", "1")])
        #expect(
            String(decoding: problem.json, as: UTF8.self)
                == #"{"type":"about:blank","title":"Not Found","status":404,"detail":"No \"such\" thing."}"#)
    }
}
