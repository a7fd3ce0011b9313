import JSON
import Testing

struct JSONParserTests {
    // MARK: Values

    @Test(arguments: [
        ("null", JSONTree.null), ("true", .boolean(true)), ("false", .boolean(false)),
        ("0", .number(0)), ("-0", .number(0)), ("-12", .number(-12)), ("1.5e3", .number(1500)), ("1E-2", .number(0.01)),
        ("\"\"", .string("")), ("\"a\"", .string("a")), ("\"\u{1F600}\"", .string("\u{1F600}")),
        (#""\"\\\/\b\f\n\r\t\u0041\u00e9\u0000""#, .string("\"\\/\u{8}\u{c}\n\r\tA\u{e9}\0")),
        (#""\ud83d\ude00""#, .string("\u{1F600}")),
        ("[]", .array([])), ("[1,[true],{}]", .array([.number(1), .array([.boolean(true)]), .object([:])])),
        (" \t\r\n{ \"a\" : [ ] } ", .object(["a": .array([])])),
    ])
    func readsEveryKindOfValue(_ text: String, tree: JSONTree) throws {
        #expect(try parse(text) == tree)
    }

    @Test(arguments: [
        ("null", JSONKind.null), ("false", .boolean), ("-1", .integer), ("18446744073709551615", .integer),
        ("1.0", .number),
        ("1e2", .number), ("\"1\"", .string), ("[]", .array), ("{}", .object),
    ])
    func tellsTheKindOfAValue(_ text: String, kind: JSONKind) throws {
        var parser = JSONParser()
        #expect(try parser.parse(text.utf8.span) { $0.kind } == kind)
    }

    @Test(arguments: ["null", "true", "7", "1.5", "\"text\"", "[1]", "{\"a\":1}"])
    func aValueIsOnlyWhatItIs(_ text: String) throws {
        var parser = JSONParser()
        try parser.parse(text.utf8.span) { value in
            #expect((value.boolean != nil) == (value.kind == .boolean))
            #expect((value.integer != nil) == (value.kind == .integer))
            #expect((value.number != nil) == (value.kind == .integer || value.kind == .number))
            #expect((value.string != nil) == (value.kind == .string))
            #expect((value.elements != nil) == (value.kind == .array))
            #expect((value.members != nil) == (value.kind == .object))
            #expect((value["a"] != nil) == (value.kind == .object))
            #expect(value.isNull == (value.kind == .null))
        }
    }

    @Test(arguments: [
        ("9223372036854775807", Int.max), ("-9223372036854775808", .min), ("9223372036854775808", nil),
        ("18446744073709551615", nil), ("1.0", nil), ("1e3", nil),
    ])
    func anIntegerIsAWholeNumberThatFits(_ text: String, integer: Int?) throws {
        var parser = JSONParser()
        #expect(try parser.parse(text.utf8.span) { $0.integer } == integer)
    }

    // MARK: Members

    @Test func membersComeInTheirOrderAndAsOftenAsTheyAreThere() throws {
        var parser = JSONParser()
        let members = try parser.parse(#"{"b":1,"a":2,"b":3,"":4,"\u0062":5}"#.utf8.span) { document in
            document.members.map { $0.map { "\(String($0.name))=\($0.value.integer ?? 0)" } }
        }

        #expect(members == ["b=1", "a=2", "b=3", "=4", "b=5"])
    }

    @Test func theLastOfSeveralMembersWithOneNameIsFound() throws {
        var parser = JSONParser()
        try parser.parse(#"{"a":1,"ab":2,"a":3}"#.utf8.span) { document in
            #expect(document["a"]?.integer == 3)
            #expect(document["ab"]?.integer == 2)
            #expect(document["b"] == nil)
            #expect(document[""] == nil)
        }
    }

    @Test func membersArePickedInTheOrderOfTheNames() throws {
        let names = JSONNames("b", "none", "a", "aa", "")
        var parser = JSONParser()
        let picked = try parser.parse(#"{"a":1,"ab":2,"b":3,"":4,"a":5,"\u0061a":null}"#.utf8.span) { document in
            var members = document.pick(names)
            return (0..<5).map { _ in members.take().map(JSONTree.init) }
        }

        #expect(picked == [.number(3), nil, .number(5), JSONTree.null, .number(4)])
    }

    @Test(arguments: ["{}", "[1]", "1", "null"])
    func nothingIsPickedFromWhatHasNoMembers(_ text: String) throws {
        var parser = JSONParser()
        try parser.parse(text.utf8.span) { document in
            var members = document.pick(JSONNames("a", "b"))
            #expect(members.take() == nil && members.take() == nil)
        }
    }

    @Test func aNameIsComparedByteByByte() throws {
        var parser = JSONParser()
        try parser.parse("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8.span) { document in
            #expect(document["\u{e9}"]?.integer == 1)
            #expect(document["e\u{301}"]?.integer == 2)
        }
    }

    // MARK: What is refused

    @Test(arguments: [
        ("", JSONParseError.empty), (" \n", .empty),
        ("\"a", .invalidString), (#""\x""#, .invalidString), ("\"\t\"", .invalidString), (#""\ud83d""#, .invalidString),
        (#""\ude00\ud83d""#, .invalidString), (#""\u12""#, .invalidString),
        ("01", .invalidNumber), ("1.", .invalidNumber), ("-", .invalidNumber), ("1e", .invalidNumber),
        ("1e999", .invalidNumber),
        ("18446744073709551616", .invalidNumber), ("-9223372036854775809", .invalidNumber),
        ("nul", .invalidStructure), ("[1,]", .invalidStructure), ("[1 2]", .invalidStructure),
        ("{\"a\"}", .invalidStructure),
        ("{\"a\":}", .invalidStructure), ("{1:2}", .invalidStructure), ("{'a':1}", .invalidStructure),
        ("[", .invalidStructure),
        ("{\"a\":1", .invalidStructure), ("]", .invalidStructure), ("1 2", .invalidStructure),
        ("{}{}", .invalidStructure),
        ("NaN", .invalidStructure), ("\u{FEFF}{}", .invalidStructure), ("{} // no", .invalidStructure),
    ])
    func whatIsNotJSONIsRefused(_ text: String, error: JSONParseError) {
        #expect(throws: error) { try parse(text) }
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func everyByteHasToBeUTF8(_ bytes: [UInt8]) {
        var parser = JSONParser()
        let document = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]

        #expect(throws: JSONParseError.notUTF8) { try parser.parse(document.span) { $0.string } }
    }

    // MARK: Limits

    @Test(arguments: [1, 2, 100])
    func aDocumentMayBeAsLongAsTheLimitAndNoLonger(bytesMax: Int) throws {
        var parser = JSONParser(documentBytesMax: bytesMax)
        let digits = { (count: Int) in [UInt8](repeating: UInt8(ascii: " "), count: count - 1) + [UInt8(ascii: "7")] }

        #expect(try parser.parse(digits(bytesMax).span) { $0.integer } == 7)
        #expect(throws: JSONParseError.tooLong(bytesMax: bytesMax)) {
            try parser.parse(digits(bytesMax + 1).span) { _ in }
        }
    }

    @Test(arguments: [1, 2, 100])
    func aDocumentMayBeAsDeepAsTheLimitAndNoDeeper(depthMax: Int) throws {
        var parser = JSONParser(depthMax: depthMax)

        #expect(try parser.parse(nested(depthMax).utf8.span) { $0.kind } == .array)
        #expect(throws: JSONParseError.tooDeep(depthMax: depthMax)) {
            try parser.parse(nested(depthMax + 1).utf8.span) { _ in }
        }
    }

    @Test func aMillionBracketsAreRefusedWithoutHarm() {
        #expect(throws: JSONParseError.tooDeep(depthMax: 100)) { try parse(nested(500_000)) }
    }

    private func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
    }

    // MARK: Use

    @Test func aParserIsAsGoodAfterARefusalAsBefore() throws {
        var parser = JSONParser(documentBytesMax: 1000)
        for length in [900, 3, 500, 10, 1000] {
            let text = "\"" + String(repeating: "a", count: length - 2) + "\""
            #expect(try parser.parse(text.utf8.span) { $0.string?.utf8.count } == length - 2)
            #expect(throws: JSONParseError.self) { try parser.parse("[\"a\",".utf8.span) { _ in } }
            #expect(throws: JSONParseError.tooLong(bytesMax: 1000)) {
                try parser.parse([UInt8](repeating: 0x20, count: 1001).span) { _ in }
            }
        }
    }

    @Test func whatTheBodyThrowsComesOut() {
        struct Refusal: Error {}
        var parser = JSONParser()

        #expect(throws: Refusal.self) { try parser.parse("1".utf8.span) { _ in throw Refusal() } }
    }

    private func parse(_ text: String) throws -> JSONTree {
        var parser = JSONParser()
        return try parser.parse(text.utf8.span, JSONTree.init)
    }
}
