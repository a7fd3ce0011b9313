import HTTP
import HTTPTestSupport
import TestSupport
import Testing

/// One connection from its first byte to its last, over a real socket.
@Suite(.timeLimit(.minutes(1)))
struct ServerConnectionTests {
    @Test func aConnectionIsKeptFromOneRequestToTheNext() async throws {
        try await withServer { server in
            let client = try await server.connect()

            for index in 0..<3 {
                let response = try await client.get("/\(index)")
                #expect(response.status == 200)
                #expect(response.text == "GET /\(index)")
                #expect(response["Connection"] == nil)
                #expect(response["Date"]?.hasSuffix(" GMT") == true)
            }
        }
    }

    @Test func aHundredRequestsInOneWriteAreAnsweredInOrder() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send((0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())

            for index in 0..<100 {
                #expect(try await client.response().text == "GET /\(index)")
            }
        }
    }

    @Test func anAnswerDoesNotWaitForTheNextHandlerInThePipeline() async throws {
        let gate = Gate()
        let handler: TestHandler = { request in
            if request.path == "/waits" { await gate.wait() }
            return echo(request)
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()

            try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /waits HTTP/1.1\r\nHost: a\r\n\r\n")

            #expect(try await client.response().text == "GET /a")
            gate.open()
            #expect(try await client.response().text == "GET /waits")
        }
    }

    @Test func aPipelineKeepsItsOrderWhenHandlersSuspend() async throws {
        let handler: TestHandler = { request in
            if request.path.hasSuffix("0") { await Task.yield() }
            return echo(request)
        }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()

            try await client.send((0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())

            for index in 0..<100 {
                #expect(try await client.response().text == "GET /\(index)")
            }
        }
    }

    @Test func aRequestMayArriveByteByByte() async throws {
        try await withServer { server in
            let client = try await server.connect()

            for byte in "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".utf8 {
                try await client.send([byte])
            }

            #expect(try await client.response().text == "hello")
        }
    }

    @Test func headIsAnsweredWithTheLengthAndWithoutTheBody() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")

            let response = try await client.response(isToHEAD: true)
            #expect(response.status == 200)
            #expect(response["Content-Length"] == "7")
            #expect(try await client.response().text == "GET /b")
        }
    }

    @Test func anAnswerWithoutABodyHasNoLength() async throws {
        let handler: TestHandler = { _ in HTTPResponse(.noContent) }
        try await withServer(handler: handler) { server in
            let client = try await server.connect()

            let response = try await client.get("/")

            #expect(response.status == 204)
            #expect(response["Content-Length"] == nil)
            #expect(try await client.get("/").status == 204)
        }
    }

    // MARK: How long it lasts

    @Test(arguments: [
        ("HTTP/1.1", "Connection: close\r\n", "close"),
        ("HTTP/1.0", "", "close"),
        ("HTTP/1.0", "Connection: keep-alive, close\r\n", "close"),
    ])
    func theConnectionEndsWhereTheClientWantsItTo(version: String, fields: String, connection: String) async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send("GET /a \(version)\r\nHost: a\r\n\(fields)\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")

            let response = try await client.response()
            #expect(response.text == "GET /a")
            #expect(response["Connection"] == connection)
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func anOldClientCanAskToKeepTheConnection() async throws {
        try await withServer { server in
            let client = try await server.connect()

            for _ in 0..<2 {
                try await client.send("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
                let response = try await client.response()
                #expect(response["Connection"] == "keep-alive")
                #expect(response.text == "GET /a")
            }
        }
    }

    // MARK: Clients that leave

    @Test func aClientThatHasEndedItsSideGetsItsAnswers() async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            client.endSending()

            #expect(try await client.response().text == "GET /a")
            #expect(try await client.response().text == "GET /b")
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test(arguments: [
        "GET", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
    ])
    func aRequestWithoutItsEndIs400(_ text: String) async throws {
        try await withServer { server in
            let client = try await server.connect()

            try await client.send(text)
            client.endSending()

            #expect(try await client.response().status == 400)
            #expect(try await client.receiveToEnd() == "")
        }
    }

    @Test func aClientThatOnlyConnectsAndLeavesIsNoError() async throws {
        try await withServer { server in
            let client = try await server.connect()

            client.endSending()

            #expect(try await client.receiveToEnd() == "")
            #expect(server.log.lines.isEmpty)
        }
    }

    @Test(arguments: [
        "", "GET", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
    func clientsThatVanishChangeNothingForTheOthers(_ text: String) async throws {
        try await withServer { server in
            for _ in 0..<20 {
                let client = try await server.connect()
                client.resetWhenClosed()
                try await client.send(text)
            }

            #expect(try await server.connect().get("/").status == 200)
            #expect(server.log.lines.isEmpty)
        }
    }
}
