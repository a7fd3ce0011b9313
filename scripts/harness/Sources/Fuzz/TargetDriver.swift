internal import Foundation

@testable import HTTP

/// Oracle: `TargetModel`, whose percent-decoding is Foundation's.
final class TargetDriver: Driver {
    let seeds = [
        "/status", "/a%20b/%C3%A9?c=%2F", "http://a.b:80/c?d", "https://[::1]", "*", "/a/../b", "/%00", "/.../a.b",
        "/%e2%82%ac%F0%9F%A7%80",
    ]
    let words = [
        "http://", "HTTPS://", "[::1]", "[1:2::]", ":1.2.3.4]", "::", ":80", ":65536", "%2F", "%2e", "%25", "%C3%A9",
        "%C3", "%7f",
        "%F0%9F%A7%80", "%ED%A0%80", "/../", "/./", "/.", "/..", "?", "#", "//", "@",
    ]

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(input)
        for method in [HTTPMethod.get, .options] {
            let target = try? RequestTarget(bytes[...], method: method)
            let expected = TargetModel.read(bytes[...], method: method)
            expectEqual(target?.path, expected?.path, "the path of \(bytes.quoted)")
            expectEqual(target?.query, expected?.query, "the query of \(bytes.quoted)")
            guard let target, target.path != "*" else { continue }
            expect(target.path.utf8.first == UInt8(ascii: "/"), "\(target.path.debugDescription) has no leading slash")
            expect(!target.path.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a control character in the path")
            expect(!"\(target.path)/".contains("/../"), "a segment .. in the path")
        }
    }
}

/// The target of a request read in the plainest way.
enum TargetModel {
    private static let slash = UInt8(ascii: "/")

    static func read(_ target: ArraySlice<UInt8>, method: HTTPMethod) -> (path: String, query: String?)? {
        if target.elementsEqual("*".utf8) { return method == .options ? ("*", nil) : nil }
        let isPlain = { (byte: UInt8) in byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#") }
        guard target.allSatisfy(isPlain), let origin = originForm(String(decoding: target, as: UTF8.self)) else {
            return nil
        }
        let parts = origin.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(decoding: parts[0], as: UTF8.self)
        // What is refused although Foundation takes it: bytes that are not UTF-8, which it makes U+FFFD, and what would be
        // a slash or a control character after decoding.
        guard let decoded = path.removingPercentEncoding,
            decoded.unicodeScalars.count(where: { $0 == "\u{FFFD}" })
                == path.uppercased().split(separator: "%EF%BF%BD", omittingEmptySubsequences: false).count - 1,
            decoded.utf8.count(where: { $0 == slash }) == path.utf8.count(where: { $0 == slash }),
            !decoded.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        let segments = decoded.utf8.split(separator: slash).map { String(decoding: $0, as: UTF8.self) }
        if segments.contains(".") || segments.contains("..") { return nil }
        return (decoded, parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil)
    }

    private static func originForm(_ target: String) -> String? {
        if target.utf8.first == slash { return target }
        let lowercase = target.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowercase.hasPrefix) else { return nil }
        let rest = target.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != slash && $0 != UInt8(ascii: "?") }
        guard isAuthority(Array(authority)[...]) else { return nil }
        let origin = String(decoding: rest.dropFirst(authority.count), as: UTF8.self)
        return origin.utf8.first == slash ? origin : "/" + origin
    }

    /// `host` or `host:port`.
    static func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
        let bracket = bytes.lastIndex(of: UInt8(ascii: "]"))
        let hostEnd = bracket.map { $0 + 1 } ?? bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        let (host, port) = (bytes[..<hostEnd], bytes[hostEnd...])
        guard port.isEmpty || port.first == UInt8(ascii: ":") else { return false }
        guard port.count <= 6, port.dropFirst().allSatisfy(HeadModel.isDigit) else { return false }
        if bracket == nil {
            return !host.isEmpty && host.allSatisfy("\(letters)0123456789-._~!$&'()*+,;=%".utf8.contains)
                && host.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst().allSatisfy {
                    $0.prefix(2).count(where: hexDigits.utf8.contains) == 2
                }
        }
        return host.first == UInt8(ascii: "[") && isIPv6(String(decoding: host.dropFirst().dropLast(), as: UTF8.self))
    }

    /// Eight groups, of which `::` stands for one or more, and an IPv4 address for the last two (RFC 3986 §3.2.2).
    private static func isIPv6(_ address: String) -> Bool {
        let halves = address.components(separatedBy: "::")
        let groups = halves.filter { !$0.isEmpty }.flatMap { $0.components(separatedBy: ":") }
        var groupCount = groups.count
        for (index, group) in groups.enumerated()
        where !(1...4 ~= group.utf8.count && group.utf8.allSatisfy(hexDigits.utf8.contains)) {
            guard index == groups.count - 1, !address.hasSuffix("::"), isIPv4(group) else { return false }
            groupCount += 1
        }
        return halves.count == 1 ? groupCount == 8 : halves.count == 2 && groupCount <= 7
    }

    private static func isIPv4(_ address: String) -> Bool {
        let numbers = address.components(separatedBy: ".")
        return numbers.count == 4 && numbers.allSatisfy { UInt8($0).map(String.init) == $0 }
    }

    private static let hexDigits = "0123456789abcdefABCDEF"
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
}
