private import Glibc

/// A client's end of a TCP connection, as plain as it gets: any bytes can be sent, at any moment, in any pieces.
///
/// Its calls block, for at most ``timeoutSeconds``: use it on a thread of its own, or through ``TestClient``.
package final class TestSocket: Sendable {
    package static let timeoutSeconds = 10
    private let descriptor: Int32

    /// - Parameters:
    ///   - host: an IPv4 address, and `source` the one to come from: all of 127.0.0.0/8 is this machine.
    ///   - receiveBufferBytes: how much the kernel may keep for a client that does not read.
    package init(
        host: String = "127.0.0.1", port: Int, source: String? = nil, receiveBufferBytes: Int32? = nil
    ) throws(TestSocketError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(errno) }
        // One write, one packet, at once: the tests decide about the pieces.
        setOption(TCP_NODELAY, Int32(IPPROTO_TCP), Int32(1))
        setOption(SO_RCVTIMEO, SOL_SOCKET, timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0))
        setOption(SO_SNDTIMEO, SOL_SOCKET, timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0))
        if let receiveBufferBytes { setOption(SO_RCVBUF, SOL_SOCKET, receiveBufferBytes) }
        if let source {
            try checked(withAddress(source, port: 0) { bind(descriptor, $0, $1) })
        }
        try checked(withAddress(host, port: port) { connect(descriptor, $0, $1) })
    }

    deinit {
        close(descriptor)
    }

    package func send(_ bytes: some Sequence<UInt8>) throws(TestSocketError) {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            try checked(Int32(truncatingIfNeeded: count))
            sent += count
        }
    }

    /// - Returns: what has arrived, after waiting for something; nothing at the end of the connection.
    package func receive(bytesMax: Int = 64 * 1024) throws(TestSocketError) -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, initializedCount in
                count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                initializedCount = max(0, count)
            }
            if count < 0 && errno == EINTR { continue }
            try checked(Int32(truncatingIfNeeded: count))
            return bytes
        }
    }

    /// Whether something, or the end of the connection, can be received within this time.
    package func canReceive(withinMilliseconds milliseconds: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, milliseconds) > 0
    }

    /// Ends our side: the server sees the end of what we send, and can still answer.
    package func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Makes closing a reset, as when a machine is switched off and another takes its place.
    package func resetWhenClosed() {
        setOption(SO_LINGER, SOL_SOCKET, linger(l_onoff: 1, l_linger: 0))
    }

    /// Ends both sides at once. The descriptor itself is closed with the last reference.
    package func disconnect() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: System calls

    private func setOption<Value: BitwiseCopyable>(_ option: Int32, _ level: Int32, _ value: Value) {
        withUnsafeBytes(of: value) { bytes in
            _ = setsockopt(descriptor, level, option, bytes.baseAddress, socklen_t(bytes.count))
        }
    }

    private func withAddress(
        _ host: String, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func checked(_ result: Int32) throws(TestSocketError) {
        guard result < 0 else { return }
        switch errno {
        case ECONNREFUSED: throw .refused
        case ECONNRESET, EPIPE: throw .reset
        case EAGAIN: throw .timedOut
        default: throw .system(errno)
        }
    }
}

package enum TestSocketError: Error, Equatable {
    case refused
    case reset
    /// Nothing came within ``TestSocket/timeoutSeconds``.
    case timedOut
    /// The connection ended in the middle of an answer.
    case endedEarly(received: String)
    case malformedResponse(String)
    case system(Int32)
}
