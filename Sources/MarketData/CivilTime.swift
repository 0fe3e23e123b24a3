/// Dates of the proleptic Gregorian calendar as day numbers, with 1970-01-01 as day 0.

/// Day number of a date. Month 1...12; the day may run past the month's end.
package func dayNumber(year: Int, month: Int, day: Int) -> Int {
    // Years are counted from March, so that the leap day ends a year; 400 years have 146,097 days.
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The inverse of `dayNumber`.
package func civilDate(_ dayNumber: Int) -> (year: Int, month: Int, day: Int) {
    let z = dayNumber + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let m = (5 * dayOfYear + 2) / 153
    let month = m < 10 ? m + 3 : m - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * m + 2) / 5 + 1)
}

/// 0 Sunday ... 6 Saturday.
package func weekday(_ dayNumber: Int) -> Int { ((dayNumber + 4) % 7 + 7) % 7 }

func daysInMonth(_ year: Int, _ month: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

/// Day number of the n-th given weekday of a month (n from 1), or the last one for n = -1.
func nthWeekday(_ n: Int, _ wanted: Int, year: Int, month: Int) -> Int {
    if n > 0 {
        let first = dayNumber(year: year, month: month, day: 1)
        return first + (wanted - weekday(first) + 7) % 7 + 7 * (n - 1)
    }
    let last = dayNumber(year: year, month: month, day: daysInMonth(year, month))
    return last - (weekday(last) - wanted + 7) % 7
}

/// Division rounding towards minus infinity, for a positive divisor.
@inline(__always)
package func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    let q = a / b
    return a % b < 0 ? q - 1 : q
}

package func dateText(_ dayNumber: Int) -> String {
    let (y, m, d) = civilDate(dayNumber)
    return "\(y)-\(two(m))-\(two(d))"
}

/// `2020-03-12T10:00Z`; seconds only where they are not 0.
public func timeText(_ seconds: Int64) -> String {
    let day = floorDivide(seconds, 86_400)
    let s = Int(seconds - day * 86_400)
    return "\(dateText(Int(day)))T\(two(s / 3600)):\(two(s / 60 % 60))" + (s % 60 == 0 ? "" : ":\(two(s % 60))") + "Z"
}

package func clockText(_ secondsOfDay: Int) -> String { "\(two(secondsOfDay / 3600)):\(two(secondsOfDay / 60 % 60))" }

private func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
