public import ComponentKit
internal import NumericKernels

/// The shape of one bar: body and wicks as shares of its range. Always of the bar as recorded.
public enum CandleShape: FeatureFamily {
    public static let cards: [Card] = [
        featureCard("body_ratio", "Body of the bar, positive when it rose", "(c - o) / (h - l)", unit: "share, -1 to 1", firstRow: 0, edge: "0 where h = l"),
        featureCard("upper_wick", "Part of the bar above its body", "(h - max(o, c)) / (h - l)", unit: "share, 0 to 1", firstRow: 0, edge: "0 where h = l"),
        featureCard("lower_wick", "Part of the bar below its body", "(min(o, c) - l) / (h - l)", unit: "share, 0 to 1", firstRow: 0, edge: "0 where h = l"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let bars = inputs.bars
        return [
            mapRows(bars.open, bars.high, bars.low, bars.close, from: 0) { o, h, l, c in ratio(c - o, h - l, floor: 0) },
            mapRows(bars.open, bars.high, bars.low, bars.close, from: 0) { o, h, l, c in ratio(h - (o > c ? o : c), h - l, floor: 0) },
            mapRows(bars.open, bars.high, bars.low, bars.close, from: 0) { o, h, l, c in ratio((o < c ? o : c) - l, h - l, floor: 0) },
        ]
    }
}
