/// A moment in UTC, taken apart into the fields of the calendar.
struct CalendarTime: Equatable {
    var year = 1970
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var millisecond = 0
}

// Howard Hinnant's arithmetic ("chrono-compatible low-level date algorithms"): years begin in March, so that the leap day
// is the last of its year, and 400 years have 146,097 days. Neither a table nor the C library, whose `gmtime` takes longer
// than all the rest of an event.
extension CalendarTime {
    /// - Parameter milliseconds: since 1970, not negative.
    init(milliseconds: Int) {
        let (days, ofDay) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        millisecond = ofDay % 1000
        second = ofDay / 1000 % 60
        minute = ofDay / 60_000 % 60
        hour = ofDay / 3_600_000
        let (era, ofEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * ofYear + 2) / 153
        day = ofYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }

    /// Milliseconds since 1970. The fields must be in their ranges and the year in 1970 to 9999.
    var milliseconds: Int {
        let year = month <= 2 ? self.year - 1 : self.year
        let yearOfEra = year % 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millisecond
    }
}

extension FrameBuffer {
    /// `2026-01-01T00:00:00.000Z`
    mutating func putISO8601(_ time: CalendarTime) {
        putPair(time.year / 100)
        putPair(time.year % 100)
        put("-")
        putPair(time.month)
        put("-")
        putPair(time.day)
        put("T")
        putPair(time.hour)
        put(":")
        putPair(time.minute)
        put(":")
        putPair(time.second)
        put(".")
        put(time.millisecond / 100)
        putPair(time.millisecond % 100)
        put("Z")
    }

    /// `20260101000000`, as MediaWiki's database has it.
    mutating func putDatabaseTime(_ time: CalendarTime) {
        putPair(time.year / 100)
        putPair(time.year % 100)
        putPair(time.month)
        putPair(time.day)
        putPair(time.hour)
        putPair(time.minute)
        putPair(time.second)
    }
}
