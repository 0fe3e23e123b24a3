public import ComponentKit
internal import NumericKernels

/// The average true range: its size and its direction.
public enum AverageRange: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "atr_14", "Average true range as a percentage of the close", "100 ATR14 / c", unit: "percent", firstRow: 14, edge: "0 in a market without range",
            source: "TA-Lib ATR: seeded by the mean of the true ranges of bars 1 to 14, Wilder after"),
        featureCard(
            "atr_slope_6", "Growth of the average true range over 6 bars", "ln(ATR14[t] / ATR14[t-6])", unit: "log ratio", firstRow: 20,
            edge: "an ATR14 below 1e-6 c counts as 1e-6 c", source: "TA-Lib ATR"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        [
            mapRows(inputs.atr14, inputs.close, from: 14) { 100 * $0 / $1 },
            mapLagged(inputs.logATR14, lag: 6, from: 20) { $0 - $1 },
        ]
    }
}
