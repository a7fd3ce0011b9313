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

    typealias Answer = CheckedContinuation<Frame, any Error>

    private struct Question {
        let ticket: Int
        let frame: [UInt8]
        let timeout: Duration
        /// `nil` if nobody waits for the answer.
        let answer: Answer?
    }

    private struct Sent {
        let ticket: Int
        let timeout: Duration
        let deadline: Instant
        /// `nil` if nobody waits for the answer any more: its task was cancelled, or it is a heartbeat.
        var answer: Answer?
    }

    private struct State {
        /// Why the connection has ended.
        var end: CQLError?
        var isDraining = false
        /// Whether the handshake is over, and whether a request has been answered since.
        var isReady = false
        var hasAnswered = false
        /// By stream id.
        var sent: [Sent?]
        var freeStreams: [Int]
        /// What waits for a stream id, in order.
        var waiting: [Question] = []
        /// What the thread has not taken yet, and whether it knows that there is something.
        var outgoing: [UInt8] = []
        var isWakeUpPending = false
        var lastTicket = 0
        var lastReceived = Instant.now
        /// No deadline of a request is earlier.
        var nextDeadline: Instant?
        var whenClosed: [CheckedContinuation<CQLError, Never>] = []

        var isIdle: Bool { freeStreams.count == sent.count && waiting.isEmpty }

        /// - Returns: whether the thread must be woken for it.
        mutating func place(_ question: Question, on stream: Int, now: Instant) -> Bool {
            let deadline = now + question.timeout
            sent[stream] = Sent(
                ticket: question.ticket, timeout: question.timeout, deadline: deadline, answer: question.answer)
            nextDeadline = min(nextDeadline ?? deadline, deadline)
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

    /// Sends a frame as soon as there is a stream id for it, and waits for its answer.
    ///
    /// The time to answer begins when it is sent. A cancelled task does not wait, and does not undo what it has asked for.
    ///
    /// - Throws: ``CQLError`` or `CancellationError`.
    func send(_ frame: [UInt8], timeout: Duration) async throws -> Frame {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer in
                enqueue(Question(ticket: ticket, frame: frame, timeout: timeout, answer: answer))
                // If the cancellation came first, its handler has found nothing to cancel.
                if Task.isCancelled { cancel(ticket) }
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    /// Returns when the connection has ended. A cancelled task ends it.
    func closed() async -> CQLError {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let end = state.withLock { state in
                    if state.end == nil { state.whenClosed.append(continuation) }
                    return state.end
                }
                if let end { continuation.resume(returning: end) }
            }
        } onCancel: {
            close(.stopped)
        }
    }

    var end: CQLError? { state.withLock { $0.end } }

    /// Whether the connection has been of use: it has brought an answer to more than its handshake.
    var hasAnswered: Bool { state.withLock { $0.hasAnswered } }

    /// Call it when the handshake is over.
    func begin() {
        state.withLock { $0.isReady = true }
    }

    /// Takes no more requests, and ends when those that it has are answered.
    func drain() {
        let isIdle = state.withLock { state in
            state.isDraining = true
            return state.isIdle
        }
        if isIdle { close(.stopped) }
    }

    /// Ends the connection, and with it all requests that it has. Only the first call has an effect.
    func close(_ end: CQLError) {
        let ended = state.withLock { state -> (answers: [Answer], whenClosed: [CheckedContinuation<CQLError, Never>]) in
            guard state.end == nil else { return ([], []) }
            state.end = end
            defer {
                state.sent = []
                state.waiting = []
                state.whenClosed = []
            }
            return (state.sent.compactMap { $0?.answer } + state.waiting.compactMap(\.answer), state.whenClosed)
        }
        eventfd_write(wakeUpDescriptor, 1)
        for answer in ended.answers { answer.resume(throwing: end) }
        for continuation in ended.whenClosed { continuation.resume(returning: end) }
    }

    private func enqueue(_ question: Question) {
        let (refusal, mustWake) = state.withLock { state -> (CQLError?, Bool) in
            if let end = state.end { return (end, false) }
            if state.isDraining { return (.stopped, false) }
            if let stream = state.freeStreams.popLast() {
                return (nil, state.place(question, on: stream, now: .now))
            }
            state.waiting.append(question)
            return (nil, false)
        }
        if mustWake { eventfd_write(wakeUpDescriptor, 1) }
        if let refusal { question.answer?.resume(throwing: refusal) }
    }

    private func cancel(_ ticket: Int) {
        let answer: Answer? = state.withLock { state in
            if let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) {
                return state.waiting.remove(at: index).answer
            }
            guard let stream = state.sent.firstIndex(where: { $0?.ticket == ticket }) else { return nil }
            defer { state.sent[stream]?.answer = nil }
            return state.sent[stream]?.answer
        }
        answer?.resume(throwing: CancellationError())
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

    /// Hands an answer to whoever has asked.
    func receive(_ frame: Frame, now: Instant) throws(CQLError) {
        // An EVENT, for which this client has not registered (§ 4.2.6).
        if frame.stream < 0 { return }
        let (isKnown, answer, isDone) = state.withLock { state -> (Bool, Answer?, Bool) in
            state.lastReceived = now
            let stream = Int(frame.stream)
            guard state.sent.indices.contains(stream), let sent = state.sent[stream] else { return (false, nil, false) }
            state.sent[stream] = nil
            if state.isReady, sent.answer != nil { state.hasAnswered = true }
            if state.waiting.isEmpty {
                state.freeStreams.append(stream)
            } else {
                _ = state.place(state.waiting.removeFirst(), on: stream, now: now)
            }
            return (true, sent.answer, state.isDraining && state.isIdle)
        }
        // Which answer belongs to which request is no longer certain.
        guard isKnown || end != nil else {
            throw .connectionLost("the server has answered what nobody has asked, with stream id \(frame.stream)")
        }
        answer?.resume(returning: frame)
        if isDone { close(.stopped) }
    }

    /// Ends the connection if an answer is overdue, and asks for a sign of life if there has been none for long.
    ///
    /// - Returns: when to look again.
    func checkDeadlines(now: Instant) -> Instant {
        let (nextCheck, overdue) = state.withLock { state -> (Instant, Duration?) in
            if let deadline = state.nextDeadline, deadline <= now {
                let sent = state.sent.compactMap(\.self)
                if let overdue = sent.first(where: { $0.deadline <= now }) { return (now, overdue.timeout) }
                state.nextDeadline = sent.map(\.deadline).min()
            }
            let heartbeat = state.lastReceived + settings.heartbeatInterval
            if state.isIdle, heartbeat <= now, let stream = state.freeStreams.popLast() {
                let question = Question(
                    ticket: 0, frame: Self.heartbeatFrame, timeout: settings.requestTimeout, answer: nil)
                _ = state.place(question, on: stream, now: now)
            }
            return (state.isIdle ? heartbeat : state.nextDeadline ?? heartbeat, nil)
        }
        if let overdue { close(.timedOut(overdue)) }
        return nextCheck
    }

    /// OPTIONS: what every server answers, with little to do for it.
    private static let heartbeatFrame = Array(
        [Frame.requestVersion, 0, 0, 0, Opcode.options.rawValue, 0, 0, 0, 0])
}
