public import ComponentKit
internal import NumericKernels

/// MACD (12, 26, 9) in average true ranges.
public enum ConvergenceDivergence: FeatureFamily {
    public static let cards: [Card] = [
        card("macd", "Fast minus slow exponential mean", "(EMA12 - EMA26) / ATR14"),
        card("macd_histogram", "MACD minus its own 9-bar mean", "(MACD - EMA9 of MACD) / ATR14"),
    ]

    private static func card(_ name: String, _ summary: String, _ formula: String) -> Card {
        featureCard(
            name, summary, formula, unit: "average true ranges", firstRow: 33, edge: "0 where ATR14 <= 1e-6 c",
            source: "TA-Lib MACD: both means seeded on bar 25, the signal by the mean of the first 9 values")
    }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let line = mapRows(inputs.macdFast, inputs.macdSlow, from: 25) { $0 - $1 }
        guard inputs.count > 33 else {
            let none = [Double](repeating: .nan, count: inputs.count)
            return [none, none]
        }
        let signal = exponentialMean(line, length: 9, from: 25)
        return [
            mapRows(line, inputs.atr14, inputs.close, from: 33) { ratio($0, $1, floor: $2 * zeroRange) },
            inATRs(line, minus: signal, inputs, from: 33),
        ]
    }
}
