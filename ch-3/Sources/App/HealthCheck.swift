private import Glibc

/// `wiki-stats check`: asks the program that runs beside it for its status.
///
/// For the health check of a container image in which there is no shell and no curl.
package enum HealthCheck {
    /// Whether `GET path` on this machine is answered with 200.
    ///
    /// - Parameter timeout: how long to wait for the connection, and for each piece of the answer.
    package static func isHealthy(host: String, port: Int, path: String, timeout: Duration = .seconds(3)) -> Bool {
        // Who listens on every interface is asked on the loopback one.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
        guard let descriptor = connect(host: host, port: port, timeout: timeout) else { return false }
        defer { close(descriptor) }
        let request = Array(
            "GET \(path) HTTP/1.1\r\nHost: \(host.contains(":") ? "[\(host)]" : host)\r\nConnection: close\r\n\r\n".utf8
        )
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
        let expected = Array("HTTP/1.1 200 ".utf8)
        var answer = [UInt8](repeating: 0, count: expected.count)
        return recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL)) == expected.count && answer == expected
    }

    private static func connect(host: String, port: Int, timeout: Duration) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &addresses) == 0, let address = addresses?.pointee else {
            return nil
        }
        defer { freeaddrinfo(addresses) }
        let descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let (seconds, attoseconds) = timeout.components
        var timeout = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
