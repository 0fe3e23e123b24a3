internal import MarketData

/// The clock of the US stock exchanges, in minutes of the New York day; daylight saving is part of the conversion to UTC.
public enum NewYorkSession {
    /// 04:00, start of the pre-market grid, in minutes after midnight.
    public static let preMarketStart = 240
    /// 09:30.
    public static let openMinute = 570
    /// 16:00; a half day closes at 13:00.
    public static let closeMinute = 960
    /// Rows of a whole pre-market.
    public static let preMarketMinutes = openMinute - preMarketStart
    /// Rows of a regular session.
    public static let regularMinutes = closeMinute - openMinute
    /// Rows of the regular session of a half day.
    public static let halfDayMinutes = 780 - openMinute

    /// UTC seconds of a minute of the New York day `date` (day number from 1970-01-01). Daylight saving changes at 02:00, outside the grid.
    public static func utc(date: Int, minute: Int) -> Int64 {
        MarketTimeZone.eastern.toUTC([Int64(date) * 86_400 + Int64(minute) * 60])[0]
    }

    /// New York date and second of the day of UTC times. O(n).
    package static func local(_ utc: [Int64]) -> [Int64] { MarketTimeZone.eastern.toLocal(utc) }

    /// Whether the exchanges trade on this date (weekends, holidays and known single closures since 1990 excluded).
    public static func isTradingDay(_ date: Int) -> Bool {
        let w = weekday(date)
        return w != 0 && w != 6 && !USExchangeCalendar.isHoliday(date)
    }

    /// Whether the session of this date closes at 13:00.
    public static func isHalfDay(_ date: Int) -> Bool { USExchangeCalendar.isHalfDay(date) }

    /// The trading day before `date`.
    public static func tradingDay(before date: Int) -> Int {
        var day = date - 1
        while !isTradingDay(day) { day -= 1 }
        return day
    }

    /// The first trading day on or after `date`.
    public static func tradingDay(from date: Int) -> Int {
        var day = date
        while !isTradingDay(day) { day += 1 }
        return day
    }

    /// `2025-03-10`.
    public static func dateText(_ date: Int) -> String { MarketData.dateText(date) }
}
