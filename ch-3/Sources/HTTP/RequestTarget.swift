private import Glibc

/// What a request is about (RFC 9112 §3.2), decoded once and checked, so that nobody behind has to do it again.
package struct RequestTarget: Sendable, Equatable {
    /// Percent-decoded: starts with `/`, is valid UTF-8, has no control characters and no `.` or `..` segments.
    /// `*` for a request about the server as a whole.
    package let path: String
    /// What follows the `?`, as it came.
    package let query: String?

    /// Reads the origin form `/path?query`, the absolute form `http://host/path?query`, and `*` for OPTIONS.
    ///
    /// - Throws: 400 for anything else. A slash, a NUL or another control character must not come in by percent-encoding:
    ///   programs disagree on what `%2F` means, and such disagreements are what attackers look for.
    init(_ bytes: ArraySlice<UInt8>, method: HTTPMethod) throws(Problem) {
        if bytes.elementsEqual("*".utf8) {
            guard method == .options else { throw .badRequest("The target * is for OPTIONS only.") }
            path = "*"
            query = nil
            return
        }
        guard bytes.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "#") }) else {
            throw .badRequest("The target has a character that must be percent-encoded.")
        }
        let origin = try Self.originForm(of: bytes)
        let question = origin.firstIndex(of: .questionMark) ?? origin.endIndex
        path = try Self.decodePath(origin[..<question])
        query = question == origin.endIndex ? nil : String(decoding: origin[(question + 1)...], as: UTF8.self)
    }

    /// Takes scheme and authority off a target in absolute form.
    private static func originForm(of bytes: ArraySlice<UInt8>) throws(Problem) -> ArraySlice<UInt8> {
        if bytes.first == .slash { return bytes }
        for scheme in ["http://", "https://"] where equalIgnoringCase(bytes.prefix(scheme.utf8.count), scheme) {
            let rest = bytes.dropFirst(scheme.utf8.count)
            let end = rest.firstIndex { $0 == .slash || $0 == .questionMark } ?? rest.endIndex
            guard isAuthority(rest[..<end]) else { throw .badRequest("The target names no valid host.") }
            let origin = rest[end...]
            return origin.first == .slash ? origin : [.slash] + origin
        }
        throw .badRequest("The target is neither a path nor an http URL.")
    }

    private static func decodePath(_ bytes: ArraySlice<UInt8>) throws(Problem) -> String {
        // Most paths have nothing to decode, and need not be taken apart.
        guard bytes.contains(where: { $0 == .percent || $0 == UInt8(ascii: ".") }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == .percent else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.endIndex, let high = bytes[index + 1].hexDigit, let low = bytes[index + 2].hexDigit
            else { throw .badRequest("The path has a % without two hexadecimal digits.") }
            let byte = high << 4 | low
            guard !byte.isControl, byte != .slash else {
                throw .badRequest("The path has an encoded slash or control character.")
            }
            decoded.append(byte)
            index += 3
        }
        guard let path = String(validating: decoded, as: UTF8.self) else {
            throw .badRequest("The path is not UTF-8.")
        }
        let segments = decoded.split(separator: .slash, omittingEmptySubsequences: false)
        guard !segments.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else {
            throw .badRequest("The path has a segment . or .. in it.")
        }
        return path
    }
}

/// Whether this is `host` or `host:port` as RFC 3986 §3.2 has them. A host is needed, a user is not allowed.
func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
    var host = bytes
    if let colon = bytes.lastIndex(of: .colon), !bytes[colon...].contains(UInt8(ascii: "]")) {
        let port = bytes[(colon + 1)...]
        guard port.count <= 5, port.allSatisfy({ $0.decimalDigit != nil }) else { return false }
        host = bytes[..<colon]
    }
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
        var address = in6_addr()
        return inet_pton(AF_INET6, String(decoding: host.dropFirst().dropLast(), as: UTF8.self), &address) == 1
    }
    return !host.isEmpty && host.allSatisfy(\.isHost) && everyPercentHasTwoDigits(host)
}

/// RFC 3986 §2.1.
private func everyPercentHasTwoDigits(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while let percent = rest.firstIndex(of: .percent) {
        rest = rest[(percent + 1)...]
        guard rest.count >= 2, rest.prefix(2).allSatisfy({ $0.hexDigit != nil }) else { return false }
    }
    return true
}
