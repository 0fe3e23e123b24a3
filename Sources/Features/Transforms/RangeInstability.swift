public import ComponentKit
internal import NumericKernels

/// How unsteady the average true range is.
public enum RangeInstability: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "atr_instability_24", "Spread of the changes of the average true range", "sample sd of the last 24 values of ln(ATR14[t] / ATR14[t-1])",
            unit: "log ratio", firstRow: 38, edge: "0 where ATR14 changes by a constant factor; an ATR14 below 1e-6 c counts as 1e-6 c",
            source: "TA-Lib ATR, pandas rolling std")
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let change = mapLagged(inputs.logATR14, lag: 1, from: 15) { $0 - $1 }
        return [RollingWindow.deviation(change, window: 24, from: 15)]
    }
}
