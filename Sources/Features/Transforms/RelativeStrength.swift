public import ComponentKit
internal import NumericKernels

/// Wilder's relative strength index over 14 and 7 bars, TA-Lib's to the last case: -1 in a market that does not move at all.
public enum RelativeStrength: FeatureFamily {
    public static let cards: [Card] = [14, 7].map { n in
        featureCard(
            "rsi_\(n)", "Relative strength index over \(n) bars", "(RSI\(n) - 50) / 50", unit: "-1 to 1", firstRow: n,
            edge: "-1 where average gain and loss are both zero (TA-Lib's RSI is 0 there); rsi_\(n)_neutral gives 0",
            source: "TA-Lib RSI: seeded by the mean of the first \(n) gains and losses, then (previous * \(n - 1) + x) / \(n)")
    }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        [14, 7].map { index(inputs.close, length: $0, flat: -1) }
    }

    /// (RSI - 50) / 50 = (gain - loss) / (gain + loss); `flat` where neither gain nor loss is left.
    package static func index(_ close: [Double], length n: Int, flat: Double) -> [Double] {
        let count = close.count
        var out = [Double](repeating: .nan, count: count)
        guard count > n else { return out }
        var gain = 0.0, loss = 0.0
        for t in 1...n {
            let change = close[t] - close[t - 1]
            if change > 0 { gain += change } else { loss -= change }
        }
        gain /= Double(n)
        loss /= Double(n)
        let zero = 1e-14
        out[n] = gain + loss >= zero ? (gain - loss) / (gain + loss) : flat
        let keep = Double(n - 1) / Double(n), weight = 1 / Double(n)
        for t in n + 1..<count {
            let change = close[t] - close[t - 1]
            gain = gain * keep + (change > 0 ? change : 0) * weight
            loss = loss * keep + (change < 0 ? -change : 0) * weight
            let moved = gain + loss
            out[t] = moved >= zero ? (gain - loss) / moved : flat
        }
        return out
    }
}
