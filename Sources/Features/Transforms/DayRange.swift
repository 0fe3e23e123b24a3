public import ComponentKit
internal import NumericKernels

/// The close against the range of the last 24 bars, and how narrow that range is.
public enum DayRange: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "pullback_24", "Distance of the close below the highest high of 24 bars", "(HH24 - c) / ATR14", unit: "average true ranges, 0 or more", firstRow: 23,
            edge: "0 where ATR14 <= 1e-6 c",
            source: "in true ranges, because as a share of the range it would be 1 - donchian_24"),
        featureCard(
            "donchian_24", "Position of the close in the range of 24 bars", "(c - LL24) / (HH24 - LL24)", unit: "share, 0 to 1", firstRow: 23,
            edge: "0.5 where the range is zero", source: "Donchian channel"),
        featureCard(
            "consolidation_24", "How much narrower the range of 24 bars is than a random walk's", "1 - min(1, (HH24 - LL24) / (1.5 ATR14 sqrt(24)))", unit: "0 to 1",
            firstRow: 23, edge: "1 where ATR14 <= 1e-6 c (nothing moves)"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let width = 1.5 * Double(24).squareRoot()
        return [
            inATRs(inputs.high24, minus: inputs.close, inputs, from: 23),
            mapRows(inputs.close, inputs.high24, inputs.low24, from: 23) { close, top, bottom in
                ratio(close - bottom, top - bottom, floor: 0, otherwise: 0.5)
            },
            mapRows(inputs.high24, inputs.low24, inputs.atr14, inputs.close, from: 23) { top, bottom, atr, close in
                let share = ratio(top - bottom, width * atr, floor: width * close * zeroRange)
                return 1 - (share < 1 ? share : 1)
            },
        ]
    }
}
