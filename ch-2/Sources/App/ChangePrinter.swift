internal import Wikimedia

/// Writes the JSON of each change to standard output, one a line: `wiki-stats | jq .title`.
struct ChangePrinter: ChangeHandler {
    let output: StandardOutput

    func handle(_ element: ChangeStream.Element) async throws {
        try await output.write(line: Self.onOneLine(element.json))
    }

    /// A line break in JSON can only stand between its tokens, where a space does as well (RFC 8259 §2).
    static func onOneLine(_ json: [UInt8]) -> [UInt8] {
        let lineBreaks = "\r\n".utf8
        return json.contains(where: lineBreaks.contains)
            ? json.map { lineBreaks.contains($0) ? UInt8(ascii: " ") : $0 } : json
    }
}
