public import ComponentKit
internal import NumericKernels

/// Level, drift and variance of the price as an extended Kalman filter sees them (equations in `KalmanFilter`). Always of the recorded close.
public enum KalmanTrend: FeatureFamily {
    public static let cards: [Card] = [
        card("ekf_gap", "Close against the filtered price", "(c - p) / ATR14; p = exp of the filtered log price", unit: "average true ranges", edge: "0 where ATR14 <= 1e-6 c"),
        card("ekf_slope", "Filtered drift against filtered volatility", "v / sigma; sigma = exp(h / 2)", unit: "standard deviations per bar", edge: "none: sigma > 0"),
        card("ekf_innovation", "Surprise in the close, standardised", "(ln c - predicted) / sqrt(S)", unit: "standard deviations", edge: "none: S > 0"),
        card("ekf_volatility", "Filtered volatility against that of 24 bars", "sigma / sigma24", unit: "ratio", edge: "1 where sigma24 <= 1e-7"),
    ]

    private static func card(_ name: String, _ summary: String, _ formula: String, unit: String, edge: String) -> Card {
        featureCard(
            name, summary, formula, unit: unit, firstRow: KalmanFilter.startRow + 1, edge: edge,
            source: "extended Kalman filter on (ln p, v, ln sigma^2): phi 0.95, kappa 0.97, rho 0.25, zeta 0.001, q 0.05, theta the mean of 720 bars")
    }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let track = inputs.kalman
        let sigma = mapRows(track.logVariance, from: track.firstRow) { fastExp($0 * 0.5) }
        return [
            mapRows(inputs.bars.close, track.level, inputs.atr14, from: track.firstRow) { close, level, atr in
                ratio(close - level, atr, floor: close * zeroRange)
            },
            mapRows(track.drift, sigma, from: track.firstRow) { $0 / $1 },
            track.innovation,
            mapRows(sigma, inputs.sigma24, from: track.firstRow) { ratio($0, $1, floor: zeroVolatility, otherwise: 1) },
        ]
    }
}
