private import CLinux
private import Glibc
internal import Locking

/// One connection: many requests at once, each with a stream id, by which its answer is known (§ 2.3).
///
/// A thread of its own does all that waits (see ``SocketLoop``); this is what the tasks that ask and that thread share.
///
/// A server that has not answered one request in time is given up, and the connection closed. So a stream id is free only
/// when its answer has come, and no late answer can be taken for another's.
final class CQLConnection: Sendable {
    typealias Instant = ContinuousClock.Instant

    let contactPoint: ContactPoint
    let settings: CQLSession.Settings
    /// An eventfd: the thread waits for it, beside the socket.
    let wakeUpDescriptor: Int32
    private let state: Locked<State>
    private let whenClosed = Promise<CQLError>()

    private struct Question: Sendable {
        let frame: [UInt8]
        let timeout: Duration
        let answer = Promise<Frame>()
    }

    private struct State {
        /// Why the connection has ended.
        var end: CQLError?
        /// What has no answer yet, by stream id.
        var sent: [(question: Question, deadline: Instant)?]
        var freeStreams: [Int]
        /// What waits for a stream id, in order.
        var waiting: [Question] = []
        /// What the thread has not taken yet, and whether it knows that there is something.
        var outgoing: [UInt8] = []
        var isWakeUpPending = false

        /// - Returns: whether the thread must be woken for it.
        mutating func place(_ question: Question, on stream: Int) -> Bool {
            sent[stream] = (question, .now + question.timeout)
            let start = outgoing.count
            outgoing.append(contentsOf: question.frame)
            // Bytes 2 and 3 of the header are the stream id (§ 2).
            outgoing[start + 2] = UInt8(truncatingIfNeeded: stream >> 8)
            outgoing[start + 3] = UInt8(truncatingIfNeeded: stream)
            defer { isWakeUpPending = true }
            return !isWakeUpPending
        }
    }

    init(_ contactPoint: ContactPoint, _ settings: CQLSession.Settings) {
        self.contactPoint = contactPoint
        self.settings = settings
        wakeUpDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        // Stream ids are from 0 to 32767.
        let streamCount = min(max(1, settings.requestsInFlightMax), Int(Int16.max) + 1)
        state = Locked(
            State(sent: Array(repeating: nil, count: streamCount), freeStreams: Array((0..<streamCount).reversed())))
    }

    deinit {
        if wakeUpDescriptor >= 0 { Glibc.close(wakeUpDescriptor) }
    }

    // MARK: For tasks

    /// Sends a request as soon as there is a stream id for it, and waits for its answer.
    ///
    /// The time to answer begins when it is sent. A cancelled task does not wait, and does not undo what it has asked for.
    ///
    /// - Throws: ``CQLError`` or `CancellationError`.
    func ask(_ request: Request, timeout: Duration) async throws -> Response {
        let question = Question(frame: try request.encode(frameBytesMax: settings.frameBytesMax), timeout: timeout)
        let (end, mustWake) = state.withLock { state -> (CQLError?, Bool) in
            if let end = state.end { return (end, false) }
            if let stream = state.freeStreams.popLast() { return (nil, state.place(question, on: stream)) }
            state.waiting.append(question)
            return (nil, false)
        }
        if let end { throw end }
        if mustWake { eventfd_write(wakeUpDescriptor, 1) }
        return try Response(await question.answer.value)
    }

    /// Returns when the connection has ended. A cancelled task ends it.
    func closed() async -> CQLError {
        if let end = try? await whenClosed.value { return end }
        close(.stopped)
        return .stopped
    }

    var end: CQLError? { state.withLock { $0.end } }

    /// Ends the connection, and with it all requests that it has. Only the first call has an effect.
    func close(_ end: CQLError) {
        let unanswered = state.withLock { state -> [Question] in
            guard state.end == nil else { return [] }
            state.end = end
            defer { (state.sent, state.waiting) = ([], []) }
            return state.sent.compactMap { $0?.question } + state.waiting
        }
        eventfd_write(wakeUpDescriptor, 1)
        whenClosed.settle(.success(end))
        for question in unanswered { question.answer.settle(.failure(end)) }
    }

    // MARK: For the thread

    /// Takes what there is to send.
    func takeOutgoing(_ bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        state.withLock { state in
            state.isWakeUpPending = false
            swap(&state.outgoing, &bytes)
        }
    }

    /// Hands an answer to whoever has asked, and its stream id to who waits for one.
    func receive(_ frame: Frame) throws(CQLError) {
        // An EVENT, for which this client has not registered (§ 4.2.6).
        if frame.stream < 0 { return }
        let stream = Int(frame.stream)
        let (answered, isOver) = state.withLock { state -> (Question?, Bool) in
            guard state.sent.indices.contains(stream), let sent = state.sent[stream] else {
                return (nil, state.end != nil)
            }
            state.sent[stream] = nil
            if state.waiting.isEmpty {
                state.freeStreams.append(stream)
            } else {
                _ = state.place(state.waiting.removeFirst(), on: stream)
            }
            return (sent.question, false)
        }
        answered?.answer.settle(.success(frame))
        // Which answer belongs to which request is no longer certain.
        guard answered != nil || isOver else {
            throw .connectionLost("the server has answered what nobody has asked, with stream id \(stream)")
        }
    }

    /// Ends the connection if an answer is overdue.
    ///
    /// - Returns: when to look again, if no request comes before.
    func checkDeadlines() -> Instant? {
        let next = state.withLock { state in
            state.sent.lazy.compactMap(\.self).min { $0.deadline < $1.deadline }
        }
        if let next, next.deadline <= .now { close(.timedOut(next.question.timeout)) }
        return next?.deadline
    }
}
