import Logging
import TestSupport
import Testing

@testable import HTTP

struct RouterTests {
    @Test func aRequestIsAnsweredByTheHandlerOfItsMethodAndPath() async throws {
        let router = Self.make()

        #expect(await router.respond(to: try .make(.get, "/things?a=b")).text == "got")
        #expect(await router.respond(to: try .make(.post, "/things", body: Array("new".utf8))).text == "new")
        #expect(await router.respond(to: try .make(.get, "/th%69ngs")).text == "got")
    }

    @Test(arguments: ["/", "/thing", "/things/", "/Things", "//things"])
    func anUnknownPathIs404(_ path: String) async throws {
        let response = await Self.make().respond(to: try .make(.get, path))

        #expect(response.status == .notFound)
        #expect(response["Content-Type"] == "application/problem+json")
    }

    @Test func anotherMethodIs405AndToldWhatIsAllowed() async throws {
        let response = await Self.make().respond(to: try .make(.delete, "/things"))

        #expect(response.status == .methodNotAllowed)
        #expect(response["Allow"] == "GET, HEAD, OPTIONS, POST")
    }

    @Test func headIsGetUnlessThereIsAHandlerForIt() async throws {
        var router = Self.make()
        router.on(.get, "/both") { _ in HTTPResponse(.ok, body: .bytes(Array("get".utf8))) }
        router.on(.head, "/both") { _ in HTTPResponse(.ok, body: .bytes(Array("head".utf8))) }

        #expect(await router.respond(to: try .make(.head, "/things")).text == "got")
        #expect(await router.respond(to: try .make(.head, "/both")).text == "head")
        #expect(await router.respond(to: try .make(.head, "/only-post")).status == .methodNotAllowed)
    }

    @Test func optionsTellsWhatIsAllowed() async throws {
        let router = Self.make()

        let ofPath = await router.respond(to: try .make(.options, "/only-post"))
        #expect(ofPath.status == .noContent)
        #expect(ofPath["Allow"] == "OPTIONS, POST")

        let ofServer = await router.respond(to: try .make(.options, "*"))
        #expect(ofServer.status == .noContent)
        #expect(ofServer["Allow"] == "GET, HEAD, OPTIONS, POST")

        #expect(await router.respond(to: try .make(.options, "/unknown")).status == .notFound)
    }

    @Test func aThrownProblemIsTheAnswer() async throws {
        var router = Self.make()
        let problem = Problem(.unsupportedMediaType, "Only JSON.", fields: [.init("Accept", "application/json")])
        router.on(.get, "/fails") { _ in throw problem }

        let response = await router.respond(to: try .make(.get, "/fails"))

        #expect(response.status == .unsupportedMediaType)
        #expect(response["Accept"] == "application/json")
        #expect(response.text == String(decoding: problem.json, as: UTF8.self))
    }

    @Test func anyOtherErrorIsLoggedAndTellsTheClientNothing() async throws {
        struct Leak: Error { let password = "hunter2" }
        let log = RecordedLog()
        var router = Self.make(log: log)
        router.on(.get, "/fails") { _ in throw Leak() }

        let response = await router.respond(to: try .make(.get, "/fails"))

        #expect(response.status == .internalServerError)
        #expect(!response.text.contains("hunter2"))
        #expect(log.contains("hunter2"))
        #expect(log.contains(#""level":"error""#))
    }

    @Test func aCancelledHandlerIs503() async throws {
        let log = RecordedLog()
        var router = Self.make(log: log)
        router.on(.get, "/cancelled") { _ in throw CancellationError() }

        #expect(await router.respond(to: try .make(.get, "/cancelled")).status == .serviceUnavailable)
        #expect(log.lines.isEmpty)
    }

    @Test func twoHandlersForTheSameRequestStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            var router = RouterTests.make()
            router.on(.get, "/things") { _ in HTTPResponse(.ok) }
        }
    }

    private static func make(log: RecordedLog = RecordedLog()) -> Router {
        var router = Router(logger: Logger(destination: log))
        router.on(.get, "/things") { _ in HTTPResponse(.ok, body: .bytes(Array("got".utf8))) }
        router.on(.post, "/things") { HTTPResponse(.ok, body: .bytes($0.body)) }
        router.on(.post, "/only-post") { _ in HTTPResponse(.ok) }
        return router
    }
}

extension HTTPResponse {
    fileprivate var text: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "a stream" }
    }

    fileprivate subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}
