public import ComponentKit

/// The relative strength index with a still market in the middle of its scale, where an observer expects it. Not part of `btc-44`.
public enum NeutralRelativeStrength: FeatureFamily {
    public static let cards: [Card] = [14, 7].map { n in
        featureCard(
            "rsi_\(n)_neutral", "Relative strength index over \(n) bars, 0 in a market that does not move", "(RSI\(n) - 50) / 50, 0 where RSI\(n) has neither gain nor loss",
            unit: "-1 to 1", firstRow: n, edge: "0 where average gain and loss are both zero", source: "as rsi_\(n)")
    }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        [14, 7].map { RelativeStrength.index(inputs.close, length: $0, flat: 0) }
    }
}
