import CQL
import Configuration
import TestSupport
import Testing

struct CQLSettingsTests {
    @Test(arguments: [
        ("localhost", "localhost:9042"), ("127.0.0.1:9043", "127.0.0.1:9043"), ("db.example:1", "db.example:1"),
        ("[::1]:65535", "[::1]:65535"), ("[::1]", "[::1]:9042"), ("fe80::1", "[fe80::1]:9042"),
    ])
    func aContactPointIsAHostAndAPort(text: String, expected: String) {
        #expect(ContactPoint(text)?.description == expected)
    }

    @Test(arguments: [
        "", ":9042", "host:", "host:0", "host:65536", "host:x", "host:+1", "[::1", "[]:1", "[::1]9042", "a b", "ho\0st",
        "http://host:9042", "host:9042:1",
    ])
    func whatIsNotIsRefused(text: String) {
        #expect(ContactPoint(text) == nil)
    }

    @Test func aPasswordIsNeverPrinted() throws {
        let credentials = try #require(CQLCredentials(username: "reader", password: Secret("s3cr3t")))
        var settings = CQLSession.Settings(contactPoints: [ContactPoint(host: "db")], credentials: credentials)
        settings.credentials = credentials
        var dumped = ""
        dump(settings, to: &dumped)
        for text in [
            "\(credentials)", String(reflecting: credentials), "\(settings)", String(reflecting: settings), dumped,
        ] {
            #expect(!text.contains("s3cr3t"))
            #expect(text.contains("reader"))
        }
    }

    /// RFC 4616 § 2 separates user and password by it.
    @Test func credentialsHaveNoNUL() {
        #expect(CQLCredentials(username: "a\0", password: Secret("b")) == nil)
        #expect(CQLCredentials(username: "a", password: Secret("b\0c")) == nil)
    }
}
