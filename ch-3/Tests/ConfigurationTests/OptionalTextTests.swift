import Configuration
import Testing

struct OptionalTextTests {
    @Test(arguments: [([:], nil), (["KEY": ""], nil), (["KEY": "a"], "a")] as [([String: String], String?)])
    func itIsWhatIsSetOrNothing(environment: [String: String], text: String?) throws {
        #expect(try Self.key.value(in: environment).text == text)
    }

    @Test func theHelpSaysWhatHappensWithoutIt() {
        #expect(Self.key.help.hasSuffix("what it is for (default: nobody)"))
    }

    private static let key = ConfigurationKey.optionalText("KEY", otherwise: "nobody", summary: "what it is for")
}
