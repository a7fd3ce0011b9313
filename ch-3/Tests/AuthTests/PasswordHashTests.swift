import Configuration
import Testing

@testable import Auth

struct PasswordHashTests {
    /// Made once by another implementation: argon2-cffi 25.1.0, `hash_secret` with the salts "sixteen-byte-sal", "eightbyt" and
    /// "another-salt-of-24-bytes".
    @Test(arguments: [
        (
            "correct horse battery staple",
            "$argon2id$v=19$m=64,t=2,p=1$c2l4dGVlbi1ieXRlLXNhbA$g6lVp1CJ5P2nnf9WzPjhDmKXx06SR2XqMZ7JsPZ6vis"
        ),
        ("pässwörd 密码 🔑", "$argon2id$v=19$m=8,t=1,p=1$ZWlnaHRieXQ$TC3FDHKJi2ayyMEzN7fl5Q"),
        (
            "p",
            "$argon2id$v=19$m=128,t=3,p=4$YW5vdGhlci1zYWx0LW9mLTI0LWJ5dGVz$oymQzENyus6EaS+jOdaha0cqoquJnVb7jC7gXLEwcPI"
        ),
        (
            String(repeating: "x", count: 1024),
            "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$gGJebTzZTjT6Qxj5LFqRlhPV4mEqjfadrjqGQ4aH684"
        ),
    ])
    func hashesOfAnotherToolAreUnderstood(password: String, text: String) throws {
        let hash = try PasswordHash(parsing: text)

        #expect(try hash.matches(Secret(password)))
        #expect(try !hash.matches(Secret(password + "x")))
        #expect(try !hash.matches(Secret(String(password.dropLast()))))
        #expect(hash.text == text)
    }

    @Test(arguments: ["", "Password", "password ", " password", "password\0", "passwor", "pässword"])
    func anyOtherPasswordIsWrong(_ password: String) throws {
        #expect(try !PasswordHash.ofPassword.matches(Secret(password)))
    }

    @Test func aPasswordIsItsBytesAndNothingIsNormalised() throws {
        #expect("caf\u{E9}" == "cafe\u{301}")

        #expect(try PasswordHash.ofAccent.matches(Secret("caf\u{E9}")))
        #expect(try !PasswordHash.ofAccent.matches(Secret("cafe\u{301}")))
    }

    @Test(arguments: ["p", "pässwörd 密码 🔑", String(repeating: "x", count: 1024)])
    func whatIsMadeHereMatchesAndCanBeReadAgain(_ password: String) throws {
        let hash = try PasswordHash(of: Secret(password), cost: .init(memoryKiB: 8, passes: 1))
        let again = try PasswordHash(parsing: hash.text)

        #expect(try again.matches(Secret(password)))
        #expect(try !again.matches(Secret(password + "x")))
    }

    @Test func eachHashHasASaltOfItsOwn() throws {
        let hashes = try (0..<10).map { _ in
            try PasswordHash(of: password, cost: .init(memoryKiB: 8, passes: 1)).text
        }

        #expect(Set(hashes).count == 10)
    }

    @Test func theStandardCostIsTheDocumentedOne() throws {
        #expect(try PasswordHash(of: password).text.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    }

    @Test func whatIsNoPasswordIsNotHashed() {
        let tooLong = String(repeating: "x", count: 1025)

        for (password, error) in [
            ("", PasswordError.empty), (tooLong, .tooLong(bytesMax: 1024)), ("a\0b", .containsNUL),
        ] {
            #expect(throws: error) { try PasswordHash(of: Secret(password)) }
        }
    }

    @Test func whatTheLibraryCannotDoIsAnError() {
        // One KiB more than it can count.
        #expect(throws: PasswordError.failed(errno: 27)) {
            try PasswordHash(of: password, cost: .init(memoryKiB: 1 << 32, passes: 1))
        }
    }

    // MARK: What is refused when it is read

