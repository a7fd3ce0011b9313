private import CLinux
private import Glibc

/// Starts a thread that runs `body` and ends with it. Stops the process if the system gives no thread.
///
/// For what must not run on Swift's own threads, of which there is one a core: loops that wait in a system call.
///
/// - Parameter name: what `top -H` and debuggers show; at most 15 bytes.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let argument = Unmanaged.passRetained(ThreadBody(name: name, run: body)).toOpaque()
    var thread = pthread_t()
    let error = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
            pthread_setname_np(pthread_self(), body.name)
            body.run()
            return nil
        }, argument)
    precondition(error == 0, "pthread_create failed with \(error)")
    pthread_detach(thread)
}

/// A closure that a C function can carry.
private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}
