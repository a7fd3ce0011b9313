import HTTP
import HTTPTestSupport
import Testing

/// Request bodies, by length and in chunks, over a real socket.
@Suite(.timeLimit(.minutes(1)))
struct ServerBodyTests {
    @Test func aBodyOfTheLongestLengthIsTaken() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "a"), count: 1024 * 1024)
        try await withServer { server in
            let client = try await server.connect()

            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
            try await client.send(body)
            #expect(try await client.response().body == body)

            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n")
            try await client.send(body + "\r\n0\r\n\r\n".utf8)
            #expect(try await client.response().body == body)
        }
    }

    @Test(arguments: [
        "Content-Length: 1001\r\n\r\n",
        "Content-Length: 999999999999999999\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3e9\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ])
    func aLongerOneIsRefusedBeforeItArrives(_ fieldsAndBody: String) async throws {
        try await withServer(limits: .make { $0.bodyBytesMax = 1000 }) { server in
            let client = try await server.connect()

            try await client.send("POST / HTTP/1.1\r\nHost: a\r\n" + fieldsAndBody)

            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response["Connection"] == "close")
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func aClientThatSendsItsBodyAllTheSameCanReadTheRefusal() async throws {
        try await withServer(limits: .make { $0.bodyBytesMax = 1000 }) { server in
            let client = try await server.connect()

            let body = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
            try await client.send(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n".utf8) + body)

            #expect(try await client.response().status == 413)
        }
    }

    @Test func anAnswerIsNotKeptUntilTheNextRequestIsWhole() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send(
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
            #expect(try await client.response().text == "GET /1")

            try await client.send("x")
            #expect(try await client.response().status == 200)
        }
    }

    @Test(arguments: [("Content-Length: 11", 413), ("X : a", 400), ("Expect: x", 417)])
    func theRefusalOfAHeadRequestHasNoBody(field: String, status: Int) async throws {
        try await withServer(limits: .make { $0.bodyBytesMax = 10 }) { server in
            let client = try await server.connect()

            try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")

            #expect(try await client.response(isToHEAD: true).status == status)
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func whatIsRefusedAfterAHeadRequestHasABodyAgain() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response(isToHEAD: true).status == 200)
            try await client.send("GET / HTTP/1.1\r\n\r\n")

            let refusal = try await client.response()
            #expect(refusal.status == 400)
            #expect(refusal.text.contains("Host"))
        }
    }

    @Test func bodiesAndRequestsAreToldApartInAPipeline() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send(
                """
                POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none\
                POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\ntwo\r\n0\r\nA: b\r\n\r\n\
                GET /three HTTP/1.1\r\nHost: a\r\n\r\n
                """)

            #expect(try await client.response().text == "one")
            #expect(try await client.response().text == "two")
            #expect(try await client.response().text == "GET /three")
        }
    }

    @Test func aMalformedChunkEndsTheConnection() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"
            )

            #expect(try await client.response().status == 400)
            #expect(try await client.receiveToEnd() == "")
        }
    }

    // MARK: Expect: 100-continue

    @Test(arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
    func aClientThatWaitsIsToldToContinue(_ field: String) async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\(field)\r\n\r\n")
            #expect(try await client.response().status == 100)
            try await client.send(field.hasPrefix("C") ? "hello" : "5\r\nhello\r\n0\r\n\r\n")

            #expect(try await client.response().text == "hello")
        }
    }

    @Test func aClientThatDoesNotWaitIsNotTold() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")

            #expect(try await client.response().status == 200)
        }
    }

    @Test func aClientThatWaitsInVainIsToldTheError() async throws {
        try await withServer(limits: .make { $0.bodyBytesMax = 1000 }) { server in
            let client = try await server.connect()

            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")

            #expect(try await client.response().status == 413)
            #expect(try await client.receiveToEnd() == "")
        }
    }
}
