internal import ComponentKit

/// A zone for stamps that carry none: a fixed offset from UTC, or one of the United States' with its daylight saving.
///
/// US rule (15 U.S.C. 260a): from 2007 the second Sunday of March to the first Sunday of November; 1987 to 2006 the
/// first Sunday of April to the last of October; before that the last Sunday of April to the last of October (the years 1974
/// and 1975 differed, which is ignored). Changes are at 02:00 local time. A local time that occurs twice, in the autumn, is
/// taken as its first occurrence; one that does not exist, in the spring, as if the clock had not been changed yet.
package enum MarketTimeZone: Equatable, Sendable {
    case fixed(seconds: Int)
    /// Standard-time offset of a US zone in seconds: -18,000 Eastern, -21,600 Central.
    case unitedStates(standard: Int)

    package static let utc = MarketTimeZone.fixed(seconds: 0)
    package static let eastern = MarketTimeZone.unitedStates(standard: -18_000)

    private static let names: [(String, MarketTimeZone)] = [
        ("UTC", .utc), ("GMT", .utc), ("Z", .utc), ("US/Eastern", .eastern), ("America/New_York", .eastern), ("ET", .eastern), ("EST5EDT", .eastern),
        ("US/Central", .unitedStates(standard: -21_600)), ("America/Chicago", .unitedStates(standard: -21_600)), ("CT", .unitedStates(standard: -21_600)),
        ("US/Mountain", .unitedStates(standard: -25_200)), ("US/Pacific", .unitedStates(standard: -28_800)),
        ("America/Los_Angeles", .unitedStates(standard: -28_800)),
    ]

    /// Reads a zone's name or an offset such as `+02:00`; throws `InputIssues` naming those known.
    static func parse(_ text: String) throws(InputIssues) -> MarketTimeZone {
        if let hit = names.first(where: { $0.0.lowercased() == text.lowercased() }) { return hit.1 }
        let bytes = Array(text.utf8)
        if let offset = parseOffset(bytes.span, 0, bytes.count) { return .fixed(seconds: offset) }
        let known = names.map(\.0)
        throw InputIssues(
            InputIssue(
                code: "time_zone", message: "unknown time zone '\(text)'",
                help: "known: UTC, US/Eastern, US/Central, US/Mountain, US/Pacific, or an offset such as +02:00",
                note: suggestion(for: text, among: known).map { "did you mean '\($0)'?" }))
    }

    var name: String {
        switch self {
        case .fixed(let s):
            if s == 0 { return "UTC" }
            let minutes = abs(s) / 60
            let h = minutes / 60, m = minutes % 60
            return "UTC\(s < 0 ? "-" : "+")\(h < 10 ? "0" : "")\(h):\(m < 10 ? "0" : "")\(m)"
        case .unitedStates(-18_000): return "US Eastern"
        case .unitedStates(-21_600): return "US Central"
        case .unitedStates(-25_200): return "US Mountain"
        case .unitedStates: return "US Pacific"
        }
    }

    /// UTC seconds of local wall-clock seconds, in place over a whole column. O(n); the year's rule is looked up when the year changes.
    package func toUTC(_ local: [Int64]) -> [Int64] { converted(local, sign: -1) }

    /// Local wall-clock seconds of UTC seconds.
    package func toLocal(_ utc: [Int64]) -> [Int64] { converted(utc, sign: 1) }

    private func converted(_ times: [Int64], sign: Int64) -> [Int64] {
        switch self {
        case .fixed(let offset):
            return offset == 0 ? times : times.map { $0 + sign * Int64(offset) }
        case .unitedStates(let standard):
            let base = Int64(standard)
            var out = times
            var from = Int64.max, to = Int64.min, summerFrom = Int64.max, summerTo = Int64.min  // of the year at hand
            for i in out.indices {
                let t = out[i]
                if t < from || t >= to {
                    let local = sign > 0 ? t + base : t
                    let year = civilDate(Int(floorDivide(local, 86_400))).year
                    let shift = sign > 0 ? base : 0
                    let summer = Self.summerTime(year)
                    from = Int64(dayNumber(year: year, month: 1, day: 1)) * 86_400 - shift
                    to = Int64(dayNumber(year: year + 1, month: 1, day: 1)) * 86_400 - shift
                    // In local wall time summer runs from 02:00 standard to 02:00 daylight time; in UTC the latter is an hour earlier.
                    summerFrom = summer.start - shift
                    summerTo = summer.end - shift - (sign > 0 ? 3600 : 0)
                }
                let summer: Int64 = t >= summerFrom && t < summerTo ? 3600 : 0
                out[i] = t + sign * (base + summer)
            }
            return out
        }
    }

    /// First and last (excluded) wall-clock second of daylight saving in a year, each at 02:00 by the clock in force.
    static func summerTime(_ year: Int) -> (start: Int64, end: Int64) {
        let start, end: Int
        if year >= 2007 {
            start = nthWeekday(2, 0, year: year, month: 3)
            end = nthWeekday(1, 0, year: year, month: 11)
        } else {
            start = year >= 1987 ? nthWeekday(1, 0, year: year, month: 4) : nthWeekday(-1, 0, year: year, month: 4)
            end = nthWeekday(-1, 0, year: year, month: 10)
        }
        return (Int64(start) * 86_400 + 7200, Int64(end) * 86_400 + 7200)
    }
}

