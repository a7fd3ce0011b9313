/// Where a node of the cluster is asked first: `host`, `host:port` or `[address]:port`.
package struct ContactPoint: Sendable, Hashable, CustomStringConvertible {
    package static let defaultPort = 9042

    package let host: String
    package let port: Int

    package init(host: String, port: Int = Self.defaultPort) {
        self.host = host
        self.port = port
    }

    /// - Returns: `nil` if the text has no host, or a port that is none.
    package init?(_ text: some StringProtocol) {
        var (host, rest) = (text[...], text[text.endIndex...])
        if text.first == "[", let end = text.firstIndex(of: "]") {
            (host, rest) = (text[..<end].dropFirst(), text[end...].dropFirst())
        } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
            // An IPv6 address without brackets has more than one colon.
            (host, rest) = (text[..<colon], text[colon...])
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "[]/\0".contains($0) }) else { return nil }
        // With a colon it is an IPv6 address, perhaps with a zone (RFC 4007 § 11.2), and not a name with two ports.
        let isAddress = host.prefix { $0 != "%" }.allSatisfy { $0.isHexDigit || ":.".contains($0) }
        guard isAddress || !host.contains(":") else { return nil }
        self.init(host: String(host))
        guard !rest.isEmpty else { return }
        guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0, rest.dropFirst().first != "+" else {
            return nil
        }
        self.init(host: String(host), port: Int(port))
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
