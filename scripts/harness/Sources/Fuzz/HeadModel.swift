internal import Glibc

@testable import HTTP

/// The head of a request read in the plainest way: the whole at once, line by line.
enum HeadModel {
    struct Field: Equatable {
        let name: ArraySlice<UInt8>
        let value: ArraySlice<UInt8>
    }

    struct Head: Equatable {
        var method: HTTPMethod
        var path: String
        var query: String?
        var isHTTP11: Bool
        var fields: [Field]
        var bodyLength: RequestHead.BodyLength
        var keepsAlive: Bool
        var expectsContinue: Bool
        var byteCount: Int
    }

    enum Verdict {
        case head(Head)
        case incomplete
        case refused
    }

    static func read(_ bytes: [UInt8], limits: HTTPServer.Limits) -> Verdict {
        if let first = bytes.first, !isToken(first), first != 0x0D { return .refused }
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let rest = lines.removeLast()
        var requestLine: [ArraySlice<UInt8>]?
        var fields: [Field] = []
        for line in lines {
            // With the line feed, which `split` has taken away.
            let end = line.endIndex + 1
            if requestLine == nil && line.count + 1 > limits.requestLineBytesMax { return .refused }
            if end > limits.headBytesMax || line.last != 0x0D { return .refused }
            let text = line.dropLast()
            if requestLine == nil {
                if end == 2 { continue }
                let parts = text.split(separator: 0x20, omittingEmptySubsequences: false)
                guard isRequestLine(parts) else { return .refused }
                requestLine = parts
            } else if text.isEmpty, let requestLine {
                return head(requestLine, fields, byteCount: end).map(Verdict.head) ?? .refused
            } else {
                guard fields.count < limits.fieldCountMax, let field = field(text) else { return .refused }
                fields.append(field)
            }
        }
        if requestLine == nil && rest.count > limits.requestLineBytesMax { return .refused }
        return bytes.count > limits.headBytesMax ? .refused : .incomplete
    }

    /// The fields of a head that has been accepted.
    static func fields(in head: ArraySlice<UInt8>) -> [Field] {
        var lines = head.split(separator: 0x0A).map { $0.dropLast() }
        if lines.first?.isEmpty == true { lines.removeFirst() }
        return lines.dropFirst().compactMap(field)
    }

    // MARK: Lines

    private static func isRequestLine(_ parts: [ArraySlice<UInt8>]) -> Bool {
        guard parts.count == 3, let method = method(parts[0]), method != .connect else { return false }
        let version = parts[2]
        guard version.count == 8, version.starts(with: "HTTP/1.".utf8), version.last.map(isDigit) == true
        else { return false }
        return TargetModel.read(parts[1], method: method) != nil
    }

    private static func method(_ name: ArraySlice<UInt8>) -> HTTPMethod? {
        HTTPMethod.allCases.first { $0.rawValue.utf8.elementsEqual(name) }
    }

    private static func field(_ line: ArraySlice<UInt8>) -> Field? {
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy(isToken) else { return nil }
        guard parts[1].allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return Field(name: parts[0], value: trimmed(parts[1]))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        return bytes
    }

    // MARK: What the lines mean

    private static func head(_ line: [ArraySlice<UInt8>], _ fields: [Field], byteCount: Int) -> Head? {
        guard let method = method(line[0]), let target = TargetModel.read(line[1], method: method) else {
            return nil
        }
        let isHTTP11 = line[2].last != UInt8(ascii: "0")
        func values(_ name: String) -> [ArraySlice<UInt8>] {
            fields.filter { isEqual($0.name, name) }.map(\.value)
        }
        let (hosts, lengths, codings) = (values("host"), values("content-length"), values("transfer-encoding"))
        guard hosts.count <= 1, hosts.count == 1 || !isHTTP11, hosts.allSatisfy(TargetModel.isAuthority),
            lengths.count + codings.count <= 1,
            codings.allSatisfy({ isHTTP11 && isEqual($0, "chunked") }),
            lengths.allSatisfy({ 1...18 ~= $0.count && $0.allSatisfy(isDigit) })
        else { return nil }
        let expectations = values("expect")
        guard expectations.allSatisfy({ isEqual($0, "100-continue") }) else { return nil }
        let options = values("connection").flatMap { $0.split(separator: UInt8(ascii: ",")) }.map(trimmed)
        let (closes, stays) = (
            options.contains { isEqual($0, "close") }, options.contains { isEqual($0, "keep-alive") }
        )
        let length = lengths.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        return Head(
            method: method, path: target.path, query: target.query, isHTTP11: isHTTP11, fields: fields,
            bodyLength: codings.isEmpty ? .bytes(length) : .chunked, keepsAlive: !closes && (isHTTP11 || stays),
            expectsContinue: isHTTP11 && !expectations.isEmpty, byteCount: byteCount)
    }

    // MARK: Bytes

    static func isToken(_ byte: UInt8) -> Bool { tokens[Int(byte)] }

    private static let tokens: [Bool] = {
        let characters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        return (0...255).map { byte in characters.utf8.contains(byte) }
    }()

    static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    /// - Parameter text: in lower case.
    static func isEqual(_ bytes: ArraySlice<UInt8>, _ text: String) -> Bool {
        bytes.count == text.utf8.count && zip(bytes, text.utf8).allSatisfy { tolower(Int32($0)) == Int32($1) }
    }
}
