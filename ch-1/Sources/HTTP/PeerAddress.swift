internal import CLinux
internal import Glibc

/// The IP address of the other end of a connection, without its port.
package struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv6 address in two halves; IPv4 as the mapped address `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2).
    private let high: UInt64
    private let low: UInt64

    private static let mappedPrefix: UInt64 = 0xFFFF << 32

    init(ipv4 address: UInt32) {
        high = 0
        low = Self.mappedPrefix | UInt64(address)
    }

    /// - Parameter storage: an address of family `AF_INET` or `AF_INET6`, as `accept` fills it in.
    init(_ storage: sockaddr_storage) {
        var storage = storage
        let isIPv6 = storage.ss_family == sa_family_t(AF_INET6)
        (high, low) = withUnsafeBytes(of: &storage) { bytes in
            if isIPv6 {
                let address = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 0
                return (
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: address, as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: address + 8, as: UInt64.self))
                )
            }
            let address = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) ?? 0
            let ipv4 = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: address, as: UInt32.self))
            return (0, Self.mappedPrefix | UInt64(ipv4))
        }
    }

    private var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What one subscriber usually has: a single IPv4 address, or a whole /64 of IPv6, in which addresses cost nothing.
    package var network: PeerAddress { isIPv4 ? self : PeerAddress(high: high, low: 0) }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var description: String {
        if isIPv4 {
            return (0..<4).map { String(low >> (24 - 8 * UInt64($0)) & 0xFF) }.joined(separator: ".")
        }
        let groups = [high, low].flatMap { half in (0..<4).map { half >> (48 - 16 * UInt64($0)) & 0xFFFF } }
        return groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
}
