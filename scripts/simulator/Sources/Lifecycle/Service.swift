/// A part of the program that works until it is asked to stop: a server, a follower of a stream, a writer.
///
/// Making a service does no I/O. `run()` is called once.
package protocol Service: Sendable {
    /// What the log calls it.
    var name: String { get }

    /// Works until `stop()` is called, then finishes what it has begun and returns.
    ///
    /// If its task is cancelled it returns as soon as it can, giving up what it has begun: the shutdown deadline has passed.
    ///
    /// - Throws: what makes it impossible to go on. The whole program then shuts down.
    func run() async throws

    /// Asks `run()` to finish and return. Does not wait; may be called twice, from any thread, and before `run()`.
    func stop()
}
