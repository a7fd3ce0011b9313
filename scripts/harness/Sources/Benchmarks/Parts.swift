private import EventSource
private import Wikimedia

/// Server-sent events out of bytes.
func measureSSE(_ input: Input) {
    // What is read from the socket at once.
    let pieces = input.pieces(of: 64 * 1024)
    input.measure {
        var parser = SSEParser()
        var count = 0
        for piece in pieces {
            parser.append(piece)
            while let event = parser.next() { count += event.data.isEmpty ? 0 : 1 }
        }
        return count
    }
}

/// Changes out of their JSON.
func measureJSON(_ input: Input) {
    let lines = input.lines
    var decoder = RecentChangeDecoder()
    input.measure {
        var count = 0
        for line in lines {
            guard case .change = decoder.decode(line.span) else { fail("this is no change: \(line)") }
            count += 1
        }
        return count
    }
}
