public import ComponentKit
internal import Features
internal import NumericKernels

/// Momentum on minutes: moving averages, VWAP, relative strength, MACD, slope. Nights are ordinary steps, as on a chart without extended hours.
public enum IntradayMomentum: IntradayFeatureFamily {
    private static let talib = "TA-Lib over regular minutes"

    public static let cards: [Card] = [
        intradayCard("ema_diff", "Fast against medium moving average", "(EMA9 - EMA20) / ATR14", unit: "ATR", firstRow: 19, edge: "0 where ATR14 <= 1e-6 c", source: talib),
        intradayCard("ema_diff_raw", "Fast less medium moving average", "EMA9 - EMA20", unit: "price", firstRow: 19, edge: "none", source: talib),
        intradayCard(
            "vwap_dist", "Close against the session's volume-weighted price", "(c - VWAP) / ATR14; VWAP = sum (h + l + c) / 3 v / sum v since 09:30", unit: "ATR", firstRow: 14,
            edge: "the plain mean of (h + l + c) / 3 while the session has no volume; 0 where ATR14 <= 1e-6 c"),
        intradayCard("rsi_scaled", "Relative strength index over 14 minutes", "(RSI14 - 50) / 50", unit: "-1 to 1", firstRow: 14, edge: "-1 where nothing moved (TA-Lib's RSI is 0 there)", source: talib),
        intradayCard("macd_hist", "MACD less its signal", "(MACD(12, 26) - EMA9 of it) / ATR14", unit: "ATR", firstRow: 33, edge: "0 where ATR14 <= 1e-6 c", source: talib),
        intradayCard(
            "trend_slope", "Slope of the price over 20 minutes against what chance would give", "slope of ln c over 20 minutes x 20 / (sd of 20 log returns x sqrt 20)",
            unit: "deviations", firstRow: 20, edge: "0 where the deviation <= 1e-7", source: "least squares; sample deviation"),
        intradayCard(
            "momentum_6", "Return of the last six minutes against the volatility of 24: the signal of synthetic:intraday", "sum of 6 minute returns / (sd of 24 x sqrt 6)",
            unit: "deviations", firstRow: 23, edge: "minute returns leave the night out (the session's first is open to close); 0 where the deviation <= 1e-7"),
    ]

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        let base = inputs.base, root = (20.0).squareRoot()
        let sigma = RollingWindow.deviation(base.logReturn, window: 20, from: 1)
        let slope = RollingWindow.line(base.logClose, window: 20).slope
        let returns = inputs.minuteReturn
        return [
            inATR(base.ema9, base.ema20, inputs, from: 19),
            mapRows(base.ema9, base.ema20, from: 19) { $0 - $1 },
            inATR(inputs.bars.close, inputs.vwap, inputs, from: 14),
            RelativeStrength.columns(base)[0],
            inputs.macdHistogram,
            mapRows(slope, sigma, from: 20) { ratio($0 * root, $1, floor: zeroVolatility) },
            mapRows(RollingWindow.sum(returns, window: 6), RollingWindow.deviation(returns, window: 24), from: 23) { sum, deviation in
                ratio(sum, deviation * (6.0).squareRoot(), floor: zeroVolatility)
            },
        ]
    }
}

/// (a - b) / ATR14, 0 where ATR14 is at most 1e-6 of the close. `from` is at least 14.
func inATR(_ a: [Double], _ b: [Double], _ inputs: IntradayInputs, from: Int) -> [Double] {
    mapRows(a, b, inputs.base.atr14, inputs.bars.close, from: from) { a, b, atr, close in ratio(a - b, atr, floor: close * zeroRange) }
}
