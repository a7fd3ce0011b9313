internal import Glibc

@testable import Wikimedia

/// `meta.id` and `meta.dt`, from any text. Oracles: an id is given out as it came, and `TimeModel`.
final class IdentityDriver: Driver {
    let seeds = [
        "2026-02-26T15:49:36.569Z", "2024-02-29t23:59:60+02:30", "0000-01-01T00:00:00-23:59",
        "1900-02-29T00:00:00.1234567z",
        "0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6", "0D1E2F3A-4B5C-4D6E-8F90-A1B2C3D4E5F6",
    ]
    let words = [
        "2026-", "-02-29", "-12-31", "T00:00:00", "T23:59:60", "Z", "+00:00", "-23:59", ".5", ".999999",
        "00000000-", "-0000-0000-", "ffffffffffff",
    ]

    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let text = String(decoding: input, as: UTF8.self)
        let id = EventID(text)
        expectEqual(Array(id.description.utf8), Array(text.utf8), "the id")
        expectEqual(EventID(text), id, "the same id")
        var other = Array(text.utf8)
        if let last = other.popLast() {
            other.append(last ^ 0x20)
            let text = String(decoding: other, as: UTF8.self)
            if text.utf8.elementsEqual(other) { expect(EventID(text) != id, "\(text) is the same id as \(id)") }
        }
        expectEqual(millisecondsSince1970(rfc3339: input), TimeModel.milliseconds(Array(input)), text.debugDescription)
    }
}

/// A date-time of RFC 3339 read in the plainest way: by a picture of it, and with the calendar of the C library.
enum TimeModel {
    static func milliseconds(_ text: String) -> Int? { milliseconds(Array(text.utf8)) }

    static func milliseconds(_ text: [UInt8]) -> Int? {
        let offset = text.last == UInt8(ascii: "Z") || text.last == UInt8(ascii: "z") ? text.suffix(1) : text.suffix(6)
        let time = text.prefix(19)
        let decimals = text.dropFirst(19).dropLast(offset.count)
        guard time.count + decimals.count + offset.count == text.count, fits(time, "0000-00-00T00:00:00"),
            offset.count == 1 || fits(offset, "+00:00"),
            decimals.isEmpty
                || decimals.count > 1 && decimals.first == UInt8(ascii: ".")
                    && decimals.dropFirst().allSatisfy(HeadModel.isDigit)
        else { return nil }
        let fields = numbers(time)
        var parts = tm()
        parts.tm_year = Int32(fields[0] - 1900)
        parts.tm_mon = Int32(fields[1] - 1)
        parts.tm_mday = Int32(fields[2])
        parts.tm_hour = Int32(fields[3])
        parts.tm_min = Int32(fields[4])
        let minutes = timegm(&parts)
        // The C library takes the 30th of February for the first or second of March.
        guard parts.tm_mon == fields[1] - 1, parts.tm_mday == fields[2], fields[3] < 24, fields[4] < 60, fields[5] <= 60
        else { return nil }
        let offsetFields = offset.count == 1 ? [0, 0] : numbers(offset)
        guard offsetFields[0] < 24, offsetFields[1] < 60 else { return nil }
        let offsetSeconds = (offsetFields[0] * 60 + offsetFields[1]) * 60 * (offset.first == UInt8(ascii: "-") ? -1 : 1)
        let milliseconds =
            Int(String(decoding: (decimals.dropFirst() + [0x30, 0x30, 0x30]).prefix(3), as: UTF8.self)) ?? 0
        return (minutes + fields[5] - offsetSeconds) * 1000 + milliseconds
    }

    /// Whether there is a digit wherever the picture has a 0.
    private static func fits(_ text: ArraySlice<UInt8>, _ picture: String) -> Bool {
        text.count == picture.utf8.count
            && zip(text, picture.utf8).allSatisfy { byte, wanted in
                switch UnicodeScalar(wanted) {
                case "0": HeadModel.isDigit(byte)
                case "T": byte | 0x20 == UInt8(ascii: "t")
                case "+": byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                default: byte == wanted
                }
            }
    }

    private static func numbers(_ text: ArraySlice<UInt8>) -> [Int] {
        text.split { !HeadModel.isDigit($0) }.map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    }
}
