private import CLinux
private import Glibc
internal import Lifecycle

/// What the thread of a connection does: resolve the name, connect, then send and receive until the connection ends.
///
/// A thread, because all of this waits, resolving a name most of all, and Swift's own threads must not. One is enough for a
/// connection: the socket does not block, and `poll` waits for it and for requests at the same time.
struct SocketLoop: ~Copyable {
    private let connection: CQLConnection
    private var decoder: FrameDecoder
    private var hasReceived = false
    private var unsent: [UInt8] = []
    private var sentCount = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    /// Starts the thread. It ends when the connection does; while it waits for a name server, some time later.
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

    deinit {
        buffer.deallocate()
    }

    private mutating func run() {
        do throws(CQLError) {
            let descriptor = try connect()
            defer { close(descriptor) }
            while connection.end == nil { try turn(descriptor) }
        } catch {
            connection.close(error)
        }
    }

    private mutating func turn(_ descriptor: Int32) throws(CQLError) {
        let nextCheck = connection.checkDeadlines(now: .now)
        try send(descriptor)
        let isSending = sentCount < unsent.count
        let events = wait(descriptor, for: isSending ? POLLIN | POLLOUT : POLLIN, until: nextCheck)
        if events & ~POLLOUT != 0 { try receive(descriptor) }
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
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
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
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count < 0 {
            if errno == EINTR || errno == EAGAIN { return }
            throw .connectionLost(describe(errno))
        }
        guard count > 0 else { throw .connectionLost("the server has ended it") }
        decoder.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        let now = CQLConnection.Instant.now
        while let frame = try nextFrame() {
            hasReceived = true
            try connection.receive(frame, now: now)
        }
    }

    private mutating func nextFrame() throws(CQLError) -> Frame? {
        do throws(FrameError) {
            return try decoder.next()
        } catch {
            // What has spoken the protocol before can be expected to do so on a new connection.
            throw hasReceived ? .connectionLost("\(error)") : .notCassandra("\(error)")
        }
    }

    // MARK: Waiting

    /// Waits until something can be done with the socket, the connection wakes its thread, or the time has come.
    ///
    /// - Returns: what can be done with the socket.
    private func wait(_ descriptor: Int32, for events: Int32, until end: CQLConnection.Instant) -> Int32 {
        var descriptors = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
            pollfd(fd: connection.wakeUpDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = ((end - .now) / .milliseconds(1)).rounded(.up)
        guard poll(&descriptors, 2, Int32(max(0, min(milliseconds, 60_000)))) > 0 else { return 0 }
        if descriptors[1].revents != 0 {
            var count: eventfd_t = 0
            eventfd_read(connection.wakeUpDescriptor, &count)
        }
        return Int32(descriptors[0].revents)
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
        var error = EHOSTUNREACH
        for address in addresses {
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let descriptor = socket(address.pointee.ai_family, type, 0)
            guard descriptor >= 0 else { throw .notConnected(describe(errno)) }
            // A small request is sent at once, not when the last one is acknowledged.
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            error = connect(descriptor, to: address, until: .now + connection.settings.connectTimeout / addresses.count)
            if error == 0 { return descriptor }
            close(descriptor)
        }
        throw .notConnected(describe(error))
    }

    /// - Returns: 0 or the `errno`.
    private func connect(
        _ descriptor: Int32, to address: UnsafeMutablePointer<addrinfo>, until end: CQLConnection.Instant
    ) -> Int32 {
        if Glibc.connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 { return 0 }
        // A signal only interrupts the call: the system goes on connecting.
        guard errno == EINPROGRESS || errno == EINTR else { return errno }
        while connection.end == nil {
            guard wait(descriptor, for: POLLOUT, until: end) == 0 else {
                var error: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
                return error
            }
            if end <= .now { return ETIMEDOUT }
        }
        return ECANCELED
    }

    private func describe(_ error: Int32) -> String {
        String(cString: strerror(error))
    }
}
