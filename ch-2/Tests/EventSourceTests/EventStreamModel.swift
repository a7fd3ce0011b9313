@testable import EventSource

/// The event stream of the standard, read in the plainest way: the whole at once, as text, line by line.
enum EventStreamModel {
    static func events(in body: [UInt8]) -> [ServerSentEvent] {
        var text = String(decoding: body, as: UTF8.self).unicodeScalars[...]
        if text.first == "\u{FEFF}" { text = text.dropFirst() }
        var events: [ServerSentEvent] = []
        var (data, type, id): (String?, String, String) = (nil, "", "")
        for line in completeLines(text) {
            if line.isEmpty {
                if let data {
                    let type = type.isEmpty ? "message" : type
                    events.append(ServerSentEvent(type: type, data: Array(data.utf8), id: id))
                }
                (data, type) = (nil, "")
                continue
            }
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            var value = line[colon...].dropFirst()
            if value.first == " " { value = value.dropFirst() }
            let (field, text) = (string(line[..<colon]), string(value))
            switch field {
            case "data": data = data.map { $0 + "\n" + text } ?? text
            case "event": type = text
            case "id" where !value.contains("\0"): id = text
            default: break
            }
        }
        return events
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func completeLines(_ text: Substring.UnicodeScalarView) -> [[Unicode.Scalar]] {
        var lines: [[Unicode.Scalar]] = []
        var line: [Unicode.Scalar] = []
        var previous: Unicode.Scalar?
        for scalar in text {
            if scalar == "\n" && previous == "\r" {
                // The second half of CR LF.
            } else if scalar == "\n" || scalar == "\r" {
                lines.append(line)
                line = []
            } else {
                line.append(scalar)
            }
            previous = scalar
        }
        return lines
    }
}
