private import Glibc

/// Writes the head of a response (RFC 9112 §4).
enum ResponseHead {
    static func append(_ response: HTTPResponse, date: [UInt8], closes: Bool, isHTTP11: Bool, to output: inout [UInt8]) {
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.append(contentsOf: String(response.status.code).utf8)
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: response.status.reason.utf8)
        output.append(contentsOf: "\r\nDate: ".utf8)
        output.append(contentsOf: date)
        for field in response.fields {
            appendField(field.name, field.value, to: &output)
        }
        if response.status.allowsBody {
            if let byteCount = response.body.byteCount {
                appendField("Content-Length", String(byteCount), to: &output)
            } else if isHTTP11 {
                appendField("Transfer-Encoding", "chunked", to: &output)
            }
        }
        if closes {
            appendField("Connection", "close", to: &output)
        } else if !isHTTP11 {
            appendField("Connection", "keep-alive", to: &output)
        }
        output.append(contentsOf: "\r\n\r\n".utf8)
    }

    private static func appendField(_ name: String, _ value: String, to output: inout [UInt8]) {
        output.append(contentsOf: "\r\n".utf8)
        output.append(contentsOf: name.utf8)
        output.append(contentsOf: ": ".utf8)
        output.append(contentsOf: value.utf8)
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
