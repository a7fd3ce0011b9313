import TestSupport
import Testing

@testable import Auth

struct Base64URLTests {
    /// RFC 4648 §10, without the padding.
    @Test(arguments: [
        ("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Zm9vYmE", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ])
    func theVectorsOfTheRFCAreRead(text: String, bytes: String) {
        #expect(Self.decode(text) == Array(bytes.utf8))
    }

    @Test func whatAnotherImplementationWritesIsRead() {
        var random = SeededGenerator(seed: 1)
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Self.decode(HandmadeToken.base64URL(bytes)) == bytes)
        }
    }

    @Test func noTwoTextsAreTheSameBytes() {
        let alphabet = (0...255).compactMap { byte in
            let text = "AA" + String(UnicodeScalar(UInt8(byte))) + "A"
            return Self.decode(text).map { _ in UInt8(byte) }
        }
        #expect(alphabet.count == 64)
        let texts = alphabet.flatMap { first in alphabet.map { [first, $0] } }

        let decoded = texts.compactMap { Base64URL.decode($0[...]) }

        #expect(decoded.count == 256)
        #expect(Set(decoded).count == 256)
    }

    @Test(arguments: [
        "A", "AAAAA", "Zg==", "Zm8=", "Zg=", "=", "Z g", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm.v", "Zm9ü", "Zm9\u{0}",
        "Zh", "Zm9",
    ])
    func otherTextsAreNone(_ text: String) {
        #expect(Self.decode(text) == nil)
    }

    private static func decode(_ text: String) -> [UInt8]? {
        Base64URL.decode(Array(text.utf8)[...])
    }
}
