/// The head of a request, read and checked.
struct RequestHead: Sendable {
    enum BodyLength: Sendable, Equatable {
        case bytes(Int)
        case chunked
    }

    let method: HTTPMethod
    let target: RequestTarget
    let isHTTP11: Bool
    let fields: HTTPFields
    let bodyLength: BodyLength
    /// Whether the client wants to use the connection again (RFC 9112 §9.3).
    let keepsAlive: Bool
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    let expectsContinue: Bool
    /// How many bytes the head takes.
    let byteCount: Int
}

/// Reads the head of one request (RFC 9112 §2 to §6) out of bytes that come in pieces of any size.
///
/// Strict: where the RFC lets a recipient be lenient, two programs in a row may be lenient in different ways and see two
/// different requests in the same bytes, which is called request smuggling. So whatever is not exactly right is refused.
///
/// Pure: it sees bytes and says what they are. How they are split makes no difference to what it says.
struct RequestHeadParser {
    private let limits: HTTPServer.Limits
    /// Where the first line that is not read yet starts.
    private var lineStart = 0
    /// Up to where there is no end of that line.
    private var searched = 0
    private var requestLine: RequestLine?
    private var fields: [ParsedField] = []

    /// The method, as soon as the request line has been read.
    var method: HTTPMethod? { requestLine?.method }

    private struct RequestLine {
        let method: HTTPMethod
        let target: RequestTarget
        let isHTTP11: Bool
    }

    init(limits: HTTPServer.Limits) {
        self.limits = limits
        fields.reserveCapacity(16)
    }

    /// - Parameter bytes: all that has been received of the request, from its first byte. May hold more than the head.
    /// - Returns: the head, or `nil` if its end has not been received yet.
    /// - Throws: the problem that makes the request unusable, and with it the connection: where the next one would start
    ///   is anybody's guess.
    mutating func parse(_ bytes: ArraySlice<UInt8>) throws(Problem) -> RequestHead? {
        // What can never become a request is refused without waiting for the end of the line: a TLS handshake, say.
        if let first = bytes.first, !first.isToken, first != .carriageReturn {
            throw .badRequest("This is not an HTTP request.")
        }
        let start = bytes.startIndex
        while let lineFeed = bytes[(start + searched)...].firstIndex(of: .lineFeed) {
            try checkLength(of: lineFeed + 1 - start)
            guard lineFeed > start + lineStart, bytes[lineFeed - 1] == .carriageReturn else {
                throw .badRequest("A line of the head does not end in CR LF.")
            }
            let line = bytes[(start + lineStart)..<(lineFeed - 1)]
            lineStart = lineFeed + 1 - start
            searched = lineStart

            guard let requestLine else {
                // An empty line before the request is ignored (RFC 9112 §2.2), once.
                if line.isEmpty && lineStart == 2 { continue }
                requestLine = try Self.parseRequestLine(line)
                continue
            }
            if line.isEmpty {
                return try head(of: bytes[start..<(start + lineStart)], requestLine: requestLine)
            }
            guard fields.count < limits.fieldCountMax else {
                throw Problem(.headerFieldsTooLarge, "More than \(limits.fieldCountMax) header fields.")
            }
            fields.append(try Self.parseField(line, offset: start))
        }
        searched = bytes.count
        try checkLength(of: bytes.count)
        return nil
    }

    private func checkLength(of byteCount: Int) throws(Problem) {
        if requestLine == nil, byteCount - lineStart > limits.requestLineBytesMax {
            throw Problem(.uriTooLong, "The request line is longer than \(limits.requestLineBytesMax) bytes.")
        }
        if byteCount > limits.headBytesMax {
            throw Problem(.headerFieldsTooLarge, "The head is longer than \(limits.headBytesMax) bytes.")
        }
    }

    // MARK: Lines

    /// `GET /status HTTP/1.1`: three parts with one space between them (RFC 9112 §3).
    private static func parseRequestLine(_ line: ArraySlice<UInt8>) throws(Problem) -> RequestLine {
        // The first and the last space: one in between is refused with the target.
        guard let first = line.firstIndex(of: .space), let last = line.lastIndex(of: .space), first < last,
            first > line.startIndex, line[..<first].allSatisfy(\.isToken)
        else { throw .badRequest("The request line is not method, target and version with one space between them.") }
        let version = line[(last + 1)...]
        guard version.count == 8, version.starts(with: "HTTP/".utf8), version[last + 7] == UInt8(ascii: "."),
            let major = version[last + 6].decimalDigit, let minor = version[last + 8].decimalDigit
        else { throw .badRequest("The request line does not end in an HTTP version.") }
        guard major == 1 else { throw Problem(.versionNotSupported, "This server speaks HTTP/1.1.") }
        let name = String(decoding: line[..<first], as: UTF8.self)
        guard let method = HTTPMethod(rawValue: name), method != .connect else {
            throw Problem(.notImplemented, "The method is not implemented here.")
        }
        let target = try RequestTarget(line[(first + 1)..<last], method: method)
        return RequestLine(method: method, target: target, isHTTP11: minor >= 1)
    }

