private import CLinux
private import Glibc
private import Locking

/// The server's side of all connections, one after the other, on one thread.
final class Script: @unchecked Sendable {
    // `@unchecked Sendable` is right because everything here is constant, and a semaphore is made for several threads.
    private let scripts: [[ScriptedServer.Step]]
    private let listener: ListeningDescriptor
    private let observations: AsyncStream<ScriptedServer.Observation>.Continuation
    private let permits: UnsafeMutablePointer<sem_t>
    private let isStopping = Locked(false)

    init(
        _ scripts: [[ScriptedServer.Step]], listener: ListeningDescriptor,
        observations: AsyncStream<ScriptedServer.Observation>.Continuation
    ) {
        self.scripts = scripts
        self.listener = listener
        self.observations = observations
        permits = .allocate(capacity: 1)
        sem_init(permits, 0, 0)
    }

    deinit {
        sem_destroy(permits)
        permits.deallocate()
    }

    func proceed() {
        sem_post(permits)
    }

    /// Ends the thread, wherever it waits: the client is expected to be gone by then.
    func stop() {
        isStopping.withLock { $0 = true }
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        sem_post(permits)
    }

    func run() {
        for steps in scripts {
            // Not inherited: the connection ends with this end of it, also while a test has started another program.
            let client = accept4(listener.descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
            guard client >= 0 else { break }
            observations.yield(.accepted)
            for step in steps where !isStopping.withLock({ $0 }) {
                perform(step, client)
            }
            close(client)
        }
        // Refuses from here on.
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        observations.finish()
    }

    private func perform(_ step: ScriptedServer.Step, _ client: Int32) {
        switch step {
        case .receiveRequest: receiveRequest(client)
        case .send(let bytes): _ = sendAll(bytes, client)
        case .sendUntilBlocked(let bytes): sendUntilBlocked(bytes, client)
        case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
        case .waitForTest: while sem_wait(permits) != 0 {}
        case .waitForClient: waitForClient(client)
        case .halfClose: shutdown(client, Int32(SHUT_WR))
        case .reset:
            var none = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
        }
    }

    private func receiveRequest(_ client: Int32) {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.reversed().starts(with: "\n\r\n\r".utf8), recv(client, &byte, 1, 0) == 1 {
            head.append(byte)
        }
        observations.yield(.request(String(decoding: head, as: UTF8.self)))
    }

    private func sendAll(_ bytes: [UInt8], _ client: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func sendUntilBlocked(_ bytes: [UInt8], _ client: Int32) {
        var sentBytes = 0
        while canSend(client), !isStopping.withLock({ $0 }), sendAll(bytes, client) {
            sentBytes += bytes.count
        }
        observations.yield(.blocked(sentBytes: sentBytes))
    }

    /// Whether the client takes something within a while: it cannot be known that it never will.
    private func canSend(_ client: Int32) -> Bool {
        var descriptor = pollfd(fd: client, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 200) > 0
    }

    private func waitForClient(_ client: Int32) {
        var byte: UInt8 = 0
        while recv(client, &byte, 1, 0) == 1 {}
        observations.yield(.clientHasEnded)
    }
}
