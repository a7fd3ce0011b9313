internal import Glibc

@testable import HTTP

/// Oracles: `HeadModel`, which reads the head in another way; the same bytes in pieces; and the head written again.
final class RequestHeadDriver: Driver {
    let seeds = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nPOST /a%20b/c?d=%20 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
        "PUT http://a.b:1/c HTTP/1.1\r\nhost: [::1]\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\nConnection: keep-alive, x\r\nX: \t\u{e9} \r\n\r\nGET / HTTP/1.1\r\n",
    ]
    let words = [
        "GET ", "HEAD ", "POST ", "PUT ", "PATCH ", "DELETE ", "OPTIONS ", "TRACE ", "CONNECT ", " * ", " / ",
        "http://", "https://a", " HTTP/1.1\r\n", " HTTP/1.0\r\n", "HTTP/2.0", "\r\n", "\r\n\r\n", "Host: a\r\n",
        "Content-Length: 1\r\n", "Content-Length: 9999999999999999999\r\n", "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n", "Connection: keep-alive\r\n", "Expect: 100-continue\r\n", "%2F", "%20", "%00",
        "\0", "gzip, chunked", "identity", " :", "\n ", "\r", "\n", "\u{7F}", "[::1]", ":80", "a: b\r\n", "?", "#",
        "..",
    ]

    /// Small, so that inputs reach them.
    private let small: HTTPServer.Limits = {
        var limits = HTTPServer.Limits()
        (limits.requestLineBytesMax, limits.headBytesMax, limits.fieldCountMax) = (64, 128, 4)
        return limits
    }()

    private enum Outcome: Equatable {
        case head(HeadModel.Head)
        case incomplete
        case refused(Problem)
    }

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        var choices = Choices(bytes)
        let limits = choices.number(below: 4) > 0 ? small : HTTPServer.Limits()

        let outcome = Self.parse([bytes[...]], limits: limits)
        expectEqual(Self.parse(choices.pieces(of: bytes), limits: limits), outcome, "in pieces")

        switch (outcome, HeadModel.read(bytes, limits: limits)) {
        case (.head(let head), .head(let expected)):
            expectEqual(head, expected, "the head")
            expectEqual(
                Self.parse([Self.written(head)[...]], limits: .init()), .head(Self.rewritten(head)), "written again")
        case (.incomplete, .incomplete), (.refused, .refused): break
        case (_, let expected): expect(false, "\(outcome), not \(expected)")
        }
    }

    private static func parse(_ pieces: [ArraySlice<UInt8>], limits: HTTPServer.Limits) -> Outcome {
        var parser = RequestHeadParser(limits: limits)
        var received: [UInt8] = []
        do throws(Problem) {
            for piece in pieces {
                received += piece
                if let head = try parser.parse(received[...]) {
                    return .head(HeadModel.Head(head, in: received))
                }
            }
            return .incomplete
        } catch {
            return .refused(error)
        }
    }

    // MARK: The head, written again

    private static func written(_ head: HeadModel.Head) -> [UInt8] {
        var bytes = Array("\(head.method.rawValue) ".utf8)
        let plain = Array("/-._~".utf8)
        for byte in head.path.utf8 {
            let isPlain = head.path == "*" || plain.contains(byte) || isalnum(Int32(byte)) != 0
            bytes += isPlain ? [byte] : Array("%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
        }
        if let query = head.query { bytes += Array("?\(query)".utf8) }
        bytes += Array(" HTTP/1.\(head.isHTTP11 ? 1 : 0)\r\n".utf8)
        for field in head.fields { bytes += field.name + Array(": ".utf8) + field.value + Array("\r\n".utf8) }
        return bytes + Array("\r\n".utf8)
    }

    private static func rewritten(_ head: HeadModel.Head) -> HeadModel.Head {
        var rewritten = head
        rewritten.byteCount = written(head).count
        return rewritten
    }
}

extension HeadModel.Head {
    /// What the parser says, with each field looked up by its name.
    fileprivate init(_ head: RequestHead, in bytes: [UInt8]) {
        method = head.method
        path = head.target.path
        query = head.target.query
        isHTTP11 = head.isHTTP11
        bodyLength = head.bodyLength
        keepsAlive = head.keepsAlive
        expectsContinue = head.expectsContinue
        byteCount = head.byteCount
        // The raw bytes of the fields, and then that the parser gives out the same.
        fields = HeadModel.fields(in: bytes[..<head.byteCount])
        expectEqual(head.fields.count, fields.count, "the number of fields")
        for field in fields {
            let name = String(decoding: field.name, as: UTF8.self)
            let values = fields.filter { HeadModel.isEqual($0.name, name.lowercased()) }
                .map { String(decoding: $0.value, as: UTF8.self) }
            expectEqual(head.fields.values(name), values, "the values of \(name)")
            expectEqual(head.fields[name.uppercased()], values.first, "the first value of \(name)")
        }
    }
}
