public import ComponentKit
internal import NumericKernels

/// Prices, counts and clocks in their own units, for scripts to compare with the close.
///
/// A swing high is a bar whose high is at least those of the three bars before it and above those of the three after; it is known three bars later
/// (at its confirmation), and stands until the next one is confirmed, over nights too. Until a stretch has its first, the highest high so far stands
/// in. Swing lows are the mirror image.
public enum PriceLevels: IntradayFeatureFamily {
    static let swingBars = 3
    static let openingMinutes = 15

    public static let cards: [Card] = [
        level("vwap", "Volume-weighted average price of the session so far", "sum (h + l + c) / 3 v / sum v since 09:30", 0, edge: "the plain mean while the session has no volume"),
        level("ema_9", "Exponential moving average of the close over 9 minutes", "EMA9", 8),
        level("ema_20", "Exponential moving average of the close over 20 minutes", "EMA20", 19),
        level("atr_14", "Average true range over 14 minutes (Wilder)", "ATR14", 14),
        level("prev_high", "High of the minute before", "h[t-1]", 1),
        level("prev_low", "Low of the minute before", "l[t-1]", 1),
        level("prev_close", "Close of the minute before", "c[t-1]", 1),
        level("day_open", "First price of the regular session", "o at 09:30", 0),
        level("day_high", "Highest price of the regular session so far", "max h since 09:30", 0),
        level("day_low", "Lowest price of the regular session so far", "min l since 09:30", 0),
        level("previous_close", "Last price of the previous regular session", "c of the session before", 0, edge: "the session's open in a stretch's first session"),
        level("pm_high", "Highest pre-market price, 04:00 to 09:29", "max h of the pre-market", 0, edge: "the larger of previous close and open without pre-market bars"),
        level("pm_low", "Lowest pre-market price, 04:00 to 09:29", "min l of the pre-market", 0, edge: "the smaller of previous close and open without pre-market bars"),
        level("or_high", "Highest price of the session's first 15 minutes, of those so far until they are over", "max h of 09:30 to 09:44", 0),
        level("or_low", "Lowest price of the session's first 15 minutes, of those so far until they are over", "min l of 09:30 to 09:44", 0),
        level("swing_high", "Last confirmed swing high", "h[u] >= h[u-3...u-1] and h[u] > h[u+1...u+3], known at u + 3", 0, edge: "the highest high so far until the first"),
        level("swing_low", "Last confirmed swing low", "l[u] <= l[u-3...u-1] and l[u] < l[u+1...u+3], known at u + 3", 0, edge: "the lowest low so far until the first"),
        intradayCard("bars_above_vwap", "Minutes in a row, before this one, that closed above VWAP", "count, from 0 at 09:30", unit: "bars", firstRow: 0, edge: "0 on the session's first minute"),
        intradayCard("bars_below_vwap", "Minutes in a row, before this one, that closed below VWAP", "count, from 0 at 09:30", unit: "bars", firstRow: 0, edge: "0 on the session's first minute"),
        intradayCard("rsi_14", "Relative strength index over 14 minutes", "RSI14", unit: "0 to 100", firstRow: 14, edge: "50 in a market that does not move", source: "TA-Lib over regular minutes"),
        intradayCard("trend_sign", "Direction of the moving averages", "sign(EMA9 - EMA20)", unit: "sign", firstRow: 19, edge: "0 where they are equal"),
        intradayCard("vix", "Volatility index, last known value", "VIX", unit: "points", firstRow: 0, edge: "0 without VIX and before its first value"),
        intradayCard("minutes_since_open", "Minutes of the regular session that have passed", "1 at the close of 09:30's minute", unit: "minutes", firstRow: 0, edge: "none"),
        intradayCard("minutes_to_close", "Minutes until the regular session ends", "0 at the close of the last minute", unit: "minutes", firstRow: 0, edge: "13:00 on half days"),
    ]

    private static func level(_ name: String, _ summary: String, _ formula: String, _ firstRow: Int, edge: String = "none") -> Card {
        intradayCard(name, summary, formula, unit: "price", firstRow: firstRow, edge: edge)
    }

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        let bars = inputs.bars, n = inputs.count, vwap = inputs.vwap
        let zero = [Double](repeating: 0, count: n)
        var dayOpen = zero, dayHigh = zero, dayLow = zero, before = zero, preHigh = zero, preLow = zero, rangeHigh = zero, rangeLow = zero, above = zero, below = zero
        for session in inputs.sessions {
            var high = -Double.infinity, low = Double.infinity, openingHigh = high, openingLow = low, over = 0.0, under = 0.0
            for (m, t) in session.rows.enumerated() {
                high = max(high, bars.high[t])
                low = min(low, bars.low[t])
                if m < openingMinutes {
                    openingHigh = high
                    openingLow = low
                }
                dayOpen[t] = bars.open[session.rows.lowerBound]
                dayHigh[t] = high
                dayLow[t] = low
                before[t] = session.previousClose
                preHigh[t] = session.preMarketHigh
                preLow[t] = session.preMarketLow
                rangeHigh[t] = openingHigh
                rangeLow[t] = openingLow
                above[t] = over
                below[t] = under
                over = bars.close[t] > vwap[t] ? over + 1 : 0
                under = bars.close[t] < vwap[t] ? under + 1 : 0
            }
        }
        let base = inputs.base
        return [
            vwap, base.ema9, base.ema20, base.atr14, mapLagged(bars.high, lag: 1, from: 1) { $1 }, mapLagged(bars.low, lag: 1, from: 1) { $1 },
            mapLagged(bars.close, lag: 1, from: 1) { $1 }, dayOpen, dayHigh, dayLow, before, preHigh, preLow, rangeHigh, rangeLow,
            swings(bars.high), swings(bars.low.map { -$0 }).map { -$0 }, above, below, inputs.relativeStrength,
            mapRows(base.ema9, base.ema20, from: 19) { $0 > $1 ? 1 : ($0 < $1 ? -1 : 0) },
            inputs.volatilityIndex, inputs.minutesSinceOpen, inputs.minutesToClose,
        ]
    }

    /// Last confirmed swing high of a column.
    static func swings(_ x: [Double]) -> [Double] {
        let k = swingBars
        var out = x, last: Double?, highest = -Double.infinity
        for t in x.indices {
            highest = max(highest, x[t])
            let u = t - k
            if u >= k {
                let peak = x[u]
                if (u - k..<u).allSatisfy({ x[$0] <= peak }), (u + 1...t).allSatisfy({ x[$0] < peak }) { last = peak }
            }
            out[t] = last ?? highest
        }
        return out
    }
}
