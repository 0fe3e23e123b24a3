/// How a stamp was written.
package enum StampKind: UInt8 { case epoch, date, naive, offset }

/// One stamp: UTC seconds for `epoch` and `offset`, wall-clock seconds for `date` and `naive`.
package struct Stamp {
    package var seconds: Int64
    /// Seconds east of UTC as written; 0 unless `kind` is `offset`.
    var offset: Int32
    package var kind: StampKind
}

/// Years accepted in a stamp. Outside, the number is more likely an index or a damaged field than a time.
private let yearRange = 1900...2200

/// Reads `bytes[a..<b]` as a time: epoch in s, ms, us or ns told apart by magnitude; `YYYYMMDD[HHMM[SS]]`; or
/// `YYYY-MM-DD` (also `/` and `.`), optionally `T` or a blank and `HH[:MM[:SS[.fraction]]]` (or `HH-AM`), optionally `Z`, `UTC` or an offset.
/// A fraction of a second is dropped. Nil when it is none of these, or before 1973 as an epoch (an index column, most likely).
package func parseStamp(_ s: Span<UInt8>, _ a: Int, _ b: Int) -> Stamp? {
    guard b - a >= 8, b - a <= 40 else { return nil }
    let fifth = s[a + 4] &- 0x30
    return fifth < 10 ? parseEpoch(s, a, b) : parseISO(s, a, b)
}

private func parseEpoch(_ s: Span<UInt8>, _ a: Int, _ b: Int) -> Stamp? {
    var value: Int64 = 0
    var i = a
    while i < b, case let d = s[i] &- 0x30, d < 10 {
        guard i - a < 18 || (i - a == 18 && value < 900_000_000_000_000_000) else { return nil }
        value = value * 10 + Int64(d)
        i += 1
    }
    let digits = i - a
    if i < b {
        if digits == 8, s[i] == 0x20 || s[i] | 0x20 == 0x74 {  // 20200131 09:30
            guard let day = compactDate(value) else { return nil }
            return finish(s, i + 1, b, day: day)
        }
        guard s[i] == 0x2E else { return nil }
        i += 1
        while i < b, s[i] &- 0x30 < 10 { i += 1 }
        guard i == b else { return nil }
    } else if digits == 8 {
        guard let day = compactDate(value) else { return nil }
        return Stamp(seconds: Int64(day) * 86_400, offset: 0, kind: .date)
    } else if digits == 12 || digits == 14 {
        let clock = digits == 12 ? value % 10_000 * 100 : value % 1_000_000
        let h = clock / 10_000, m = clock / 100 % 100, sec = clock % 100
        if let day = compactDate(value / (digits == 12 ? 10_000 : 1_000_000)), h < 24, m < 60, sec < 60 {
            return Stamp(seconds: Int64(day) * 86_400 + h * 3600 + m * 60 + sec, offset: 0, kind: .naive)
        }
    }
    if value >= 100_000_000_000_000_000 { value /= 1_000_000_000 }
    else if value >= 100_000_000_000_000 { value /= 1_000_000 }
    else if value >= 100_000_000_000 { value /= 1000 }
    guard value >= 94_694_400, value < 7_258_118_400 else { return nil }  // 1973 to 2200
    return Stamp(seconds: value, offset: 0, kind: .epoch)
}

private func compactDate(_ v: Int64) -> Int? { checkedDay(Int(v / 10_000), Int(v / 100 % 100), Int(v % 100)) }

private func checkedDay(_ y: Int, _ m: Int, _ d: Int) -> Int? {
    guard yearRange.contains(y), m >= 1, m <= 12, d >= 1, d <= daysInMonth(y, m) else { return nil }
    return dayNumber(year: y, month: m, day: d)
}

@inline(__always)
private func pair(_ s: Span<UInt8>, _ i: Int) -> Int? {
    let t = s[i] &- 0x30, u = s[i + 1] &- 0x30
    return t < 10 && u < 10 ? Int(t) * 10 + Int(u) : nil
}

private func parseISO(_ s: Span<UInt8>, _ a: Int, _ b: Int) -> Stamp? {
    guard b - a >= 10, let century = pair(s, a), let year = pair(s, a + 2), let month = pair(s, a + 5), let dayOfMonth = pair(s, a + 8) else { return nil }
    let mark = s[a + 4]
    guard mark == 0x2D || mark == 0x2F || mark == 0x2E, s[a + 7] == mark, let day = checkedDay(century * 100 + year, month, dayOfMonth) else { return nil }
    if b == a + 10 { return Stamp(seconds: Int64(day) * 86_400, offset: 0, kind: .date) }
    guard s[a + 10] == 0x20 || s[a + 10] | 0x20 == 0x74 else { return nil }
    return finish(s, a + 11, b, day: day)
}