    @Test(arguments: [
        "", "password", "$argon2id$", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$argon2i$v=19$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$KNzA9ABRqO69tdVtwOdqmRwZmQJLeOXeraJdD4kMA8Q",
        "$argon2d$v=19$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$5oaRiw2OQHR2NoQV4Y5iNofzvf5OOx0g9XkMn5J712Q",
        "$argon2id$v=16$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$8IBINXZEHGFOD71lGrii5dL+qpw1EikUcdj7orXKpyg",
        "$argon2id$m=8,t=1,p=1$c2l4dGVlbi1ieXRlLXNhbA$8IBINXZEHGFOD71lGrii5dL+qpw1EikUcdj7orXKpyg",
        "$argon2id$v=19$t=1,m=8,p=1$\(salt)$\(hash)", "$argon2id$v=19$m=8,t=1,p=1$\(salt)$\(hash) ",
        "$argon2id$v=19$m=8,t=1,p=1$\(salt)$\(hash)\n", "$argon2id$v=19$m=8,t=1,p=1$\(salt)$\(hash)$",
        "$argon2id$v=19$m=8,t=1,p=1$\(salt)", "$argon2id$v=19$m=8,t=1,p=1$$\(hash)",
        "$argon2id$v=19$m=8,t=-1,p=1$\(salt)$\(hash)", "$argon2id$v=19$m=８,t=1,p=1$\(salt)$\(hash)",
        "$argon2id$v=19$m=99999999999999999999,t=1,p=1$\(salt)$\(hash)",
    ])
    func whatIsOfAnotherFormIsRefused(_ text: String) {
        #expect(throws: InvalidPasswordHash(reason: "it is not of the form $argon2id$v=19$m=…,t=…,p=…$…$…")) {
            try PasswordHash(parsing: text)
        }
    }

    /// Of the right form, and against a rule of Argon2 or of the text form.
    @Test(arguments: [
        "m=8,t=0,p=1$\(salt)$\(hash)", "m=8,t=1,p=0$\(salt)$\(hash)", "m=7,t=1,p=1$\(salt)$\(hash)",
        "m=15,t=1,p=2$\(salt)$\(hash)", "m=08,t=1,p=1$\(salt)$\(hash)", "m=8,t=1,p=1$c2hvcnQ$\(hash)",
        "m=8,t=1,p=1$\(salt)$c2hvcnQ", "m=8,t=1,p=1$\(salt)AAA$\(hash)",
        "m=8,t=1,p=1$\(salt)$\(String(repeating: "A", count: 100))",
    ])
    func whatArgon2DoesNotAllowIsRefused(_ rest: String) {
        #expect(throws: InvalidPasswordHash(reason: "its parameters, its salt or its hash are not valid")) {
            try PasswordHash(parsing: "$argon2id$v=19$" + rest)
        }
    }

    @Test func whatCostsTooMuchIsRefusedAndTheMostIsNot() {
        for (cost, reason) in [
            ("m=262144,t=4", nil), ("m=65536,t=16", nil), ("m=8,t=131072", nil),
            ("m=262145,t=1", "it asks for more than 262144 KiB of memory (m)"),
            ("m=999999999,t=1", "it asks for more than 262144 KiB of memory (m)"),
            ("m=262144,t=5", "it takes too long: m times t is more than 1048576"),
            ("m=8,t=131073", "it takes too long: m times t is more than 1048576"),
            ("m=262144,t=999999999", "it takes too long: m times t is more than 1048576"),
        ] {
            let text = "$argon2id$v=19$\(cost),p=1$\(Self.salt)$\(Self.hash)"
            #expect(Self.reason(text) == reason, "\(cost)")
        }
    }

    @Test func nothingThatIsPrintedShowsTheHash() {
        let hash = PasswordHash.ofPassword
        var dumped = ""
        dump(hash, to: &dumped)

        for text in ["\(hash)", String(reflecting: hash), dumped] {
            #expect(!text.contains("vRO+wR9m") && !text.contains("argon2id"))
        }
    }

    // MARK: Fixtures

    private static let salt = "c2l4dGVlbi1ieXRlLXNhbA"
    private static let hash = "vRO+wR9mmO7iMVV5NiM5HB3l5w38Or/GeLRjuQKochU"

    private static func reason(_ text: String) -> String? {
        do {
            _ = try PasswordHash(parsing: text)
            return nil
        } catch {
            return error.reason
        }
    }
}
