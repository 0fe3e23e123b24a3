public import ComponentKit
internal import NumericKernels

/// The straight line through the last 24 log closes: how steep against noise, and how straight.
public enum TrendRegression: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "trend_slope_24", "Slope of the least-squares line through 24 log closes, against the noise of returns",
            "OLS slope of ln c over 24 bars * 24 / (sigma24 * sqrt(24))", unit: "standard deviations of a 24-bar move", firstRow: 24,
            edge: "0 where sigma24 <= 1e-7 (returns all equal)", source: "ordinary least squares on 0...23"),
        featureCard(
            "trend_r2_24", "Share of the variance of 24 log closes that the line explains", "R^2 of ln c on 0...23", unit: "share, 0 to 1",
            firstRow: 23, edge: "0 where all 24 closes are equal", source: "ordinary least squares"),
    ]

    static let window = 24
    /// x - mean(x) for x = 0...23, and its sum of squares.
    static let centredIndex = (0..<window).map { Double($0) - Double(window - 1) / 2 }
    static let indexSquares = centredIndex.reduce(0) { $0 + $1 * $1 }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let fit = RollingWindow.line(inputs.logClose, window: window)
        let root = Double(window).squareRoot()
        return [
            mapRows(fit.slope, inputs.sigma24, from: window) { ratio($0 * root, $1, floor: zeroVolatility) },
            mapRows(fit.slope, fit.squares, from: window - 1) { slope, squares in
                let share = squares > 0 ? slope * slope * indexSquares / squares : 0
                return share < 1 ? share : 1
            },
        ]
    }
}
