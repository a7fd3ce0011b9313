import Configuration
import Testing

struct SecretKeyTests {
    private static let key = SecretKey("KEY", bytesMin: 8, summary: "opens the door", otherwise: "the door stays shut")

    @Test(arguments: ["hunter22", "hünter2", " 1234567", "hunter2 and more"])
    func theValueIsTheEnvironmentsAsItIs(_ text: String) throws {
        #expect(try Self.key.value(in: ["KEY": text])?.reveal() == text)
    }

    @Test(arguments: [[:], ["KEY": ""], ["key": "hunter22"]])
    func withoutOneThereIsNone(_ environment: [String: String]) throws {
        #expect(try Self.key.value(in: environment)?.reveal() == nil)
    }

    @Test(arguments: ["h", "hunter2"])
    func aShortOneIsNamedByItsKeyWithARemedyAndNotShown(_ text: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.key.value(in: ["KEY": text]) }

        #expect(
            error?.description
                == #"KEY is "(secret)", which cannot be used: set it to 8 bytes or more, such as openssl rand -hex 32 prints."#
        )
        var dumped = ""
        dump(error, to: &dumped)
        #expect(!dumped.contains(#""\#(text)""#))
    }

    @Test func helpSaysWhatHappensWithoutIt() {
        #expect(Self.key.help == "  KEY                       opens the door (default: the door stays shut)")
    }

    @Test func aSecretIsNeitherDescribedNorDumped() {
        struct Holder { let secret = Secret("hunter2") }
        var dumped = ""
        dump(Holder(), to: &dumped)

        for text in [dumped, "\(Holder())", String(reflecting: Holder()), "\(Secret("hunter2"))"] {
            #expect(text.contains("(secret)") && !text.contains("hunter2"))
        }
    }

    @Test func randomOnesAreLongAndNeverTheSame() {
        let secrets = (0..<100).map { _ in Secret.random().reveal() }

        #expect(Set(secrets).count == 100)
        #expect(secrets.allSatisfy { $0.count == 64 && $0.allSatisfy(\.isHexDigit) })
        #expect(Set(secrets.joined()).count == 16)
    }
}
