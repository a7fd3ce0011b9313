import Testing

@testable import Auth

struct UserNameTests {
    @Test(arguments: [
        "m", "mira", "Mira Öz", "密码", "mira@example.org", "a#b", "-", String(repeating: "x", count: 64),
        String(repeating: "é", count: 32),
    ])
    func theseAreNames(_ text: String) throws {
        #expect(try UserName(text).text == text)
    }

    @Test(arguments: [
        ("", "it is empty"), (String(repeating: "x", count: 65), "it is longer than 64 bytes"),
        (String(repeating: "é", count: 33), "it is longer than 64 bytes"),
        ("a:b", "it has a colon, a control character or a line break in it"),
        ("a\nb", "it has a colon, a control character or a line break in it"),
        ("a\0", "it has a colon, a control character or a line break in it"),
        ("a\u{7F}", "it has a colon, a control character or a line break in it"),
        ("a\u{2028}b", "it has a colon, a control character or a line break in it"),
        ("#a", "it begins with #, as a comment does"), (" a", "it begins or ends with a space"),
        ("a ", "it begins or ends with a space"), ("a\u{3000}", "it begins or ends with a space"),
    ])
    func theseAreNot(text: String, reason: String) {
        #expect(throws: InvalidUserName(reason: reason)) { try UserName(text) }
    }

    @Test func anAccentMayBeWrittenInEitherWay() throws {
        #expect(try UserName("Jos\u{E9}") == UserName("Jose\u{301}"))
        #expect(try UserName("jose") != UserName("Jose"))
    }
}
