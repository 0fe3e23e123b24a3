public import ComponentKit
internal import NumericKernels
internal import RealModule

/// The shape of the last candle and of the last 20 minutes: bodies, wicks, rejection, pullback, breakout, consolidation.
public enum CandleStructure: IntradayFeatureFamily {
    public static let cards: [Card] = [
        intradayCard("body_ratio", "Size of the candle's body", "|c - o| / (h - l)", unit: "0 to 1", firstRow: 0, edge: "0 where h = l"),
        intradayCard("wick_ratio", "Size of both wicks", "(h - l - |c - o|) / (h - l)", unit: "0 to 1", firstRow: 0, edge: "0 where h = l"),
        intradayCard(
            "upper_rej", "Rejection at the top: a long upper wick on a candle of some size", "w x 1[w > .5] x min(1, (h - l) / ATR14); w = (h - max(o, c)) / (h - l)", unit: "0 to 1",
            firstRow: 14, edge: "0 where h = l or ATR14 <= 1e-6 c"),
        intradayCard(
            "lower_rej", "Rejection at the bottom, the mirror image", "w x 1[w > .5] x min(1, (h - l) / ATR14); w = (min(o, c) - l) / (h - l)", unit: "0 to 1", firstRow: 14,
            edge: "0 where h = l or ATR14 <= 1e-6 c"),
        intradayCard("pullback", "Distance from the high of 20 minutes", "(HH20 - c) / (HH20 - LL20)", unit: "0 to 1", firstRow: 19, edge: "0.5 where HH20 = LL20"),
        intradayCard("pullback_put", "Distance from the low of 20 minutes: the mirror image", "(c - LL20) / (HH20 - LL20)", unit: "0 to 1", firstRow: 19, edge: "0.5 where HH20 = LL20"),
        intradayCard("breakout", "Close above the highest high of the 20 minutes before", "(c - HH20[-1]) / ATR14, within 3", unit: "ATR", firstRow: 20, edge: "0 where ATR14 <= 1e-6 c", source: "Donchian"),
        intradayCard("breakdown", "Close below the lowest low of the 20 minutes before: the mirror image", "(LL20[-1] - c) / ATR14, within 3", unit: "ATR", firstRow: 20, edge: "0 where ATR14 <= 1e-6 c", source: "Donchian"),
        intradayCard("consolidation", "How narrow the last 20 minutes were", "1 - min(1, (HH20 - LL20) / (1.5 ATR14 sqrt 20))", unit: "0 to 1", firstRow: 19, edge: "1 where ATR14 <= 1e-6 c"),
        intradayCard(
            "choppiness", "Choppiness index over 14 minutes: high in a range, low in a trend", "100 log10(sum of 14 true ranges / (HH14 - LL14)) / log10 14", unit: "0 to 100", firstRow: 14,
            edge: "100 where HH14 = LL14, and where a night's gap lies in the true ranges more than 100 is cut", source: "Dreiss; as pandas-ta's chop"),
    ]

    public static func columns(_ inputs: IntradayInputs) -> [[Double]] {
        let bars = inputs.bars, top = inputs.high20, bottom = inputs.low20
        let width = 1.5 * (20.0).squareRoot(), scale = 100 / Double.log(14)
        let body = mapRows(bars.open, bars.high, bars.low, bars.close, from: 0) { o, h, l, c in ratio(abs(c - o), h - l, floor: 0) }
        let high14 = RollingWindow.maximum(bars.high, window: 14), low14 = RollingWindow.minimum(bars.low, window: 14)
        let path = RollingWindow.sum(inputs.base.trueRange, window: 14, from: 1)
        return [
            body,
            mapRows(bars.high, bars.low, body, from: 0) { $0 > $1 ? 1 - $2 : 0 },
            inputs.upperRejection,
            inputs.lowerRejection,
            mapRows(top, bottom, bars.close, from: 19) { top, bottom, close in ratio(top - close, top - bottom, floor: 0, otherwise: 0.5) },
            mapRows(top, bottom, bars.close, from: 19) { top, bottom, close in ratio(close - bottom, top - bottom, floor: 0, otherwise: 0.5) },
            inputs.breakout,
            inputs.breakdown,
            mapRows(top, bottom, inputs.base.atr14, bars.close, from: 19) { top, bottom, atr, close in
                let share = ratio(top - bottom, width * atr, floor: width * close * zeroRange)
                return 1 - (share < 1 ? share : 1)
            },
            mapRows(path, high14, low14, from: 14) { path, high, low in
                let x = ratio(path, high - low, floor: 0, otherwise: 14)
                let value = fastLog(x > 1 ? x : 1) * scale
                return value < 100 ? value : 100
            },
        ]
    }
}
