private import Glibc
internal import HTTP
private import Lifecycle

/// Every answer repeats the number that its request has in the query, so that a mix-up is seen.
func addRoutes(to router: inout Router) {
    router.on(.get, "/fast") { answer("fast", to: $0) }
    router.on(.get, "/suspend", handler: suspend)
    router.on(.post, "/echo") { HTTPResponse(.ok, contentType: "text/plain", body: .bytes($0.body)) }
    router.on(.get, "/stream", handler: stream)
    router.on(.get, "/large", handler: large)
    router.on(.get, "/late", handler: late)
    router.on(.get, "/fail") { _ in throw Failure() }
    router.on(.get, "/stuck") { request in
        await uncancellableSleep(.seconds(3600))
        return answer("stuck", to: request)
    }
    router.on(.get, "/cancelled") { request in
        try await Task.sleep(for: .seconds(3600))
        return answer("cancelled", to: request)
    }
}

/// What the log gets a line for.
private struct Failure: Error {}

private func answer(_ word: String, to request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(.ok, contentType: "text/plain", body: .bytes(Array("\(word) \(number(of: request))".utf8)))
}

private func number(of request: HTTPRequest) -> Int {
    request.query.flatMap { Int($0) } ?? 0
}

/// Leaves the loop and comes back, in each of the ways that there are.
private func suspend(_ request: HTTPRequest) async throws -> HTTPResponse {
    let number = number(of: request)
    switch number % 5 {
    case 0:
        try await Task.sleep(for: .milliseconds(number % 23))
    case 1:
        await withTaskExecutorPreference(globalConcurrentExecutor) { await Task.yield() }
    case 2:
        await Clerk.shared.work()
    case 3:
        await withUnsafeContinuation { continuation in
            startThread(named: "resumes") {
                usleep(useconds_t(number % 5000))
                continuation.resume()
            }
        }
    default:
        async let other: Void = Clerk.shared.work()
        await Task.yield()
        await other
    }
    return answer("suspend", to: request)
}

/// Pieces until the stream is cancelled, each with the number of the request.
private func stream(_ request: HTTPRequest) -> HTTPResponse {
    let number = number(of: request)
    let body = ResponseBody.stream { writer in
        for piece in 0... {
            let filler = String(repeating: "x", count: (number + piece) % 700)
            try await writer.write(Array("\(number) \(piece) \(filler)\n".utf8))
            if piece % 8 == number % 8 { try await Task.sleep(for: .milliseconds(1)) }
        }
    }
    return HTTPResponse(.ok, contentType: "text/plain", body: body)
}

/// More than the socket takes at once.
private func large(_ request: HTTPRequest) -> HTTPResponse {
    let line = "large \(number(of: request))\n"
    let text = String(repeating: line, count: 1_000_000 / line.utf8.count)
    return HTTPResponse(.ok, contentType: "text/plain", body: .bytes(Array(text.utf8)))
}

/// Ignores its cancellation, and may return when its deadline is over and the server has ended.
private func late(_ request: HTTPRequest) async -> HTTPResponse {
    await uncancellableSleep(.milliseconds(200 + number(of: request) % 1500))
    return answer("late", to: request)
}

/// Waiting for another task is not ended by a cancellation.
private func uncancellableSleep(_ duration: Duration) async {
    await Task { try? await Task.sleep(for: duration) }.value
}

/// An actor on a thread of its own.
private actor Clerk {
    static let shared = Clerk()
    private nonisolated let executor = ThreadExecutor(name: "clerk")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func work() {
        usleep(100)
    }
}