/// The clock and zone part of a stamp whose date is `day`.
private func finish(_ s: Span<UInt8>, _ start: Int, _ b: Int, day: Int) -> Stamp? {
    var i = start
    guard let clock = parseClock(s, &i, b) else { return nil }
    let wall = Int64(day) * 86_400 + Int64(clock)
    while i < b, s[i] == 0x20 { i += 1 }
    if i == b { return Stamp(seconds: wall, offset: 0, kind: .naive) }
    guard let offset = parseOffset(s, i, b) else { return nil }
    return Stamp(seconds: wall - Int64(offset), offset: Int32(offset), kind: .offset)
}

/// Seconds of the day from `HH[:MM[:SS[.f]]]`, `HHMM[SS]`, `HH-AM`, `HH:MM[:SS] PM`; moves `i` behind it.
func parseClock(_ s: Span<UInt8>, _ i: inout Int, _ b: Int) -> Int? {
    var hour: Int
    if i + 1 < b, let h = pair(s, i) {
        hour = h
        i += 2
    } else if i < b, s[i] &- 0x30 < 10 {
        hour = Int(s[i] &- 0x30)
        i += 1
    } else {
        return nil
    }
    var minute = 0, second = 0
    let colon = i < b && s[i] == 0x3A
    if i < b, colon || s[i] &- 0x30 < 10 {
        if colon { i += 1 }
        guard i + 1 < b, let m = pair(s, i) else { return nil }
        minute = m
        i += 2
        if i < b, s[i] == 0x3A || (!colon && s[i] &- 0x30 < 10) {
            if s[i] == 0x3A { i += 1 }
            guard i + 1 < b, let sec = pair(s, i) else { return nil }
            second = sec
            i += 2
            if i < b, s[i] == 0x2E || s[i] == 0x2C {
                i += 1
                let first = i
                while i < b, s[i] &- 0x30 < 10 { i += 1 }
                guard i > first else { return nil }
            }
        }
    }
    var k = i
    if k < b, s[k] == 0x2D || s[k] == 0x20 { k += 1 }
    if k + 1 < b, s[k + 1] | 0x20 == 0x6D, s[k] | 0x20 == 0x61 || s[k] | 0x20 == 0x70 {  // am, pm
        guard hour >= 1, hour <= 12 else { return nil }
        hour = hour % 12 + (s[k] | 0x20 == 0x70 ? 12 : 0)
        i = k + 2
    }
    guard hour < 24 || (hour == 24 && minute == 0 && second == 0), minute < 60, second <= 60 else { return nil }
    return hour * 3600 + minute * 60 + min(second, 59)
}

/// Seconds east of UTC from `Z`, `UTC`, `GMT`, `+HH`, `+HHMM`, `+HH:MM` (a `UTC` before the sign is allowed).
func parseOffset(_ s: Span<UInt8>, _ start: Int, _ b: Int) -> Int? {
    var i = start
    if i + 1 == b, s[i] | 0x20 == 0x7A { return 0 }
    if i + 3 <= b, (s[i] | 0x20, s[i + 1] | 0x20, s[i + 2] | 0x20) == (0x75, 0x74, 0x63) || (s[i] | 0x20, s[i + 1] | 0x20, s[i + 2] | 0x20) == (0x67, 0x6D, 0x74) {
        i += 3
        if i == b { return 0 }
    }
    guard i < b, s[i] == 0x2B || s[i] == 0x2D else { return nil }
    let sign = s[i] == 0x2D ? -1 : 1
    i += 1
    guard i + 1 < b, let h = pair(s, i), h <= 18 else { return nil }
    i += 2
    if i == b { return sign * h * 3600 }
    if s[i] == 0x3A { i += 1 }
    guard i + 2 == b, let m = pair(s, i), m < 60 else { return nil }
    return sign * (h * 3600 + m * 60)
}

/// Seconds UTC of one stamp in text, read as in a file; stamps without a zone are UTC. Nil when it is no time.
public func parseTimeStamp(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    return parseStamp(bytes.span, 0, bytes.count)?.seconds
}
