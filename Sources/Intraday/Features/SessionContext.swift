public import ComponentKit
internal import NumericKernels

/// Where the session stands against the night: the opening gap and the pre-market's range.
public enum SessionContext: IntradayFeatureFamily {
    public static let cards: [Card] = [
        intradayCard("gap_pct", "Opening gap", "(first regular open - previous close) / previous close", unit: "fraction", firstRow: 0, edge: "0 in the first session of a stretch"),
        intradayCard("pm_high_dist", "Close against the pre-market high", "(c - PMH) / ATR14, PMH of 04:00 to 09:29", unit: "ATR", firstRow: 14, edge: "without pre-market bars PMH is the larger of previous close and open; 0 where ATR14 <= 1e-6 c"),
        intradayCard("pm_low_dist", "Close against the pre-market low", "(c - PML) / ATR14, PML of 04:00 to 09:29", unit: "ATR", firstRow: 14, edge: "without pre-market bars PML is the smaller of previous close and open; 0 where ATR14 <= 1e-6 c"),
    ]

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        var gap = [Double](repeating: 0, count: inputs.count), high = gap, low = gap
        for session in inputs.sessions {
            let size = inputs.bars.open[session.rows.lowerBound] / session.previousClose - 1
            for t in session.rows {
                gap[t] = size
                high[t] = session.preMarketHigh
                low[t] = session.preMarketLow
            }
        }
        return [gap, inATR(inputs.bars.close, high, inputs, from: 14), inATR(inputs.bars.close, low, inputs, from: 14)]
    }
}
