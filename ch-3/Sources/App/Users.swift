internal import Auth
private import Configuration
internal import Logging

extension UserStore {
    /// Those who may sign in: the users of the file. Without one there is `admin`, whose password only the person at the
    /// terminal knows; where nobody sits at one there are no users, since nobody could be told.
    ///
    /// - Parameter terminal: where the password is written; `nil` if there is none.
    static func load(file: String?, terminal: (any LogDestination)?) throws -> UserStore? {
        if let file { return try UserStore(file: file) }
        guard let terminal else { return nil }
        let password = randomPassword()
        let users = UserStore(try UserName("admin"), try PasswordHash(of: Secret(password)))
        let text =
            "Sign in as admin with the password \(password), until the program ends. USERS_FILE sets other users.\n"
        terminal.write(line: Array(text.utf8))
        return users
    }

    /// 100 bits, in characters that are not taken for one another.
    private static func randomPassword() -> String {
        var generator = SystemRandomNumberGenerator()  // The kernel's, fit for secrets.
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return String((0..<20).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
    }
}

extension Logger {
    /// Says what an operator should know about the users.
    func warn(about users: UserStore?) {
        if users == nil {
            warning("nobody can sign in", ["remedy": "set USERS_FILE"])
        } else if users?.isExposed == true {
            warning("everybody on this machine can read or change USERS_FILE", ["remedy": "chmod o-rw"])
        }
    }
}
