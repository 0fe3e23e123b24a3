public import ComponentKit
internal import NumericKernels
internal import RealModule

/// Volatility of returns: against its own month, against the week, and by the range of the bars.
public enum ReturnVolatility: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "volatility_z", "Volatility of the last 24 bars against the last 720 values of it",
            "(ln sigma24 - mean720) / sd720; sigma24 = sample sd of 24 log returns, sd720 sample", unit: "standard deviations", firstRow: 743,
            edge: "a sigma24 below 1e-7 counts as 1e-7; 0 where all 720 values are equal", source: "pandas rolling mean, std"),
        featureCard(
            "volatility_24_168", "Volatility of the last 24 bars against that of 168", "sigma24 / sigma168", unit: "ratio", firstRow: 168,
            edge: "1 where sigma168 <= 1e-7", source: "pandas rolling std"),
        featureCard(
            "parkinson_24", "Volatility by the bars' ranges against volatility by closes",
            "sqrt(mean over 24 bars of ln(h/l)^2 / (4 ln 2)) / sigma24", unit: "ratio", firstRow: 24,
            edge: "1 where sigma24 <= 1e-7", source: "Parkinson 1980, The Extreme Value Method"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let logSigma = mapRows(inputs.sigma24, from: 24) { fastLog($0 > zeroVolatility ? $0 : zeroVolatility) }
        let range = mapRows(inputs.bars.high, inputs.bars.low, from: 0) { fastLog($0 / $1) }
        let scale = 1 / (24 * 4 * Double.log(2))
        return [
            RollingWindow.standardScore(logSigma, window: 720, from: 24, floor: zeroVolatility),
            mapRows(inputs.sigma24, inputs.sigma168, from: 168) { ratio($0, $1, floor: zeroVolatility, otherwise: 1) },
            mapRows(RollingWindow.sumOfSquares(range, window: 24, scale: scale), inputs.sigma24, from: 24) { square, sigma in
                ratio(square.squareRoot(), sigma, floor: zeroVolatility, otherwise: 1)
            },
        ]
    }
}
