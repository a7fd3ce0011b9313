internal import Auth
internal import Configuration
internal import HTTP
private import JSON

/// The body of `POST /login`: `{"username":"…","password":"…"}`. Members that are not known are ignored.
struct LoginRequest: Sendable {
    let username: UserName
    let password: Secret

    /// Room for the longest name and the longest password, each byte written as an escape (`\u0061`).
    static let bytesMax = 8 * 1024

    /// - Throws: 415, 413, or 400 with what is wrong; nothing of the body is in it.
    init(_ request: HTTPRequest) throws(Problem) {
        // Also keeps the forms of other sites out, which a browser sends without asking, but never as JSON.
        guard request.isJSON else {
            throw Problem(
                .unsupportedMediaType, "The body must be application/json.",
                fields: [.init("Accept", "application/json")]
            )
        }
        guard request.body.count <= Self.bytesMax else {
            throw Problem(.contentTooLarge, "The body must not be longer than \(Self.bytesMax) bytes.")
        }
        do {
            var parser = JSONParser(documentBytesMax: Self.bytesMax, depthMax: 8)
            let (username, password) = try parser.parse(request.body.span) { document in
                guard let members = document.members else { throw Problem(.badRequest, "The body must be an object.") }
                var username: String?
                var password: String?
                for (name, value) in members {
                    switch name {
                    case "username": try Self.set(&username, to: value, name: "username")
                    case "password": try Self.set(&password, to: value, name: "password")
                    default: break
                    }
                }
                return (try Self.required(username, "username"), try Self.required(password, "password"))
            }
            self.username = try UserName(username)
            guard 1...PasswordHash.passwordBytesMax ~= password.utf8.count else {
                throw Problem(.badRequest, "The password must have 1 to \(PasswordHash.passwordBytesMax) bytes.")
            }
            self.password = Secret(password)
        } catch let problem as Problem {
            throw problem
        } catch {
            // JSONParseError, InvalidUserName: both say what is wrong, and show nothing.
            throw Problem(.badRequest, "\(error)")
        }
    }

    private static func set(_ member: inout String?, to value: JSONValue, name: String) throws(Problem) {
        guard member == nil else { throw Problem(.badRequest, "The member \(name) is there more than once.") }
        guard let text = value.string else { throw Problem(.badRequest, "The member \(name) must be a string.") }
        member = text
    }

    private static func required(_ member: String?, _ name: String) throws(Problem) -> String {
        guard let member else { throw Problem(.badRequest, "The member \(name) is missing.") }
        return member
    }
}

extension HTTPRequest {
    /// Whether the body is said to be JSON (RFC 9110 §8.3, RFC 8259 §11), with whatever parameters.
    fileprivate var isJSON: Bool {
        let types = fields.values("Content-Type")
        let type = types.first?.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        return types.count == 1 && type?.lowercased() == "application/json"
    }
}
