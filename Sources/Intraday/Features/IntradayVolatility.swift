public import ComponentKit
internal import NumericKernels

/// Volatility on minutes: average true range, its growth, and the volatility index.
public enum IntradayVolatility: IntradayFeatureFamily {
    public static let cards: [Card] = [
        intradayCard("atr_scaled", "Average true range", "ATR14 / c", unit: "fraction", firstRow: 14, edge: "0 in a market without range", source: "TA-Lib over regular minutes"),
        intradayCard("atr_slope", "Growth of the average true range over five minutes", "ln(ATR14[t] / ATR14[t-5])", unit: "log ratio", firstRow: 19, edge: "an ATR14 below 1e-6 c counts as 1e-6 c", source: "TA-Lib over regular minutes"),
        intradayCard("vix_delta", "Change of the volatility index over 30 minutes", "VIX[t] - VIX[t-30], regular minutes", unit: "points", firstRow: 30, edge: "0 without VIX, and where either value is unknown"),
        intradayCard("vix_day", "Change of the volatility index since the session before", "VIX[t] - VIX at the last minute of the session before", unit: "points", firstRow: 0, edge: "0 without VIX, where either value is unknown, and in a stretch's first session"),
    ]

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        let vix = inputs.volatilityIndex
        var day = [Double](repeating: 0, count: inputs.count)
        for session in inputs.sessions.dropFirst() {
            let before = vix[session.rows.lowerBound - 1]
            for t in session.rows where before > 0 && vix[t] > 0 { day[t] = vix[t] - before }
        }
        return [
            mapRows(inputs.base.atr14, inputs.bars.close, from: 14) { $0 / $1 },
            mapLagged(inputs.base.logATR14, lag: 5, from: 19) { $0 - $1 },
            mapLagged(vix, lag: 30, from: 30) { $0 > 0 && $1 > 0 ? $0 - $1 : 0 },
            day,
        ]
    }
}
