public import ComponentKit
internal import NumericKernels

/// How many conditions of a strong setup hold: for calls, and mirrored for puts.
public enum SetupScore: IntradayFeatureFamily {
    public static let cards: [Card] = [
        intradayCard(
            "setup_score", "How many of six conditions for a call hold", "count of EMA9 > EMA20, c > VWAP, MACD histogram > 0, 45 < RSI14 < 75, breakout > 0, no upper rejection", unit: "0 to 6", firstRow: 33,
            edge: "RSI14 is 50 in a market that does not move"),
        intradayCard(
            "setup_score_put", "How many of six conditions for a put hold: the mirror image", "count of EMA9 < EMA20, c < VWAP, MACD histogram < 0, 25 < RSI14 < 55, breakdown > 0, no lower rejection", unit: "0 to 6", firstRow: 33,
            edge: "as setup_score"),
    ]

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        let fast = inputs.base.ema9, slow = inputs.base.ema20, close = inputs.bars.close, vwap = inputs.vwap, histogram = inputs.macdHistogram
        let strength = inputs.relativeStrength, up = inputs.breakout, down = inputs.breakdown, upper = inputs.upperRejection, lower = inputs.lowerRejection
        var call = [Double](repeating: .nan, count: inputs.count), put = call
        for t in 33..<max(33, inputs.count) {
            var c = 0.0, p = 0.0
            c += fast[t] > slow[t] ? 1 : 0
            p += fast[t] < slow[t] ? 1 : 0
            c += close[t] > vwap[t] ? 1 : 0
            p += close[t] < vwap[t] ? 1 : 0
            c += histogram[t] > 0 ? 1 : 0
            p += histogram[t] < 0 ? 1 : 0
            c += strength[t] > 45 && strength[t] < 75 ? 1 : 0
            p += strength[t] > 25 && strength[t] < 55 ? 1 : 0
            c += up[t] > 0 ? 1 : 0
            p += down[t] > 0 ? 1 : 0
            c += upper[t] == 0 ? 1 : 0
            p += lower[t] == 0 ? 1 : 0
            call[t] = c
            put[t] = p
        }
        return [call, put]
    }
}
