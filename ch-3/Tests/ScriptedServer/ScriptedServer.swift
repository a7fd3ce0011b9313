private import Glibc
private import Lifecycle

/// An HTTP server for tests that does what its script says: any bytes, at any pace, cut anywhere.
///
/// It takes one connection after the other, one for each script, on a thread of its own. What it sees it tells
/// in `observations`, in order; a test that waits for one knows how far the client has come, without a sleep.
package final class ScriptedServer: Sendable {
    package enum Step: Sendable {
        /// Reads the head of a request.
        case receiveRequest
        case send([UInt8])
        /// Sends the same bytes again and again, until the client takes no more.
        case sendUntilBlocked([UInt8])
        case pause(milliseconds: Int)
        /// Waits for `proceed()`.
        case waitForTest
        /// Waits until the client has ended the connection.
        case waitForClient
        /// Ends our side of the connection, and leaves the other one open.
        case halfClose
        /// Ends the connection as a crash would: the client sees a reset.
        case reset

        package static func send(_ text: String) -> Step { .send(Array(text.utf8)) }
    }

    package enum Observation: Sendable, Equatable {
        case accepted
        case request(String)
        case blocked(sentBytes: Int)
        case clientHasEnded
    }

    package let port: Int
    private let observations: AsyncStream<Observation>
    private let script: Script

    /// - Parameter scripts: what to do with the first connection, the second, and so on. After the last, connections are refused.
    package init(_ scripts: [[Step]]) {
        let (stream, continuation) = AsyncStream<Observation>.makeStream()
        observations = stream
        let listener = ListeningDescriptor()
        port = listener.port
        script = Script(scripts, listener: listener, observations: continuation)
        startThread(named: "scripted-server") { [script] in script.run() }
    }

    deinit {
        script.stop()
    }

    /// Lets the connection go on that is at `waitForTest`, or the next one that comes to it.
    package func proceed() {
        script.proceed()
    }

    /// The next thing that the server has seen; `nil` after the last.
    package func observe() async -> Observation? {
        for await observation in observations { return observation }
        return nil
    }

    /// The next request's head, as one text.
    package func observeRequest() async -> String? {
        while let observation = await observe() {
            if case .request(let head) = observation { return head }
        }
        return nil
    }

    package func url(_ path: String = "/") -> String {
        "http://127.0.0.1:\(port)\(path)"
    }
}
