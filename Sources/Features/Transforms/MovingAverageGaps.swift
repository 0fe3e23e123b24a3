public import ComponentKit
internal import NumericKernels

/// Distances between the close and exponential moving averages, in average true ranges.
public enum MovingAverageGaps: FeatureFamily {
    public static let cards: [Card] = [
        card("ema_9_20", "Fast against medium moving average", "(EMA9 - EMA20) / ATR14", firstRow: 19),
        card("ema_20_50", "Medium against slow moving average", "(EMA20 - EMA50) / ATR14", firstRow: 49),
        card("close_ema_50", "Close against the 50-bar moving average", "(c - EMA50) / ATR14", firstRow: 49),
        card("close_ema_200", "Close against the 200-bar moving average", "(c - EMA200) / ATR14", firstRow: 199),
    ]

    private static func card(_ name: String, _ summary: String, _ formula: String, firstRow: Int) -> Card {
        featureCard(
            name, summary, formula, unit: "average true ranges", firstRow: firstRow,
            edge: "0 where ATR14 <= 1e-6 c", source: "TA-Lib EMA (seeded by the mean of the first n closes), ATR")
    }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        [
            inATRs(inputs.ema9, minus: inputs.ema20, inputs, from: 19),
            inATRs(inputs.ema20, minus: inputs.ema50, inputs, from: 49),
            inATRs(inputs.close, minus: inputs.ema50, inputs, from: 49),
            inATRs(inputs.close, minus: inputs.ema200, inputs, from: 199),
        ]
    }
}

/// (a - b) / ATR14, 0 where ATR14 is at most 1e-6 of the close. `from` is at least 14.
func inATRs(_ a: [Double], minus b: [Double], _ inputs: FeatureInputs, from: Int) -> [Double] {
    mapRows(a, b, inputs.atr14, inputs.close, from: from) { a, b, atr, close in ratio(a - b, atr, floor: close * zeroRange) }
}
