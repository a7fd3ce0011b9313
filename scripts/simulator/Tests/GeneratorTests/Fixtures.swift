import Foundation

@testable import Generator

extension SimulatedStream {
    static func make(_ change: (inout Settings) -> Void = { _ in }) -> SimulatedStream {
        var settings = Settings()
        settings.userCount = 5000
        change(&settings)
        return SimulatedStream(settings)
    }

    /// What a client gets that begins at event `start` and reads up to event `end`.
    func bytes(as format: Subscription.Format, from start: Int, upTo end: Int, piece: Int = 64 * 1024) -> [UInt8] {
        var subscription = Subscription(
            to: self, as: format, from: .unspecified, unspecified: start, head: end, end: end)
        var bytes: [UInt8] = []
        while subscription.nextIndex < end { bytes += subscription.next(upTo: end, byteCount: piece).bytes }
        return bytes
    }

    /// The JSON of the first events, line by line.
    func lines(_ count: Int) -> [Data] {
        bytes(as: .lines, from: 0, upTo: count).lines.dropLast().map { Data($0) }
    }

    /// The first events as an independent JSON parser reads them.
    func parsed(_ count: Int) throws -> [[String: Any]] {
        try lines(count).map { line in
            guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] else {
                throw CocoaError(.propertyListReadCorrupt)
            }
            return object
        }
    }
}

extension [UInt8] {
    /// What is between the line feeds: `split`, but fast in a debug build too.
    var lines: [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        withUnsafeBytes { bytes in
            while let base = bytes.baseAddress, let end = memchr(base + start, 0x0A, count - start) {
                lines.append(self[start..<(end - UnsafeMutableRawPointer(mutating: base))])
                start = lines[lines.count - 1].endIndex + 1
            }
        }
        return lines + [self[start...]]
    }
}

/// A frame as an independent reader of server-sent events sees it.
struct Frame: Equatable {
    var id = ""
    var data: [UInt8] = []

    /// Reads whole frames; comments are left out.
    static func parse(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var frame = Frame()
        for line in bytes.lines {
            if line.isEmpty {
                if !frame.data.isEmpty { frames.append(frame) }
                frame = Frame()
            } else if line.starts(with: "id: ".utf8) {
                frame.id = String(decoding: line.dropFirst(4), as: UTF8.self)
            } else if line.starts(with: "data: ".utf8) {
                frame.data = Array(line.dropFirst(6))
            }
        }
        return frames
    }

    /// Finds a member of `meta` by its text, since the data may be broken.
    func member(_ name: String) -> String? {
        let text = String(decoding: data, as: UTF8.self)
        guard let start = text.firstRange(of: "\"\(name)\":")?.upperBound else { return nil }
        return String(text[start...].drop { $0 == "\"" }.prefix { $0 != "\"" && $0 != "," && $0 != "}" })
    }
}
