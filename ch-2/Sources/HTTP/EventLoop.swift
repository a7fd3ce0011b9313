private import CLinux
private import Glibc
private import Lifecycle
internal import Locking
private import Synchronization

/// A thread that waits for sockets with epoll and runs what becomes possible: the heart of the server.
///
/// It is also an executor, so an actor can live on it: ``Connection`` does. Code of such an actor runs on this thread,
/// before and after each `await`, so a request is read, handled and answered without a lock or a change of threads. The
/// price is a rule: nothing on the loop may block, or all its connections wait.
///
/// It has to be both kinds of executor. As `SerialExecutor` it isolates its actors. As `TaskExecutor` it runs what belongs
/// to no actor, and that is how Swift resumes every continuation: without it, each wait would end with a detour over one
/// of Swift's own threads.
///
/// A turn: wait for events, hand them to their handlers, run the jobs that have become ready, do what was left for the end
/// of the turn, check the deadlines.
final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    // `@unchecked Sendable` is right because all variables below are only touched on the loop's thread: `run` is that
    // thread, and every other function that touches them begins with `preconditionOnLoop`. Only `inbox` and `thread`
    // are for everybody: one has a lock and the other is atomic.
    private let poll: Int32
    private let wakeUp: Int32
    private let inbox = Locked(Inbox())
    private let thread = Atomic<UInt>(0)

    private var jobs: [UnownedJob] = []
    /// The jobs of this turn; empty between two turns. What they enqueue is for the next one.
    private var running: [UnownedJob] = []
    private var registrations: [Registration?] = []
    private var lastGeneration: UInt32 = 0
    private var yielded: [UnsafeContinuation<Void, Never>] = []
    private var endOfTurn: [() -> Void] = []
    private var nextDeadlineCheck: Instant?
    private var lastDeadlineCheck: Instant = 0
    private var isStopping = false
    private var date = HTTPDate()
    private let receiveBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    /// Nanoseconds of the monotonic clock. Not `ContinuousClock.Instant`, of which each comparison is a call into the
    /// standard library: deadlines took a fifth of the time of a request.
    typealias Instant = Int

    /// When the present turn began: the clock is read once a turn.
    private(set) var now = monotonicNanoseconds()
    /// How many turns there have been.
    private(set) var turn = 0

    /// Jobs from other threads.
    private struct Inbox {
        var jobs: [UnownedJob] = []
        /// Whether the thread has ended, and nobody looks in here.
        var isAbandoned = false
    }

    /// A socket, with a number of its own: descriptors are used again, and an event may come for the one before.
    private struct Registration {
        let generation: UInt32
        let handler: any SocketHandler
    }

    init() {
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(poll >= 0 && wakeUp >= 0, "no descriptors left for an event loop")
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: .max))
        epoll_ctl(poll, EPOLL_CTL_ADD, wakeUp, &event)
    }

    deinit {
        close(poll)
        close(wakeUp)
        receiveBuffer.deallocate()
    }

    // MARK: Executor

    var isOnLoop: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    private func preconditionOnLoop() {
        precondition(isOnLoop, "this must be called on the event loop")
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isOnLoop {
            jobs.append(job)
            return
        }
        let (isFirst, isAbandoned) = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isAbandoned = false }
            return (inbox.jobs.count == 1, inbox.isAbandoned)
        }
        if isFirst { eventfd_write(wakeUp, 1) }
        if isAbandoned { start(name: "http-late") }
    }

    func checkIsolated() {
        preconditionOnLoop()
    }

    func isIsolatingCurrentContext() -> Bool? {
        isOnLoop
    }

    // MARK: The loop

    /// Starts the thread, which runs until `stop` is called.
    func start(name: String) {
        startThread(named: name) { self.run() }
    }

    /// Ends the thread when no job is ready any more. For one that comes later, such as a handler that has ignored its
    /// cancellation, there is a thread once more: a task that never ended would keep all that it knows for ever.
    func stop() {
        preconditionOnLoop()
        isStopping = true
    }

    private func run() {
        thread.store(pthread_self(), ordering: .relaxed)
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while !hasEnded() {
            let count = epoll_wait(poll, &events, Int32(events.count), millisecondsToWait())
            now = monotonicNanoseconds()
            turn += 1
            let continuations = yielded
            yielded.removeAll(keepingCapacity: true)
            for event in events.prefix(max(0, Int(count))) {
                dispatch(event)
            }
            for continuation in continuations { continuation.resume() }
            runJobs()
            finishTurn()
            checkDeadlines()
        }
    }

    private func hasEnded() -> Bool {
        guard isStopping, jobs.isEmpty, yielded.isEmpty else { return false }
        // The system may give the number of this thread to another one.
        thread.store(0, ordering: .relaxed)
        let hasEnded = inbox.withLock { inbox in
            inbox.isAbandoned = inbox.jobs.isEmpty
            return inbox.isAbandoned
        }
        if !hasEnded { thread.store(pthread_self(), ordering: .relaxed) }
        return hasEnded
    }

    private func millisecondsToWait() -> Int32 {
        if !jobs.isEmpty || !yielded.isEmpty { return 0 }
        guard let nextDeadlineCheck else { return -1 }
        let milliseconds = (nextDeadlineCheck - monotonicNanoseconds() + 999_999) / 1_000_000
        return Int32(min(max(0, milliseconds), 60_000))
    }

    private func dispatch(_ event: epoll_event) {
        if event.data.u64 == .max {
            var count: eventfd_t = 0
            eventfd_read(wakeUp, &count)
            return
        }
        let descriptor = Int(UInt32(truncatingIfNeeded: event.data.u64))
        let generation = UInt32(event.data.u64 >> 32)
        guard let registration = registrations[descriptor], registration.generation == generation else { return }
        registration.handler.socketIsReady(SocketEvents(rawValue: event.events))
    }

    private func runJobs() {
        inbox.withLock { inbox in
            jobs.append(contentsOf: inbox.jobs)
            inbox.jobs.removeAll(keepingCapacity: true)
        }
        swap(&jobs, &running)
        for job in running {
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        running.removeAll(keepingCapacity: true)
    }

    /// Has `action` done when the jobs of this turn have run.
    func atEndOfTurn(_ action: @escaping () -> Void) {
        preconditionOnLoop()
        endOfTurn.append(action)
    }

    private func finishTurn() {
        guard !endOfTurn.isEmpty else { return }
        let actions = endOfTurn
        endOfTurn.removeAll(keepingCapacity: true)
        for action in actions { action() }
    }

    // MARK: Sockets

    /// Tells `handler` from now on what can be done with the socket: once for each change (edge-triggered), or for as long
    /// as a connection waits, and then to one of several loops (`isShared`).
    ///
    /// - Returns: `false` if the system has no memory for it, or allows no more of them.
    func register(_ descriptor: Int32, _ handler: any SocketHandler, isShared: Bool = false) -> Bool {
        preconditionOnLoop()
        lastGeneration &+= 1
        let data = epoll_data_t(u64: UInt64(lastGeneration) << 32 | UInt64(UInt32(bitPattern: descriptor)))
        let flags = isShared ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET
        while registrations.count <= Int(descriptor) { registrations.append(nil) }
        var event = epoll_event(events: flags.rawValue, data: data)
        guard epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { return false }
        registrations[Int(descriptor)] = Registration(generation: lastGeneration, handler: handler)
        return true
    }

    /// Tells no more about the socket, and still asks its handler for deadlines, until it is registered again.
    func silence(_ descriptor: Int32) {
        preconditionOnLoop()
        epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Call it before the descriptor is closed.
    func unregister(_ descriptor: Int32) {
        preconditionOnLoop()
        epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nil)
        registrations[Int(descriptor)] = nil
    }

    /// Reads what has arrived, at most 64 KiB, by way of memory that all connections of the loop share: each then keeps
    /// only as much as has come.
    func receive(from descriptor: Int32, into bytes: inout [UInt8]) -> Transfer {
        preconditionOnLoop()
        while true {
            let count = recv(descriptor, receiveBuffer.baseAddress, receiveBuffer.count, 0)
            if count > 0 { bytes.append(contentsOf: receiveBuffer[..<count]) }
            switch count {
            case 1...: return .bytes(count, isAll: count < receiveBuffer.count)
            case 0: return .ended
            default:
                if errno == EINTR { continue }
                return errno == EAGAIN ? .wouldBlock : .failed
            }
        }
    }

    /// Sends what the socket takes without waiting.
    func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Transfer {
        preconditionOnLoop()
        while true {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count >= 0 { return .bytes(count, isAll: count == bytes.count) }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .wouldBlock : .failed
        }
    }

    // MARK: Time

    /// Lets other connections have their turn.
    func nextTurn() async {
        preconditionOnLoop()
        await withUnsafeContinuation { yielded.append($0) }
    }

    /// Deadlines are looked at 20 times a second at most, and so may pass by as much.
    private static let deadlineCheckInterval = 50_000_000

    /// Makes sure that deadlines are checked soon after `instant`.
    func scheduleDeadlineCheck(at instant: Instant) {
        preconditionOnLoop()
        let earliest = max(instant, lastDeadlineCheck + Self.deadlineCheckInterval)
        nextDeadlineCheck = min(nextDeadlineCheck ?? earliest, earliest)
    }

    /// Looks at all deadlines when one that was set is reached. Setting one, which happens several times a request, then
    /// costs a comparison; looking at all takes microseconds, or a millisecond with thousands of connections.
    private func checkDeadlines() {
        guard let check = nextDeadlineCheck, check <= now else { return }
        nextDeadlineCheck = nil
        lastDeadlineCheck = now
        for registration in registrations {
            guard let deadline = registration?.handler.checkDeadline(now: now) else { continue }
            scheduleDeadlineCheck(at: deadline)
        }
    }

    /// The `Date` of responses.
    func httpDate() -> [UInt8] {
        preconditionOnLoop()
        return date.now()
    }
}

/// What an event loop tells about a socket, always on its thread.
protocol SocketHandler: AnyObject, Sendable {
    func socketIsReady(_ events: SocketEvents)

    /// Does what is due at `now`, and gives the next deadline.
    func checkDeadline(now: EventLoop.Instant) -> EventLoop.Instant?
}

/// The flags of epoll.
struct SocketEvents: OptionSet {
    let rawValue: UInt32

    static let readable = SocketEvents(rawValue: EPOLLIN.rawValue)
    static let writable = SocketEvents(rawValue: EPOLLOUT.rawValue)
    /// The peer has ended its side, or the connection is gone: reading will say which.
    static let ended = SocketEvents(rawValue: EPOLLRDHUP.rawValue)
    static let broken = SocketEvents(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
}

/// What came of reading from a socket, or writing to it.
enum Transfer {
    case bytes(Int, isAll: Bool)
    case ended
    case wouldBlock
    case failed
}

private func monotonicNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

private func | (left: EPOLL_EVENTS, right: EPOLL_EVENTS) -> EPOLL_EVENTS {
    EPOLL_EVENTS(left.rawValue | right.rawValue)
}