    /// `Name: value`, with optional white space around the value only (RFC 9112 §5).
    private static func parseField(_ line: ArraySlice<UInt8>, offset: Int) throws(Problem) -> ParsedField {
        // A name is a token, so this also refuses a space before the colon and a folded line, both used for smuggling.
        guard let colon = line.firstIndex(of: .colon), colon > line.startIndex,
            line[..<colon].allSatisfy(\.isToken)
        else { throw .badRequest("A header field has no valid name, or a space where none may be.") }
        let value = trimmed(line[(colon + 1)...])
        guard value.allSatisfy(\.isText) else {
            throw .badRequest("A header field has a control character in its value.")
        }
        return ParsedField(
            name: (line.startIndex - offset)..<(colon - offset),
            value: (value.startIndex - offset)..<(value.endIndex - offset))
    }

    /// Without the optional white space at both ends.
    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == .space || byte == .tab }
        guard let last = bytes.lastIndex(where: { !isBlank($0) }) else { return bytes.prefix(0) }
        return bytes[...last].drop(while: isBlank)
    }

    // MARK: What the fields mean together

    private func head(of bytes: ArraySlice<UInt8>, requestLine: RequestLine) throws(Problem) -> RequestHead {
        let bytes = Array(bytes)
        var hosts = 0
        var contentLength: Int?
        var isChunked = false
        var wantsClose = false
        var wantsKeepAlive = requestLine.isHTTP11
        var expectsContinue = false

        for field in fields {
            let value = bytes[field.value]
            switch KnownField(bytes[field.name]) {
            case .host:
                hosts += 1
                guard isAuthority(value) else { throw .badRequest("Host is not the name of a host.") }
            case .contentLength:
                guard contentLength == nil, let length = Self.parseLength(value) else {
                    throw .badRequest("Content-Length is not one whole number.")
                }
                contentLength = length
            case .transferEncoding:
                guard requestLine.isHTTP11, !isChunked else {
                    throw .badRequest("Transfer-Encoding is repeated, or used in HTTP/1.0.")
                }
                guard equalIgnoringCase(value, "chunked") else {
                    throw Problem(.notImplemented, "The only transfer coding that is implemented here is chunked.")
                }
                isChunked = true
            case .connection:
                let options = value.split(separator: UInt8(ascii: ",")).map(Self.trimmed)
                wantsClose = wantsClose || options.contains { equalIgnoringCase($0, "close") }
                wantsKeepAlive = wantsKeepAlive || options.contains { equalIgnoringCase($0, "keep-alive") }
            case .expect:
                guard equalIgnoringCase(value, "100-continue") else {
                    throw Problem(.expectationFailed, "The only expectation that is known here is 100-continue.")
                }
                expectsContinue = requestLine.isHTTP11
            case nil:
                break
            }
        }
        guard hosts == 1 || hosts == 0 && !requestLine.isHTTP11 else {
            throw .badRequest("A request must have one Host field.")
        }
        guard contentLength == nil || !isChunked else {
            throw .badRequest("A request must not have both Content-Length and Transfer-Encoding.")
        }
        return RequestHead(
            method: requestLine.method, target: requestLine.target, isHTTP11: requestLine.isHTTP11,
            fields: HTTPFields(head: bytes, fields: fields),
            bodyLength: isChunked ? .chunked : .bytes(contentLength ?? 0),
            keepsAlive: wantsKeepAlive && !wantsClose, expectsContinue: expectsContinue, byteCount: bytes.count)
    }

    /// Digits and nothing else; `Int` would also take a sign.
    private static func parseLength(_ value: ArraySlice<UInt8>) -> Int? {
        guard !value.isEmpty, value.count <= 18 else { return nil }
        var length = 0
        for byte in value {
            guard let digit = byte.decimalDigit else { return nil }
            length = length * 10 + digit
        }
        return length
    }

    /// The fields that decide how a request is read.
    private enum KnownField {
        case host, contentLength, transferEncoding, connection, expect

        /// Looks at the length first, so that most names are told apart without a comparison.
        init?(_ name: ArraySlice<UInt8>) {
            switch name.count {
            case 4 where equalIgnoringCase(name, "host"): self = .host
            case 6 where equalIgnoringCase(name, "expect"): self = .expect
            case 10 where equalIgnoringCase(name, "connection"): self = .connection
            case 14 where equalIgnoringCase(name, "content-length"): self = .contentLength
            case 17 where equalIgnoringCase(name, "transfer-encoding"): self = .transferEncoding
            default: return nil
            }
        }
    }
}

extension Problem {
    static func badRequest(_ detail: String) -> Problem {
        Problem(.badRequest, detail)
    }
}
