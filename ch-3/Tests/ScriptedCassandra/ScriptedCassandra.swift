private import Glibc
private import Lifecycle
private import Locking

/// A server of Cassandra's native protocol for tests: it reads frames and does with each what the test says.
///
/// Each connection has a thread, so a test may let one wait. What comes in is told in `requests`, in order.
package final class ScriptedCassandra: Sendable {
    /// A frame of the client.
    package struct Request: Sendable, Equatable {
        /// 1 for the first connection.
        package let connection: Int
        package let stream: Int
        package let opcode: UInt8
        package let body: [UInt8]
    }

    package enum Action: Sendable {
        case reply(CQLReply, stream: Int)
        /// Byte by byte, each in a packet of its own.
        case replyInPieces(CQLReply, stream: Int)
        case send([UInt8])
        /// Ends the connection as a crash would.
        case reset
        case close
    }

    package var port: Int { listener.port }
    private let listener = Listener()
    private let respond: @Sendable (Request) -> [Action]
    private let state = Locked(State())
    private let seen: AsyncStream<Request>
    private let seenContinuation: AsyncStream<Request>.Continuation

    private struct State {
        var connections: [Int32] = []
        var acceptedCount = 0
        var isStopped = false
    }

    /// - Parameters:
    ///   - respond: called for each frame after the handshake, on the connection's thread.
    ///   - startUp: the same for the frames of the handshake, if not to say READY.
    package init(
        startUp: @escaping @Sendable (Request) -> [Action] = { [.reply(.ready, stream: $0.stream)] },
        respond: @escaping @Sendable (Request) -> [Action]
    ) {
        (seen, seenContinuation) = AsyncStream.makeStream()
        self.respond = { request in
            switch request.opcode {
            case 0x01, 0x0F: startUp(request)
            default: respond(request)
            }
        }
        startThread(named: "cassandra") { [weak self, listener] in
            while true {
                let client = accept(listener.descriptor, nil, nil)
                guard client >= 0, let server = self, let number = server.add(client) else {
                    if client >= 0 { Glibc.close(client) }
                    break
                }
                startThread(named: "cassandra-\(number)") { server.serve(client, number: number) }
            }
        }
    }

    deinit {
        listener.refuse()
    }

    /// How many connections there have been.
    package var connectionCount: Int { state.withLock { $0.acceptedCount } }

    /// The next request that has come, over any connection.
    package func nextRequest() async -> Request? {
        for await request in seen { return request }
        return nil
    }

    /// Sends bytes on all open connections, whether or not anybody has asked.
    package func broadcast(_ bytes: [UInt8]) {
        state.withLock { state in
            for client in state.connections { Self.send(bytes, client) }
        }
    }

    /// Ends all connections, and takes new ones.
    package func dropConnections() {
        // Under the lock: a descriptor that has been closed may by now be somebody else's.
        state.withLock { state in
            for client in state.connections { shutdown(client, Int32(SHUT_RDWR)) }
        }
    }

    /// Ends all connections, and refuses new ones.
    package func stop() {
        state.withLock { $0.isStopped = true }
        listener.refuse()
        dropConnections()
        seenContinuation.finish()
    }

    // MARK: A connection

    private func add(_ client: Int32) -> Int? {
        state.withLock { state in
            if state.isStopped { return nil }
            state.acceptedCount += 1
            state.connections.append(client)
            return state.acceptedCount
        }
    }

    private func serve(_ client: Int32, number: Int) {
        var on: Int32 = 1
        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        reading: while let request = Self.receive(client, connection: number) {
            seenContinuation.yield(request)
            for action in respond(request) {
                switch action {
                case .reply(let reply, let stream): Self.send(reply.frame(stream: stream), client)
                case .replyInPieces(let reply, let stream):
                    for byte in reply.frame(stream: stream) { Self.send([byte], client) }
                case .send(let bytes): Self.send(bytes, client)
                case .close: break reading
                case .reset:
                    var none = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(client, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
                    break reading
                }
            }
        }
        state.withLock { state in state.connections.removeAll { $0 == client } }
        close(client)
    }

    private static func receive(_ client: Int32, connection: Int) -> Request? {
        guard let header = read(client, 9) else { return nil }
        let length = header[5...].reduce(0) { $0 << 8 | Int($1) }
        guard let body = read(client, length) else { return nil }
        return Request(
            connection: connection, stream: Int(header[2]) << 8 | Int(header[3]), opcode: header[4], body: body)
    }

    private static func read(_ client: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let more = bytes[received...].withUnsafeMutableBytes { recv(client, $0.baseAddress, $0.count, 0) }
            guard more > 0 else { return nil }
            received += more
        }
        return bytes
    }

    private static func send(_ bytes: [UInt8], _ client: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// A socket on a port of 127.0.0.1 that the system has chosen. Closed with its last reference, and not before: its number
/// may then be that of another test's.
private final class Listener: Sendable {
    let descriptor: Int32
    let port: Int

    init() {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        precondition(isListening, "no socket for the test's server")
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Takes no more connections.
    func refuse() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
