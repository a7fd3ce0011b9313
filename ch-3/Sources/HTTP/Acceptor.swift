private import Glibc
internal import Logging

/// Takes in new connections for one event loop, and knows them until they end.
///
/// All loops wait at the same listening socket; the kernel wakes one of those that have nothing to do.
actor Acceptor: SocketHandler {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let settings: HTTPServer.Settings
    private var socket: ListeningSocket?
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isRegistered = false
    private var pauseEnd: EventLoop.Instant?
    private var pauseCount = 0
    private var nextPauseWarning: EventLoop.Instant = 0
    private var refusedCount = 0
    private var whenDone: CheckedContinuation<Void, Never>?

    init(socket: ListeningSocket, loop: EventLoop, settings: HTTPServer.Settings) {
        self.socket = socket
        self.loop = loop
        self.settings = settings
    }

    /// Serves until `drain` or `abort`, and returns when the last connection is closed.
    func run() async {
        if let socket { isRegistered = loop.register(socket.descriptor, self, isShared: true) }
        if socket != nil && !isRegistered {
            settings.logger.error("an event loop cannot wait for connections", ["errno": .integer(Int(errno))])
        }
        await withCheckedContinuation { continuation in
            whenDone = continuation
            endIfDone()  // It may have been asked to end before it ran.
        }
        loop.stop()
    }

    /// Takes no more connections, and lets those that are busy finish.
    func drain() {
        pauseEnd = nil  // There may be descriptors again.
        // Whoever was connected before now is served: what waits in the queue, which is no longer than this, is accepted.
        for _ in 0..<SOMAXCONN where !accept() { break }
        closeSocket()
        for connection in connections.values { connection.assumeIsolated { $0.drain() } }
        endIfDone()
    }

    /// Closes everything at once.
    func abort() {
        closeSocket()
        for connection in connections.values { connection.assumeIsolated { $0.abort() } }
        endIfDone()
    }

    // MARK: Connections

    nonisolated func socketIsReady(_ events: SocketEvents) {
        // One a turn: other loops get their share of a burst, and connections that are open are not kept waiting.
        assumeIsolated { _ = $0.accept() }
    }

    /// Takes in one connection. `false` if none is waiting, or none can be taken now.
    private func accept() -> Bool {
        guard let socket, pauseEnd == nil else { return false }
        switch socket.accept() {
        case .nothingWaiting:
            return false
        case .exhausted(let error):
            pause(error: error)
            return false
        case .connection(let descriptor, let peer):
            guard settings.limiter.admit(peer) else {
                refuse(descriptor, peer)
                return true
            }
            let connection = Connection(
                descriptor: descriptor, peer: peer, acceptor: self, loop: loop, settings: settings)
            connections[ObjectIdentifier(connection)] = connection
            connection.assumeIsolated { $0.start() }
            return true
        }
    }

    func connectionHasClosed(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        endIfDone()
    }

    private func endIfDone() {
        guard socket == nil, connections.isEmpty else { return }
        whenDone?.resume()
        whenDone = nil
    }

    private func closeSocket() {
        guard let socket else { return }
        if isRegistered { loop.unregister(socket.descriptor) }
        self.socket = nil
    }

    /// Says why before it closes: a client that is only cut off would try again at once.
    private func refuse(_ descriptor: Int32, _ peer: PeerAddress) {
        refusedCount += 1
        // The 1st, 2nd, 4th, 8th …: whoever floods the server must not fill the log as well.
        if refusedCount.nonzeroBitCount == 1 {
            settings.logger.warning(
                "connection refused: too many", ["peer": "\(peer)", "count": .integer(refusedCount)])
        }
        let problem = Problem(.serviceUnavailable, "Too many connections.", fields: [.init("Retry-After", "1")])
        let bytes = problem.closingResponse(date: loop.httpDate())
        send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        close(descriptor)
    }

    // MARK: Out of descriptors

    private static let pauseNanoseconds = 100_000_000
    private static let warningIntervalNanoseconds = 10_000_000_000

    /// While descriptors or memory are short, `accept` fails and the socket stays ready: without a pause the loop would spin.
    ///
    /// The pause is a deadline of the loop. `Task.sleep` would not do: it takes a descriptor for its timer.
    private func pause(error: Int32) {
        pauseCount += 1
        // Not each of ten a second: a shortage can last.
        if nextPauseWarning <= loop.now {
            nextPauseWarning = loop.now + Self.warningIntervalNanoseconds
            settings.logger.warning(
                "cannot accept connections for now",
                ["error": "\(String(cString: strerror(error)))", "count": .integer(pauseCount)])
        }
        guard let socket, isRegistered else { return }
        loop.silence(socket.descriptor)
        let end = loop.now + Self.pauseNanoseconds
        pauseEnd = end
        loop.scheduleDeadlineCheck(at: end)
    }

    private func endPauseIfOver(now: EventLoop.Instant) -> EventLoop.Instant? {
        guard let socket, let end = pauseEnd, end <= now else { return pauseEnd }
        let isListening = loop.register(socket.descriptor, self, isShared: true)
        pauseEnd = isListening ? nil : now + Self.pauseNanoseconds
        return pauseEnd
    }

    nonisolated func checkDeadline(now: EventLoop.Instant) -> EventLoop.Instant? {
        assumeIsolated { $0.endPauseIfOver(now: now) }
    }
}
