private import CLinux
private import Glibc

/// A TCP socket that waits for connections. Closed with its last reference.
package final class ListeningSocket: Sendable {
    /// The port, also where 0 had let the system choose.
    package let port: Int
    let descriptor: Int32

    /// Binds and listens; connections queue up from here on, until somebody accepts them.
    ///
    /// - Parameters:
    ///   - host: an IP address or a name; `0.0.0.0` and `::` mean every interface.
    ///   - port: 0 to 65535; 0 lets the system choose.
    package init(host: String, port: Int) throws(ListenError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var addresses: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &addresses)
        guard failure == 0, let address = addresses?.pointee else {
            throw ListenError(host: host, port: port, cause: .unknownHost(String(cString: gai_strerror(failure))))
        }
        defer { freeaddrinfo(addresses) }

        let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(address.ai_family, Int32(type), 0)
        // Without SO_REUSEADDR a restart would fail for a minute, while connections of the last run are in TIME_WAIT.
        // Accepted sockets inherit the rest. TCP_NODELAY: an answer is sent at once, not when the last one is acknowledged.
        // SO_KEEPALIVE: a client that has vanished during a long stream is noticed, in hours.
        guard descriptor >= 0, enable(SO_REUSEADDR, SOL_SOCKET, on: descriptor),
            enable(TCP_NODELAY, Int32(IPPROTO_TCP), on: descriptor), enable(SO_KEEPALIVE, SOL_SOCKET, on: descriptor),
            bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, listen(descriptor, SOMAXCONN) == 0
        else {
            let error = ListenError(host: host, port: port, cause: .system(errno))
            if descriptor >= 0 { close(descriptor) }
            throw error
        }
        self.descriptor = descriptor
        self.port = boundPort(of: descriptor)
    }

    deinit {
        close(descriptor)
    }

    enum Accepted {
        case connection(descriptor: Int32, peer: PeerAddress)
        case nothingWaiting
        /// The process or the system has no descriptors or memory left.
        case exhausted(errno: Int32)
    }

    /// Takes the next connection off the queue, without waiting.
    func accept() -> Accepted {
        while true {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    accept4(descriptor, $0, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
                }
            }
            if accepted >= 0 { return .connection(descriptor: accepted, peer: PeerAddress(address)) }
            switch errno {
            case EAGAIN: return .nothingWaiting
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
                ENETUNREACH:
                continue  // A connection that has failed before it was accepted (accept(2)): on to the next.
            default: return .exhausted(errno: errno)
            }
        }
    }
}

private func enable(_ option: Int32, _ level: Int32, on descriptor: Int32) -> Bool {
    var on: Int32 = 1
    return setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
}

private func boundPort(of descriptor: Int32) -> Int {
    var address = sockaddr_in6()  // Large enough for both families, whose port is at the same place.
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return Int(UInt16(bigEndian: address.sin6_port))
}

/// Why no socket could be opened for listening. Its description is one sentence that says what to do.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// The host is neither an address nor a name that can be resolved.
        case unknownHost(String)
        /// The `errno` of the call that failed.
        case system(Int32)
    }

    package let host: String
    package let port: Int
    package let cause: Cause

    package var description: String {
        switch cause {
        case .unknownHost(let reason):
            "HOST is \"\(host)\", which cannot be resolved (\(reason)): set it to an address of this machine."
        case .system(EADDRINUSE):
            "PORT is \(port), which another program is using on \(host): stop that program, or set PORT to a free one."
        case .system(EACCES):
            "PORT is \(port), which this user may not use: set it to one above 1023."
        case .system(EADDRNOTAVAIL):
            "HOST is \"\(host)\", which is no address of this machine: set it to one, or to 0.0.0.0 for all."
        case .system(let error):
            "HOST \(host) and PORT \(port) cannot be listened on: \(String(cString: strerror(error)))."
        }
    }
}
