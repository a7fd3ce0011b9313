/// A response as a client has read it.
package struct TestResponse: Sendable {
    package let status: Int
    package let reason: String
    package let fields: [(name: String, value: String)]
    /// Without the framing of chunks.
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The only value of this field; `nil` if it is absent or repeated.
    package subscript(name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.count == 1 ? values[0] : nil
    }
}

/// Reads responses, one after the other, as strictly as the server reads requests.
package struct TestResponseReader {
    private let socket: TestSocket
    private var input: [UInt8] = []

    package init(socket: TestSocket) {
        self.socket = socket
    }

    /// - Parameter isToHEAD: whether the request was one that is answered without a body, whatever the head says.
    package mutating func read(isToHEAD: Bool = false) throws(TestSocketError) -> TestResponse {
        let statusLine = try readLine()
        let parts = statusLine.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].count == 3, let status = Int(parts[1]) else {
            throw .malformedResponse(statusLine)
        }
        var fields: [(name: String, value: String)] = []
        while true {
            let line = try readLine()
            if line.isEmpty { break }
            guard let separator = line.firstRange(of: ": ") else { throw .malformedResponse(line) }
            fields.append((String(line[..<separator.lowerBound]), String(line[separator.upperBound...])))
        }
        let head = TestResponse(status: status, reason: String(parts[2]), fields: fields, body: [])
        let hasBody = !isToHEAD && status >= 200 && status != 204 && status != 304
        let body = hasBody ? try readBody(of: head) : []
        return TestResponse(status: status, reason: head.reason, fields: fields, body: body)
    }

    /// Everything up to the end of the connection; empty if it ends at once.
    package mutating func readToEnd() throws(TestSocketError) -> [UInt8] {
        while try receive() {}
        defer { input = [] }
        return input
    }

    private mutating func readBody(of head: TestResponse) throws(TestSocketError) -> [UInt8] {
        if head["Transfer-Encoding"] == "chunked" {
            var body: [UInt8] = []
            while true {
                let line = try readLine()
                guard let size = Int(line, radix: 16) else { throw .malformedResponse(line) }
                body += try readBytes(size)
                guard try readLine().isEmpty else { throw .malformedResponse(line) }
                if size == 0 { return body }
            }
        }
        guard let text = head["Content-Length"] else { return try readToEnd() }
        guard let length = Int(text) else { throw .malformedResponse(text) }
        return try readBytes(length)
    }

    private mutating func readLine() throws(TestSocketError) -> String {
        while true {
            if let lineFeed = input.firstIndex(of: UInt8(ascii: "\n")) {
                let line = input[..<lineFeed]
                guard line.last == UInt8(ascii: "\r") else {
                    throw .malformedResponse(String(decoding: line, as: UTF8.self))
                }
                defer { input.removeSubrange(...lineFeed) }
                return String(decoding: line.dropLast(), as: UTF8.self)
            }
            guard try receive() else { throw endedEarly() }
        }
    }

    private mutating func readBytes(_ count: Int) throws(TestSocketError) -> [UInt8] {
        while input.count < count {
            guard try receive() else { throw endedEarly() }
        }
        defer { input.removeSubrange(..<count) }
        return Array(input[..<count])
    }

    private mutating func receive() throws(TestSocketError) -> Bool {
        let bytes = try socket.receive()
        input += bytes
        return !bytes.isEmpty
    }

    private func endedEarly() -> TestSocketError {
        .endedEarly(received: String(decoding: input.prefix(1000), as: UTF8.self))
    }
}
