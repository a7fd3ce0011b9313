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
        var host = text[...]
        var rest = text[text.endIndex...]
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[..<end].dropFirst()
            rest = text[end...].dropFirst()
        } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
            // An IPv6 address without brackets has more than one colon.
            host = text[..<colon]
            rest = text[colon...]
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "[" || $0 == "]" || $0 == "\0" }) else {
            return nil
        }
        self.host = String(host)
        if rest.isEmpty {
            port = Self.defaultPort
        } else {
            let digits = rest.dropFirst()
            guard rest.first == ":", digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
                1...65_535 ~= port
            else { return nil }
            self.port = port
        }
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
