import TestSupport
import Testing

@testable import HTTP

struct EntityTagTests {
    @Test func aTagIsWrittenInQuotes() {
        #expect(EntityTag("3f-7").text == "\"3f-7\"")
        #expect(EntityTag("").text == "\"\"")
    }

    /// The grammar of RFC 9110 §8.8.3 and §13.1.2, and lists as §5.6.1.2 has them.
    @Test(arguments: [
        [#""a""#], [#"W/"a""#], ["*"],
        [#""b", "a""#], [#""b","a","c""#], [#"W/"b",W/"a""#], [#""b" , "a""#], [#""b",\#t"a""#],
        [#", "a""#], [#",,"a",,"#], [#""a","#], [#" "a" "#],
        [#""b""#, #""a""#], [#""b""#, #"W/"a""#],
        [#""x,y", "a""#], [#"",", "a""#], [#""ä", "a""#], [#""W/", "a""#],
    ])
    func aTagThatIsNamedMatches(values: [String]) throws {
        #expect(try Self.fields(values).ifNoneMatch(EntityTag("a")))
    }

    @Test(arguments: [
        [], [""], [#""b""#], [#""A""#], [#""aa""#], [#""""#], [#"W/"b""#], [#""b", "c""#], [#""x,"a""#],
        ["a"], ["'a'"], [#"w/"a""#], [#"W/ "a""#], [#"W"a""#], [#"/"a""#], ["W/a"],
        [#""a"#], [#"a""#], ["\""], ["W/"], ["W/\""], [#""a" "b""#], [#""a"b"#], [#""a"; q=1"#], [#""a", b"#],
        [#"" a""#],
        ["*, \"b\""], ["**"], ["*", #""b""#], [#""*""#], [","],
    ])
    func anythingElseDoesNot(values: [String]) throws {
        #expect(try !Self.fields(values).ifNoneMatch(EntityTag("a")))
    }

    @Test func whatStandsInATagMayBeSpecialElsewhere() throws {
        let tag = EntityTag(#"a,b\W/*;="#)

        #expect(try Self.fields([#""b", W/"a,b\W/*;=""#]).ifNoneMatch(tag))
        #expect(try !Self.fields([#""a", "b\W/*;=""#]).ifNoneMatch(tag))
    }

    @Test(arguments: [" ", "a b", "\"", "a\n", "ä", "\u{7F}"])
    func whatCannotStandInATagEndsTheProgram(_ text: String) async {
        await #expect(processExitsWith: .failure) { [text] in
            _ = EntityTag(text)
        }
    }

    /// Whatever comes, it is read to its end, and what is not right names nothing.
    @Test func listsOfAnyBytesAreRead() throws {
        var random = SeededGenerator(seed: 1)
        let pieces = ["\"", "a", ",", " ", "W/", "*", "\\", "\t", "\"a\"", "b"]
        for _ in 0..<1_000 {
            let value = (0..<Int.random(in: 0...8, using: &random))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()

            #expect(try Self.fields([value]).ifNoneMatch(EntityTag("a")) == Self.model(value), "\(value)")
        }
    }

    /// The same by a regular expression.
    private static func model(_ value: String) -> Bool {
        let value = value.trimmingPrefix(while: { " \t".contains($0) })
            .reversed().trimmingPrefix(while: { " \t".contains($0) }).reversed()
        let text = String(value)
        if text == "*" { return true }
        let isList = text.wholeMatch(of: /[ \t,]*(?:(?:W\/)?"[!#-~]*"(?:[ \t]*(?:,[ \t]*)+|$))*/) != nil
        return isList && text.matches(of: /"([!#-~]*)"/).contains { $0.1 == "a" }
    }

    private static func fields(_ values: [String]) throws -> HTTPFields {
        let lines = values.map { "If-None-Match: \($0)\r\n" }.joined()
        var parser = RequestHeadParser(limits: HTTPServer.Limits())
        return try #require(try parser.parse(Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".utf8)[...])).fields
    }
}
