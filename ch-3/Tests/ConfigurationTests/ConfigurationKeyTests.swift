import Configuration
import Glibc
import Testing

struct ConfigurationKeyTests {
    private static let size = ConfigurationKey.integer("SIZE", default: 5, in: 1...10, summary: "how large it is")
    private static let name = ConfigurationKey.text("NAME", default: "nobody", summary: "who it is")

    @Test(arguments: [
        ([:], 5), (["SIZE": ""], 5), (["SIZE": "1"], 1), (["SIZE": "10"], 10), (["SIZE": "007"], 7), (["size": "1"], 5),
    ])
    func theValueIsTheEnvironmentsOrTheDefault(environment: [String: String], value: Int) throws {
        #expect(try Self.size.value(in: environment) == value)
    }

    @Test(arguments: ["0", "11", "-1", "a", "1.5", " 1", "1 ", "0x1", "99999999999999999999", "１"])
    func aValueThatCannotBeUsedIsNamedWithItsKeyAndARemedy(_ value: String) {
        let expected = ConfigurationError(key: "SIZE", value: value, expected: "a whole number from 1 to 10")

        #expect(throws: expected) { try Self.size.value(in: ["SIZE": value]) }
        #expect(
            expected.description
                == "SIZE is \"\(value)\", which cannot be used: set it to a whole number from 1 to 10.")
    }

    @Test func aTextIsTakenAsItIs() throws {
        #expect(try Self.name.value(in: ["NAME": " a=b "]) == " a=b ")
        #expect(try Self.name.value(in: [:]) == "nobody")
    }

    @Test func helpHasNameSummaryAndDefault() {
        #expect(Self.size.help == "  SIZE                      how large it is (default: 5)")
        let long = ConfigurationKey.text(String(repeating: "N", count: 30), default: "", summary: "what")
        #expect(long.help == "  \(String(repeating: "N", count: 30)) what (default: )")
    }

    @Test func theEnvironmentIsTheProcesss() throws {
        let path = try #require(getenv("PATH"))

        #expect(ProcessEnvironment.all["PATH"] == String(cString: path))
    }
}
