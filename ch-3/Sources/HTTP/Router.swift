package import Logging

/// Finds the handler for a request by its method and its path, which must be equal to the route's.
///
/// A table and no patterns: the paths of these services have no parameters in them. Answers by itself: 404 for an unknown
/// path, 405 with `Allow` for a known path and another method, HEAD as GET without the body, OPTIONS with what is allowed.
package struct Router: Sendable {
    /// Answers one request. Runs on the event loop of the request's connection, and must not block it: a long computation
    /// goes to Swift's own threads, by `withTaskExecutorPreference(globalConcurrentExecutor)`.
    ///
    /// - Throws: a ``Problem`` to answer with that; anything else is logged and becomes a 500 that tells nothing.
    package typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse

    private var routes: [String: [HTTPMethod: Route]] = [:]
    private let logger: Logger

    /// A function that stands in a generic container by itself is called through an adapter; in a struct it is not.
    private struct Route {
        let handler: Handler
    }

    package init(logger: Logger) {
        self.logger = logger
    }

    package mutating func on(_ method: HTTPMethod, _ path: String, handler: @escaping Handler) {
        precondition(routes[path]?[method] == nil, "two routes for \(method.rawValue) \(path)")
        routes[path, default: [:]][method] = Route(handler: handler)
    }

    /// The answer to a request; every error has become one.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        do {
            return try await handler(for: request)(request)
        } catch let problem as Problem {
            return problem.response
        } catch is CancellationError {
            return Problem(.serviceUnavailable, "The request was given up.").response
        } catch {
            logger.error("handler failed", ["path": "\(request.path)", "error": .describing(error)])
            return Problem(.internalServerError, "Something went wrong here; it has been logged.").response
        }
    }

    private func handler(for request: HTTPRequest) throws(Problem) -> Handler {
        if request.method == .options, request.path == "*" {
            return Self.answerOptions(Self.allowed(routes.values.flatMap(\.keys)))
        }
        guard let methods = routes[request.path] else {
            throw Problem(.notFound, "There is nothing at this path.")
        }
        if let route = methods[request.method] { return route.handler }
        if request.method == .head, let route = methods[.get] { return route.handler }
        let allowed = Self.allowed(methods.keys)
        if request.method == .options { return Self.answerOptions(allowed) }
        throw Problem(.methodNotAllowed, "This path takes \(allowed).", fields: [.init("Allow", allowed)])
    }

    private static func answerOptions(_ allowed: String) -> Handler {
        { _ in HTTPResponse(.noContent, fields: [.init("Allow", allowed)]) }
    }

    /// `GET, HEAD, OPTIONS`
    private static func allowed(_ methods: some Collection<HTTPMethod>) -> String {
        var methods = Set(methods)
        methods.insert(.options)
        if methods.contains(.get) { methods.insert(.head) }
        return methods.map(\.rawValue).sorted().joined(separator: ", ")
    }
}
