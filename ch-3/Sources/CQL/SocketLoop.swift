private import CLinux
private import Glibc
internal import Lifecycle

/// What the thread of a connection does: resolve the name, connect, then send and receive until the connection ends.
///
/// A thread, because all of this waits, resolving a name most of all, and Swift's own threads must not. One is enough for a
/// connection: `poll` waits for the socket and for requests at the same time, and sending and receiving do not wait.
struct SocketLoop {
    private let connection: CQLConnection
    private var decoder: FrameDecoder
    private var hasReceived = false
    private var unsent: [UInt8] = []
    private var sentCount = 0
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    /// Starts the thread. It ends when the connection does; while it waits for a name server or for the connection to be
    /// made, some time later.
    static func start(_ connection: CQLConnection) {
        startThread(named: "cql") {
            var loop = SocketLoop(connection)
            loop.run()
        }
    }

    private init(_ connection: CQLConnection) {
        self.connection = connection
        decoder = FrameDecoder(bodyBytesMax: connection.settings.frameBytesMax)
    }

    private mutating func run() {
        do throws(CQLError) {
            let descriptor = try connect()
            defer { close(descriptor) }
            while connection.end == nil {
                let nextDeadline = connection.checkDeadlines()
                try send(descriptor)
                if waitToReceive(descriptor, until: nextDeadline) { try receive(descriptor) }
            }
        } catch {
            connection.close(error)
        }
    }

    // MARK: Bytes

    private mutating func send(_ descriptor: Int32) throws(CQLError) {
        while true {
            if sentCount == unsent.count {
                sentCount = 0
                connection.takeOutgoing(&unsent)
                if unsent.isEmpty { return }
            }
            let count = unsent[sentCount...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return }
                throw .connectionLost(describe(errno))
            }
            sentCount += count
        }
    }

    private mutating func receive(_ descriptor: Int32) throws(CQLError) {
        let count = buffer.withUnsafeMutableBytes {
            recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        if count < 0 {
            if errno == EINTR || errno == EAGAIN { return }
            throw .connectionLost(describe(errno))
        }
        guard count > 0 else { throw .connectionLost("the server has ended the connection") }
        decoder.append(buffer[..<count])
        do throws(CQLError) {
            while let frame = try decoder.next() {
                hasReceived = true
                try connection.receive(frame)
            }
        } catch .malformedAnswer(let reason) where hasReceived {
            // What has spoken the protocol before can be expected to do so on a new connection.
            throw .connectionLost(reason)
        }
    }

    /// Waits until there is something to receive, the rest can be sent, the connection wakes its thread, or time is over.
    private func waitToReceive(_ descriptor: Int32, until end: CQLConnection.Instant?) -> Bool {
        let isSending = sentCount < unsent.count
        var descriptors = [
            pollfd(fd: descriptor, events: Int16(isSending ? POLLIN | POLLOUT : POLLIN), revents: 0),
            pollfd(fd: connection.wakeUpDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        // At most a minute, which any number of milliseconds fits into.
        let left = min(end.map { max(.zero, $0 - .now) } ?? .seconds(60), .seconds(60))
        guard poll(&descriptors, 2, Int32((left / .milliseconds(1)).rounded(.up))) > 0 else { return false }
        if descriptors[1].revents != 0 {
            var count: eventfd_t = 0
            eventfd_read(connection.wakeUpDescriptor, &count)
        }
        return Int32(descriptors[0].revents) & ~POLLOUT != 0
    }

    // MARK: Connecting

    /// Tries the addresses of the name one after the other; each has its share of the time.
    private func connect() throws(CQLError) -> Int32 {
        guard connection.wakeUpDescriptor >= 0 else { throw .notConnected(describe(EMFILE)) }
        let point = connection.contactPoint
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(point.host, String(point.port), &hints, &found)
        guard failure == 0, let found else {
            throw .notConnected("its name cannot be resolved: \(String(cString: gai_strerror(failure)))")
        }
        defer { freeaddrinfo(found) }

        let addresses = Array(sequence(first: found, next: \.pointee.ai_next))
        let (seconds, attoseconds) = (connection.settings.connectTimeout / addresses.count).components
        // With this option `connect` gives up, too (socket(7)); not with 0, which is no limit.
        var share = timeval(tv_sec: Int(seconds), tv_usec: max(1, Int(attoseconds / 1_000_000_000_000)))
        var error = EHOSTUNREACH
        for address in addresses where connection.end == nil {
            let descriptor = socket(address.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw .notConnected(describe(errno)) }
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &share, socklen_t(MemoryLayout<timeval>.size))
            // A small request is sent at once, not when the last one is acknowledged.
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            if Glibc.connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 { return descriptor }
            error = errno == EINPROGRESS ? ETIMEDOUT : errno
            close(descriptor)
        }
        throw .notConnected(describe(error))
    }

    private func describe(_ error: Int32) -> String {
        String(cString: strerror(error))
    }
}
