private import Glibc
private import Logging

/// One TCP connection: reads requests, has them answered, writes the responses, one after the other.
///
/// An actor that lives on its event loop: its task runs there from the first byte to the last, and everything that the
/// loop tells it happens between two of its steps. `serve` is the whole story in order; what it waits for is in the rest.
package actor Connection {
    nonisolated let loop: EventLoop
    nonisolated package var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let descriptor: Int32
    private let peer: PeerAddress
    private let acceptor: Acceptor
    private let settings: HTTPServer.Settings
    private var limits: HTTPServer.Limits { settings.limits }
    private var task: Task<Void, Never>?

    /// Received and not yet used.
    private var input = ByteBuffer()
    /// Written and not yet sent.
    private var output = ByteBuffer()

    // What is known of the socket. Events are edge-triggered: each comes once, and what it says holds until a call has
    // failed with EAGAIN.
    private var isOpen = true
    private var isReadable = false
    private var isWritable = true
    private var hasEnded = false
    private var lastTurnRead = 0

    private var phase = Phase.head
    private var deadline: EventLoop.Instant?
    private var isOverdue = false
    private var isDraining = false
    /// Answers in place of the task whose handler is too late, and ends the connection.
    private var farewell: Task<Void, Never>?
    private var isSentAtEndOfTurn = false
    /// Whether the present request is a HEAD, whose answer has no body (RFC 9110 §9.3.2).
    private var isHead = false
    private var isStreaming = false
    /// The task, while it waits for the socket.
    private var waiter: UnsafeContinuation<Void, Never>?

    /// What the connection is at; each phase has a deadline of its own.
    private enum Phase {
        case idle, head, body, handler, write, stream, linger
    }

    init(descriptor: Int32, peer: PeerAddress, acceptor: Acceptor, loop: EventLoop, settings: HTTPServer.Settings) {
        self.descriptor = descriptor
        self.peer = peer
        self.acceptor = acceptor
        self.loop = loop
        self.settings = settings
    }

    func start() {
        task = Task.immediate(executorPreference: loop) {
            if loop.register(descriptor, self) { await serve() }
            await farewell?.value
            close()
            // Not when the socket was closed: a handler that goes on without its client still takes its place.
            settings.limiter.release(peer)
        }
    }

    // MARK: The story

    private func serve() async {
        enter(.head)
        do {
            while let head = try await readHead() {
                let body = head.bodyLength == .bytes(0) ? [] : try await readBody(of: head)
                enter(.handler)
                sendAtEndOfTurn()
                let response = await settings.handler(HTTPRequest(head: head, body: body, peer: peer))
                guard isOpen && farewell == nil else { throw ConnectionLost() }
                let framing = BodyFraming(of: response, isHTTP11: head.isHTTP11)
                let keepsAlive = head.keepsAlive && framing != .untilClose && !isDraining
                append(response, framing: framing, closes: !keepsAlive, isHTTP11: head.isHTTP11)
                if case .stream(let stream) = response.body, framing != .none, !isHead {
                    try await write(stream, framing: framing)
                }
                if output.count >= Self.outputBytesMax { try await flush() }
                guard keepsAlive && !isDraining else { break }
            }
            try await flush()
        } catch let problem as Problem {
            await refuse(problem)
        } catch {
            return  // The connection is lost: there is nobody to tell.
        }
        await linger()
    }

    /// - Returns: the head of the next request; `nil` if there is none and there will be none.
    private func readHead() async throws -> RequestHead? {
        var parser = RequestHeadParser(limits: limits)
        isHead = false
        if input.isEmpty && phase != .head { enter(.idle) }
        while true {
            if !input.isEmpty {
                defer { isHead = parser.method == .head }
                if let head = try parser.parse(input.unread) {
                    input.drop(head.byteCount)
                    return head
                }
                if phase != .head { enter(.head) }
            }
            guard try await receive() else {
                guard input.isEmpty else { throw Problem.badRequest("The connection ended within a request.") }
                return nil
            }
        }
    }

    private func readBody(of head: RequestHead) async throws -> [UInt8] {
        if case .bytes(let count) = head.bodyLength, count > limits.bodyBytesMax {
            throw Problem.bodyTooLong(limits.bodyBytesMax)
        }
        enter(.body)
        if head.expectsContinue && input.isEmpty {
            output.append("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        }
        switch head.bodyLength {
        case .bytes(let count):
            while input.count < count { try await receiveMoreOfBody() }
            defer { input.drop(count) }
            return Array(input.unread.prefix(count))
        case .chunked:
            var decoder = ChunkedBodyDecoder(limits: limits)
            while true {
                input.drop(try decoder.decode(input.unread))
                if decoder.isComplete { return decoder.body }
                try await receiveMoreOfBody()
            }
        }
    }

    private func receiveMoreOfBody() async throws {
        guard try await receive() else { throw Problem.badRequest("The connection ended within a body.") }
    }

    private func write(_ stream: any BodyStream, framing: BodyFraming) async throws {
        isStreaming = true
        defer { isStreaming = false }
        enter(.stream)
        if isDraining { task?.cancel() }
        do {
            try await stream.write(to: self, framing: framing)
        } catch {
            // The head is out, and no other answer can be given: the client sees the connection end too early.
            if isOpen && !(error is CancellationError || error is ConnectionLost) {
                settings.logger.error("response body failed", ["error": .describing(error)])
            }
            throw ConnectionLost()
        }
    }

    /// Answers what cannot be read on from here.
    private func refuse(_ problem: Problem) async {
        append(problem)
        try? await flush()
    }

    /// Ends our side and reads on until the client has ended its own, for a moment: closing a socket in which something is
    /// unread makes the kernel send a reset, and the client may then never see the answer (RFC 9112 §9.6).
    private func linger() async {
        guard isOpen else { return }
        shutdown(descriptor, Int32(SHUT_WR))
        enter(.linger)
        while (try? await receive()) == true {
            input.drop(input.count)
        }
    }

    // MARK: Input and output

    /// Up to here answers are collected before they are sent.
    private static let outputBytesMax = 64 * 1024

    /// Waits for bytes and adds them to `input`. Before that it sends what there is: the responses to a pipeline leave
    /// together.
    ///
    /// - Returns: `false` if there will be none: the client has ended its side, or the server drains and nothing has begun.
    /// - Throws: 408 if the deadline passes first.
    private func receive() async throws -> Bool {
        if !output.isEmpty && !sendAll() { try await flush() }
        while true {
            guard isOpen else { throw ConnectionLost() }
            guard !isOverdue else { throw Problem(.requestTimeout, "The request took too long to arrive.") }
            guard isReadable else {
                if isDraining && input.isEmpty && (phase == .idle || phase == .head) { return false }
                await withUnsafeContinuation { waiter = $0 }
                continue
            }
            // One read a turn: a client that sends without end must not keep the loop to itself.
            if lastTurnRead == loop.turn {
                await loop.nextTurn()
                continue
            }
            switch input.append(with: { loop.receive(from: descriptor, into: &$0) }) {
            case .bytes(_, let isAll):
                lastTurnRead = loop.turn
                // After a short read the socket is empty, and the next event will say when it is not. (But for TCP's urgent
                // data, at which a read stops: who sends that to an HTTP server waits for the deadline.)
                isReadable = !isAll || hasEnded
                return true
            case .ended: return false
            case .wouldBlock: isReadable = false
            case .failed: throw ConnectionLost()
            }
        }
    }

    /// Adds bytes to what is to be sent.
    func append(_ bytes: some Collection<UInt8>) {
        output.append(bytes)
    }

    /// Adds an answer, but for a body that is a stream.
    private func append(_ response: HTTPResponse, framing: BodyFraming, closes: Bool, isHTTP11: Bool) {
        let head = ResponseHead(response: response, framing: framing, closes: closes, isHTTP11: isHTTP11)
        output.append { bytes in
            head.append(date: loop.httpDate(), to: &bytes)
            if case .bytes(let body) = response.body, framing != .none, !isHead { bytes.append(contentsOf: body) }
        }
    }

    /// Adds an error after which the connection is closed.
    private func append(_ problem: Problem) {
        output.append(problem.closingResponse(date: loop.httpDate(), hasBody: !isHead))
    }

    /// Sends all that has been written, waiting for the client where it does not read.
    func flush() async throws {
        guard !output.isEmpty && !sendAll() else { return }
        let (phaseBefore, deadlineBefore, began) = (phase, deadline, loop.now)
        enter(.write)
        while !sendAll() {
            guard isOpen else { throw ConnectionLost() }
            // A stream may have no end, so a client that does not even read must not hold up a shutdown.
            if isStreaming && isDraining { throw ConnectionLost() }
            await withUnsafeContinuation { waiter = $0 }
        }
        // The phase goes on where it stopped: the client may have been slow to read, and not to send.
        (phase, deadline) = (phaseBefore, deadlineBefore.map { $0 + loop.now - began })
        if let deadline { loop.scheduleDeadlineCheck(at: deadline) }
    }

    /// Answers that are ready are not kept while the next handler takes its time; but those of handlers that do not wait for
    /// anything leave together.
    private func sendAtEndOfTurn() {
        guard !output.isEmpty && !isSentAtEndOfTurn else { return }
        isSentAtEndOfTurn = true
        loop.atEndOfTurn { [self] in
            assumeIsolated { connection in
                connection.isSentAtEndOfTurn = false
                if connection.phase == .handler { _ = connection.sendAll() }
            }
        }
    }

    /// Sends what the socket takes without waiting. Closes the connection if it has failed.
    ///
    /// - Returns: whether that was all.
    private func sendAll() -> Bool {
        while isOpen && isWritable && !output.isEmpty {
            switch loop.send(output.unread, to: descriptor) {
            case .bytes(let count, _):
                output.drop(count)
                if phase == .write { enter(.write) }  // There is progress, so the deadline moves on.
            case .wouldBlock: isWritable = false
            case .failed, .ended: close()
            }
        }
        return output.isEmpty
    }

    // MARK: What the loop says

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    fileprivate func update(_ events: SocketEvents) {
        if !events.isDisjoint(with: [.readable, .ended, .broken]) { isReadable = true }
        if !events.isDisjoint(with: [.writable, .broken]) { isWritable = true }
        if !events.isDisjoint(with: [.ended, .broken]) { hasEnded = true }
        // A handler or a stream whose client is gone works for nobody.
        if !events.isDisjoint(with: .broken) && (phase == .handler || isStreaming) { task?.cancel() }
        wake()
    }

    /// Lets a request that has begun finish, and closes the connection after it; at once if there is none. A stream, which
    /// may have no end, is cancelled.
    func drain() {
        isDraining = true
        isReadable = true  // One last look, for a request that has arrived and not been announced.
        if isStreaming { task?.cancel() }
        wake()
    }

    func abort() {
        task?.cancel()
        close()
    }

    // MARK: Deadlines

    private func enter(_ phase: Phase) {
        self.phase = phase
        isOverdue = false
        let timeouts = settings.timeouts
        let timeout: Int? =
            switch phase {
            case .idle: timeouts.idle
            case .head: timeouts.head
            case .body: timeouts.body
            case .handler: timeouts.handler
            case .write: timeouts.write
            case .linger: timeouts.linger
            case .stream: nil
            }
        deadline = nil
        guard let timeout else { return }
        deadline = loop.now + timeout
        loop.scheduleDeadlineCheck(at: loop.now + timeout)
    }

    fileprivate func endPhaseIfOverdue(now: EventLoop.Instant) -> EventLoop.Instant? {
        guard let deadline else { return nil }
        guard deadline <= now else { return deadline }
        self.deadline = nil
        switch phase {
        case .head where input.isEmpty:
            close()  // Nothing has been asked, so nothing is answered: browsers open connections in advance.
        case .head, .body:
            isOverdue = true
            wake()
        case .handler:
            giveUp()
        case .idle, .write, .stream, .linger:
            close()
        }
        return nil
    }

    /// The handler may be stuck for ever, and the task with it. So another task answers and ends the connection.
    private func giveUp() {
        task?.cancel()
        farewell = Task.immediate(executorPreference: loop) {
            await refuse(Problem(.serviceUnavailable, "The answer took too long."))
            await linger()
            close()
        }
    }

    private func close() {
        guard isOpen else { return }
        isOpen = false
        loop.unregister(descriptor)
        Glibc.close(descriptor)
        acceptor.assumeIsolated { $0.connectionHasClosed(self) }
        wake()
    }
}

extension Connection: SocketHandler {
    nonisolated func socketIsReady(_ events: SocketEvents) {
        assumeIsolated { $0.update(events) }
    }

    nonisolated func checkDeadline(now: EventLoop.Instant) -> EventLoop.Instant? {
        assumeIsolated { $0.endPhaseIfOverdue(now: now) }
    }
}

/// The other end is gone; nothing can be sent any more.
struct ConnectionLost: Error {}
