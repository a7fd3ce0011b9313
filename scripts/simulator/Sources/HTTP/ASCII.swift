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

    private var isLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= (self | 0x20) }

    /// `tchar`: what names and methods consist of (RFC 9110 §5.6.2).
    var isToken: Bool {
        isLetter || decimalDigit != nil || "!#$%&'*+-.^_`|~".utf8.contains(self)
    }

    /// What a value may consist of: no control character but the tab (RFC 9110 §5.5).
    var isText: Bool { self >= .space && self != .delete || self == .tab }

    var isControl: Bool { self < .space || self == .delete }

    /// Characters of a registered name, where a host is one (RFC 3986 §3.2.2).
    var isHost: Bool {
        isLetter || decimalDigit != nil || "-._~!$&'()*+,;=%".utf8.contains(self)
    }

    var lowercased: UInt8 { isLetter ? self | 0x20 : self }
}

/// Compares bytes with an ASCII text, taking upper and lower case letters as equal.
func equalIgnoringCase(_ bytes: some Collection<UInt8>, _ text: String) -> Bool {
    bytes.count == text.utf8.count && zip(bytes, text.utf8).allSatisfy { $0.lowercased == $1.lowercased }
}
