import TestSupport
import Testing

@testable import Configuration

struct DotEnvTests {
    @Test(arguments: [
        ("KEY=value", "value"),
        ("KEY=", ""),
        ("KEY=   ", ""),
        ("  KEY = value  ", "value"),
        ("\tKEY\t=\tvalue\t", "value"),
        ("export KEY=value", "value"),
        ("export   KEY=value", "value"),
        ("KEY=two words", "two words"),
        ("KEY=a=b==", "a=b=="),
        ("KEY=https://example.org/?a=1&b=2#part", "https://example.org/?a=1&b=2#part"),
        ("KEY=value # a comment", "value"),
        ("KEY=value\t# a comment", "value"),
        ("KEY=value#no comment", "value#no comment"),
        ("KEY=# a comment", ""),
        ("KEY=#", ""),
        ("KEY=it's", "it's"),
        ("KEY=say \"yes\"", "say \"yes\""),
        (#"KEY=back\slash\n"#, #"back\slash\n"#),
        ("KEY=$HOME", "$HOME"),
        ("KEY=Käse 🧀", "Käse 🧀"),
    ])
    func aValueWithoutQuotesIsTakenAsItIs(_ line: String, value: String) throws {
        #expect(try DotEnv.parse(line) == ["KEY": value])
    }

    @Test(arguments: [
        (#"KEY="value""#, "value"),
        (#"KEY="""#, ""),
        (#"KEY="  value  ""#, "  value  "),
        (#"KEY = "value" "#, "value"),
        (##"KEY="# no comment" # a comment"##, "# no comment"),
        (#"KEY="it's""#, "it's"),
        (#"KEY="a\nb\rc\td""#, "a\nb\rc\td"),
        (#"KEY="\"\\\$""#, #""\$"#),
        (#"KEY="\d\x\'""#, #"\d\x\'"#),
        (#"KEY="a\\nb""#, #"a\nb"#),
        (#"KEY="$HOME ${HOME}""#, "$HOME ${HOME}"),
    ])
    func inDoubleQuotesThereAreEscapes(_ line: String, value: String) throws {
        #expect(try DotEnv.parse(line) == ["KEY": value])
    }

    @Test(arguments: [
        (#"KEY='value'"#, "value"),
        (#"KEY=''"#, ""),
        (#"KEY='  value  ' # a comment"#, "  value  "),
        (#"KEY='\n\\ \"$HOME" # no comment'"#, #"\n\\ \"$HOME" # no comment"#),
    ])
    func inSingleQuotesNothingIsAnEscape(_ line: String, value: String) throws {
        #expect(try DotEnv.parse(line) == ["KEY": value])
    }

    @Test(arguments: ["", "\n", "\n\n  \n\t\n", "# KEY=value", "   # KEY=value\n#"])
    func emptyLinesAndCommentsSetNothing(_ text: String) throws {
        #expect(try DotEnv.parse(text) == [:])
    }

    @Test(arguments: ["\n", "\r\n"])
    func linesEndAsOnAnySystem(newline: String) throws {
        let text = ["A=1", "", "# comment", "B='2'", "C=\"3\" # comment", "D=", "_e9=5", ""].joined(separator: newline)

        #expect(try DotEnv.parse(text) == ["A": "1", "B": "2", "C": "3", "D": "", "_e9": "5"])
    }

    @Test func theLastLineNeedsNoEnd() throws {
        #expect(try DotEnv.parse("A=1\nB=2") == ["A": "1", "B": "2"])
    }

    @Test func ofARepeatedKeyTheLastValueCounts() throws {
        #expect(try DotEnv.parse("A=1\nB=2\nA=3\nB=") == ["A": "3", "B": ""])
    }

    /// Editors on Windows write one, and Docker Compose ignores it.
    @Test func aByteOrderMarkAtTheStartIsIgnored() throws {
        #expect(try DotEnv.parse("\u{FEFF}A=1\nB=2") == ["A": "1", "B": "2"])
    }

    // MARK: What is not of the form

    @Test(arguments: [
        "hunter2", "=hunter2", "2KEY=hunter2", "MY KEY=hunter2", "MY-KEY=hunter2", "SCHLÜSSEL=hunter2", "KEY: hunter2",
        "export =hunter2", "\u{FEFF}KEY=hunter2",
    ])
    func aLineThatSetsNothingIsAnErrorThatNamesItAndDoesNotShowIt(_ line: String) {
        let error = #expect(throws: DotEnvError.self) { try DotEnv.parse("A=1\r\n\r\n\(line)\r\nB=2") }

        #expect(error == DotEnvError(line: 3, reason: "it is not KEY=value"))
        #expect(error?.description.contains("Line 3 of the file .env") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        #"KEY="hunter2"#, #"KEY='hunter2"#, #"KEY="hunter2'"#, #"KEY="hunter2" x"#, #"KEY='hunter'2"#,
        #"KEY="hunter2\""#,
        #"KEY=""hunter2"""#, #"KEY="hunter2"# + "\nsecond line\"",
    ])
    func quotesThatDoNotMatchAreAnErrorThatNamesTheLineAndDoesNotShowIt(_ line: String) {
        let error = #expect(throws: DotEnvError.self) { try DotEnv.parse("# comment\n\(line)") }

        #expect(error == DotEnvError(line: 2, reason: "its quotes do not match"))
        #expect(error?.description.contains("hunter2") == false)
    }

    // MARK: Properties

    @Test(arguments: 0..<10)
    func whatIsWrittenInDoubleQuotesIsReadBack(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<20 {
            let settings = Self.randomSettings(&random)

            let text = settings.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: "\n")

            #expect(try Self.scalars(of: DotEnv.parse(text)) == Self.scalars(of: settings))
        }
    }

    @Test(arguments: 0..<10)
    func whatIsWrittenInSingleQuotesIsReadBack(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<20 {
            let settings = Self.randomSettings(&random).mapValues { value in
                String(String.UnicodeScalarView(value.unicodeScalars.filter { !"'\n\r".unicodeScalars.contains($0) }))
            }

            let text = settings.map { "export \($0) = '\($1)' # '\"" }.joined(separator: "\r\n")

            #expect(try Self.scalars(of: DotEnv.parse(text)) == Self.scalars(of: settings))
        }
    }

    @Test(arguments: 0..<10)
    func anyTextIsReadOrRefused(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let alphabet = Self.difficult + Array("KEY=\"'#\n\r \\export".unicodeScalars)
        for _ in 0..<50 {
            let text = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? "="
            }

            let settings = try? DotEnv.parse(String(String.UnicodeScalarView(text)))

            for key in (settings ?? [:]).keys {
                #expect(key.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil)
            }
        }
    }

    // MARK: Fixtures

    /// What means something in the file, and what joins with its neighbours to one character or looks like white space.
    private static let difficult = Array(
        "aZ09_=#\"'\\$ \t\n\rnrté🧀\u{301}\u{200D}\u{FE0F}\u{A0}\u{85}\u{2028}\u{0B}\u{0C}\u{FEFF}".unicodeScalars)

    private static func randomSettings(_ random: inout SeededGenerator) -> [String: String] {
        var settings: [String: String] = [:]
        for index in 0..<Int.random(in: 1...4, using: &random) {
            let scalars = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                difficult.randomElement(using: &random) ?? "a"
            }
            settings["KEY_\(index)"] = String(String.UnicodeScalarView(scalars))
        }
        return settings
    }

    private static func escaped(_ value: String) -> String {
        let escapes: [Unicode.Scalar: String] = [
            "\n": "\\n", "\r": "\\r", "\t": "\\t", "\"": "\\\"", "\\": "\\\\", "$": "\\$",
        ]
        return value.unicodeScalars.map { escapes[$0] ?? String($0) }.joined()
    }

    /// Strings are equal already when they look the same; a password has to be the same to the byte.
    private static func scalars(of settings: [String: String]) -> [String: [Unicode.Scalar]] {
        settings.mapValues { Array($0.unicodeScalars) }
    }
}
