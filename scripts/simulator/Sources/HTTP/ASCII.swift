// The bytes that HTTP is made of, by the names that the RFCs give them.

extension UInt8 {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var percent: UInt8 { UInt8(ascii: "%") }
    static var slash: UInt8 { UInt8(ascii: "/") }
    static var colon: UInt8 { UInt8(ascii: ":") }
    static var semicolon: UInt8 { UInt8(ascii: ";") }
    static var questionMark: UInt8 { UInt8(ascii: "?") }
    private static var delete: UInt8 { 0x7F }

    /// The value of a decimal digit.
    var decimalDigit: Int? {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= self ? Int(self - UInt8(ascii: "0")) : nil
    }

    /// The value of a hexadecimal digit.
    var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// `tchar`: what names and methods consist of (RFC 9110 §5.6.2).
    var isToken: Bool { ASCIISet.token.contains(self) }

    /// What a value may consist of: no control character but the tab (RFC 9110 §5.5).
    var isText: Bool { self >= .space && self != .delete || self == .tab }

    var isControl: Bool { self < .space || self == .delete }

    /// Characters of a registered name, where a host is one (RFC 3986 §3.2.2).
    var isHost: Bool { ASCIISet.host.contains(self) }

    var lowercased: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }
}

/// A set of ASCII characters, a bit for each: to look one up is a shift, however many there are.
private struct ASCIISet {
    private var bits: UInt128 = 0

    init(_ characters: String) {
        for character in characters.utf8 { bits |= 1 << UInt128(character) }
    }

    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && bits >> UInt128(byte) & 1 == 1
    }

    private static let lettersAndDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    static let token = ASCIISet(lettersAndDigits + "!#$%&'*+-.^_`|~")
    static let host = ASCIISet(lettersAndDigits + "-._~!$&'()*+,;=%")
}

/// Compares bytes with an ASCII text, taking upper and lower case letters as equal.
func equalIgnoringCase(_ bytes: some Collection<UInt8>, _ text: String) -> Bool {
    var text = text
    return text.withUTF8 { text in
        bytes.count == text.count && zip(bytes, text).allSatisfy { $0.lowercased == $1.lowercased }
    }
}
