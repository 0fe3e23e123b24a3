public import ComponentKit
internal import NumericKernels

/// Log returns over 1 to 72 bars, in standard deviations of a move of that length.
public enum ScaledReturns: FeatureFamily {
    public static let cards: [Card] = [1, 3, 6, 12, 24, 72].map { bars in
        let window = bars > 24 ? 168 : 24
        let root = bars == 1 ? "" : " * sqrt(\(bars))"
        return featureCard(
            "return_\(bars)", "Log return over \(bars) bar\(bars == 1 ? "" : "s") in standard deviations",
            "ln(c[t] / c[t-\(bars)]) / (sigma\(window)\(root)); sigma\(window) = sample sd of the last \(window) log returns",
            unit: "standard deviations", firstRow: window, edge: "0 where sigma\(window) <= 1e-7")
    }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        [1, 3, 6, 12, 24, 72].map { bars in
            let root = Double(bars).squareRoot()
            let sigma = bars > 24 ? inputs.sigma168 : inputs.sigma24
            return mapLagged(inputs.logClose, sigma, before: inputs.logClose, lag: bars, from: bars > 24 ? 168 : 24) { now, sigma, before in
                ratio(now - before, sigma * root, floor: zeroVolatility * root)
            }
        }
    }
}
