import Testing

@testable import Configuration

struct ConfigurationKeyKindsTests {
    @Test(arguments: ["true", "TRUE", "yes", "on", "1"])
    func aTruthValueMayBeSaidInSeveralWays(_ text: String) throws {
        #expect(try Self.prints.value(in: ["PRINTS": text]))
    }

    @Test(arguments: ["false", "False", "no", "off", "0"])
    func soMayItsOpposite(_ text: String) throws {
        let key = ConfigurationKey.boolean("PRINTS", default: true, summary: "")

        #expect(try !key.value(in: ["PRINTS": text]))
    }

    @Test(arguments: ["ja", "2", "true ", "t"])
    func anythingElseIsNoTruthValue(_ text: String) {
        #expect(throws: ConfigurationError(key: "PRINTS", value: text, expected: "true or false")) {
            try Self.prints.value(in: ["PRINTS": text])
        }
    }

    @Test(arguments: [[:], ["PRINTS": ""], ["prints": "true"]])
    func theDefaultCountsWhereNothingIsSaid(_ environment: [String: String]) throws {
        #expect(try !Self.prints.value(in: environment))
    }

    @Test(arguments: Fruit.allCases)
    func aChoiceIsMadeByName(_ fruit: Fruit) throws {
        #expect(try Self.fruit.value(in: ["FRUIT": fruit.rawValue]) == fruit)
    }

    @Test(arguments: ["Apple", "apple or pear", "plum"])
    func whatIsNotToBeChosenIsRefusedWithWhatIs(_ text: String) {
        #expect(throws: ConfigurationError(key: "FRUIT", value: text, expected: "apple or pear")) {
            try Self.fruit.value(in: ["FRUIT": text])
        }
    }

    @Test func helpShowsTheDefault() {
        #expect(Self.prints.help.hasSuffix("whether it prints (default: false)"))
        #expect(Self.fruit.help.hasSuffix("what to eat (default: pear)"))
    }

    // MARK: Fixtures

    enum Fruit: String, CaseIterable, Sendable {
        case apple, pear
    }

    private static let prints = ConfigurationKey.boolean("PRINTS", default: false, summary: "whether it prints")
    private static let fruit = ConfigurationKey.choice("FRUIT", default: Fruit.pear, summary: "what to eat")
}