/// Days on which US stock exchanges are closed or close at 13:00, by the present rules and the known single closures since 1990.
package enum USExchangeCalendar {
    /// Whether a weekday is a full holiday. Saturdays and Sundays give false here.
    package static func isHoliday(_ day: Int) -> Bool {
        let (y, m, d) = civilDate(day)
        let w = weekday(day)
        func observed(_ month: Int, _ date: Int) -> Bool {
            let exact = dayNumber(year: y, month: month, day: date)
            switch weekday(exact) {
            case 6: return day == exact - 1 && !(month == 1)  // New Year's Day on a Saturday is not made up
            case 0: return day == exact + 1
            default: return day == exact
            }
        }
        if observed(1, 1) || observed(7, 4) || observed(12, 25) { return true }
        if y >= 2022, observed(6, 19) { return true }
        if w == 1 {
            if y >= 1998, m == 1, day == nthWeekday(3, 1, year: y, month: 1) { return true }
            if m == 2, day == nthWeekday(3, 1, year: y, month: 2) { return true }
            if m == 5, day == nthWeekday(-1, 1, year: y, month: 5) { return true }
            if m == 9, day == nthWeekday(1, 1, year: y, month: 9) { return true }
        }
        if m == 11, day == nthWeekday(4, 4, year: y, month: 11) { return true }
        if day == easterSunday(y) - 2 { return true }
        return single.contains(y * 10_000 + m * 100 + d)
    }

    /// Trading ends at 13:00: 3 July before a weekday 4 July, the day after Thanksgiving, a weekday 24 December.
    package static func isHalfDay(_ day: Int) -> Bool {
        let (y, m, d) = civilDate(day)
        let w = weekday(day)
        guard w >= 1, w <= 5, !isHoliday(day) else { return false }
        if m == 7, d == 3 { return w <= 4 }
        if m == 12, d == 24 { return w <= 4 }
        return m == 11 && day == nthWeekday(4, 4, year: y, month: 11) + 1
    }

    /// Single closures: mourning, terror attacks, storms.
    private static let single: Set<Int> = [
        19_940_427, 20_010_911, 20_010_912, 20_010_913, 20_010_914, 20_040_611, 20_070_102, 20_121_029, 20_121_030, 20_181_205, 20_250_109,
    ]

    /// Western Easter Sunday (the anonymous Gregorian computus, Nature 1876).
    static func easterSunday(_ y: Int) -> Int {
        let a = y % 19, b = y / 100, c = y % 100
        let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30
        let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let n = h + l - 7 * m + 114
        return dayNumber(year: y, month: n / 31, day: n % 31 + 1)
    }
}
