/// The time of a `date-time` of RFC 3339 (`2026-02-26T15:49:36.569Z`) in milliseconds since 1970.
///
/// The whole grammar of §5.6 is read: any number of decimals (those beyond milliseconds are cut off), `Z` or an offset from
/// UTC, a leap second, which counts as the first second of the next minute. Anything else is `nil`.
func millisecondsSince1970(rfc3339 text: UnsafeBufferPointer<UInt8>) -> Int? {
    var reader = DigitReader(text)
    guard let year = reader.number(digits: 4), reader.skip("-"),
        let month = reader.number(digits: 2), 1...12 ~= month, reader.skip("-"),
        let day = reader.number(digits: 2), 1...daysIn(month: month, year: year) ~= day,
        reader.skip("T") || reader.skip("t"),
        let hour = reader.number(digits: 2), hour <= 23, reader.skip(":"),
        let minute = reader.number(digits: 2), minute <= 59, reader.skip(":"),
        let second = reader.number(digits: 2), second <= 60,
        let milliseconds = reader.decimals(),
        let offsetMinutes = reader.offset(), reader.isAtEnd
    else { return nil }
    let minutes = (daysSince1970(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offsetMinutes
    return (minutes * 60 + second) * 1000 + milliseconds
}

private func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

private func daysIn(month: Int, year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

/// In the calendar of today, at any time (RFC 3339 §5.6 asks for the proleptic Gregorian one).
private func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    // Years are taken to begin in March, so that the leap day is the last day of a year and the months before it do not
    // depend on it: 30.6 days on average, (153 m + 2) / 5 to be exact. And 400 years, which are 146,097 days, are added so
    // that January of the year 0 does not divide below zero.
    let year = (month <= 2 ? year - 1 : year) + 400
    let monthSinceMarch = (month + 9) % 12
    let dayOfYear = (153 * monthSinceMarch + 2) / 5 + day - 1
    // March of the year 0 is 719,468 days before 1970.
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468 - 146_097
}

/// Reads digits from left to right.
private struct DigitReader {
    private let text: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    var isAtEnd: Bool { index == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func digit() -> Int? {
        guard index < text.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] else { return nil }
        defer { index += 1 }
        return Int(text[index] - UInt8(ascii: "0"))
    }

    mutating func number(digits: Int) -> Int? {
        var number = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// `.569`, or nothing, in thousandths.
    mutating func decimals() -> Int? {
        guard skip(".") else { return 0 }
        guard let first = digit() else { return nil }
        var thousandths = first * 100
        var weight = 10
        while let digit = digit() {
            thousandths += digit * weight
            weight /= 10
        }
        return thousandths
    }

    /// `Z`, `+02:00` or `-02:30`, in minutes.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let isNegative = skip("-")
        guard isNegative || skip("+"), let hours = number(digits: 2), hours <= 23, skip(":"),
            let minutes = number(digits: 2), minutes <= 59
        else { return nil }
        return (isNegative ? -1 : 1) * (hours * 60 + minutes)
    }
}
