private import Glibc

/// How the client finds the end of a body (RFC 9112 §6.3).
package enum BodyFraming: Sendable, Equatable {
    /// There is no body, and no length of one.
    case none
    case length(Int)
    case chunked
    /// The end of the connection is the end of the body: for clients that know no chunks.
    case untilClose

    init(of response: HTTPResponse, isHTTP11: Bool) {
        self =
            switch response.body {
            case _ where !response.status.allowsBody: .none
            case .bytes(let bytes): .length(bytes.count)
            case .stream: isHTTP11 ? .chunked : .untilClose
            }
    }
}

/// The head of a response (RFC 9112 §4).
struct ResponseHead {
    let response: HTTPResponse
    let framing: BodyFraming
    let closes: Bool
    let isHTTP11: Bool

    func append(date: [UInt8], to output: inout [UInt8]) {
        output.append(response.status.line)
        output.append("\r\nDate: ")
        output.append(contentsOf: date)
        for field in response.fields {
            appendField(field.name, field.value, to: &output)
        }
        switch framing {
        case .none, .untilClose: break
        case .length(let byteCount): appendField("Content-Length", String(byteCount), to: &output)
        case .chunked: appendField("Transfer-Encoding", "chunked", to: &output)
        }
        if closes {
            appendField("Connection", "close", to: &output)
        } else if !isHTTP11 {
            appendField("Connection", "keep-alive", to: &output)
        }
        output.append("\r\n\r\n")
    }

    private func appendField(_ name: String, _ value: String, to output: inout [UInt8]) {
        output.append("\r\n")
        output.append(name)
        output.append(": ")
        output.append(value)
    }
}

extension [UInt8] {
    /// The bytes of a text in one copy; `append(contentsOf: text.utf8)` takes them one by one.
    fileprivate mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }
}

extension Problem {
    /// The whole answer, head and body, after which the connection is closed.
    func closingResponse(date: [UInt8], hasBody: Bool = true) -> [UInt8] {
        let json = json
        var bytes: [UInt8] = []
        ResponseHead(response: response, framing: .length(json.count), closes: true, isHTTP11: true)
            .append(date: date, to: &bytes)
        return hasBody ? bytes + json : bytes
    }
}

/// The `Date` of responses (RFC 9110 §5.6.7), put together once a second: `Sat, 21 Nov 2026 10:52:00 GMT`.
struct HTTPDate {
    private var second: time_t = -1
    private var text: [UInt8] = []

    mutating func now() -> [UInt8] {
        let now = time(nil)
        if now != second {
            second = now
            text = Self.format(now)
        }
        return text
    }

    /// - Parameter seconds: since 1970, UTC.
    static func format(_ seconds: Int) -> [UInt8] {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        // Not strftime: its names of days and months follow the locale.
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = "\(twoDigits(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        let time = "\(twoDigits(parts.tm_hour)):\(twoDigits(parts.tm_min)):\(twoDigits(parts.tm_sec))"
        return Array("\(days[Int(parts.tm_wday)]), \(date) \(time) GMT".utf8)
    }

    private static func twoDigits(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
