internal import MarketData

/// Times as episode names and traces show them.
enum MarketTime {
    /// `2024-03-05T14:00Z`, without seconds.
    static func text(_ seconds: Int64) -> String { timeText(seconds) }

    /// `2024-03-05` of a day number (days since 1970-01-01).
    static func date(_ day: Int) -> String { String(timeText(Int64(day) * 86_400).prefix(10)) }
}
