import ScriptedServer

/// A change as the stream has it, with what is counted, and a title to know it by.
func changeJSON(
    _ number: Int, domain: String = "als.wikipedia.org", user: String = "Mira", isBot: Bool = false,
    separator: String = ""
) -> String {
    let members = [
        #""meta":{"id":"event-\#(number)","domain":"\#(domain)","dt":"\#(time(number))","topic":"\#(topic)"}"#,
        #""title":"Page \#(number)""#, #""user":"\#(user)""#, #""bot":\#(isBot)"#,
        #""server_url":"https://\#(domain)""#, #""server_name":"\#(domain)""#,
    ]
    return "{\(separator)\(members.joined(separator: ",\(separator)"))\(separator)}"
}

/// Wikimedia's test event.
func canaryJSON(_ number: Int) -> String {
    changeJSON(number, domain: "canary")
}

/// A server-sent event with an id as Wikimedia gives it.
///
/// - Parameter json: its line breaks begin a new line of data each.
func frame(_ number: Int, _ json: String) -> String {
    let lines = json.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
    return
        "event: message\nid: [{\"topic\":\"\(topic)\",\"partition\":0,\"timestamp\":\(milliseconds(number) + 1)}]\n\(lines)\n"
}

func frame(_ number: Int) -> String {
    frame(number, changeJSON(number))
}

private let topic = "codfw.mediawiki.recentchange"

/// All within a few seconds, so that a server that is asked to continue sends everything again.
private func milliseconds(_ number: Int) -> Int {
    1_772_120_976_000 + number % 1000
}

private func time(_ number: Int) -> String {
    "2026-02-26T15:49:36.\(String(1000 + number % 1000).dropFirst())Z"
}

extension [ScriptedServer.Step] {
    /// Answers with a stream that ends with the connection, unless more steps follow.
    static func stream(_ body: String..., type: String = "text/event-stream") -> Self {
        [.receiveRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\r\n")] + body.map { .send($0) }
    }

    /// 204, which ends the stream, and the program with it.
    static var over: Self { [.receiveRequest, .send("HTTP/1.1 204 No Content\r\n\r\n")] }
}
