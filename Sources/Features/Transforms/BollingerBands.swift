public import ComponentKit
internal import NumericKernels

/// Bollinger bands of 20 bars and 2 population standard deviations.
public enum BollingerBands: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "bollinger_position", "Position of the close between the bands", "%b = (c - lower) / (upper - lower); bands = mean20 -+ 2 sd20",
            unit: "0 at the lower, 1 at the upper band", firstRow: 19, edge: "0.5 where 20 closes are equal", source: "TA-Lib BBANDS (population sd)"),
        featureCard(
            "bollinger_width", "Distance of the bands as a share of the close", "(upper - lower) / c", unit: "ratio", firstRow: 19,
            edge: "0 where 20 closes are equal", source: "TA-Lib BBANDS (population sd)"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let band = RollingWindow.centred(inputs.close, window: 20, absolute: false)
        return [
            mapRows(inputs.close, band.mean, band.spread, from: 19) { close, mean, spread in
                ratio(close - mean, 4 * spread, floor: 0) + 0.5
            },
            mapRows(inputs.close, band.spread, from: 19) { 4 * $1 / $0 },
        ]
    }
}
