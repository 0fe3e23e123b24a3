public import ComponentKit
internal import NumericKernels

/// Where the price stands against its recent range: stochastic, commodity channel, money flow.
public enum PriceOscillators: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "stochastic_14", "Position of the close in the range of 14 bars", "%K14 / 100 - 0.5; %K = 100 (c - LL14) / (HH14 - LL14)",
            unit: "-0.5 to 0.5", firstRow: 13, edge: "-0.5 where the range is zero (TA-Lib's %K is 0 there)", source: "TA-Lib STOCHF"),
        featureCard(
            "cci_20", "Commodity channel index: typical price against its mean, in mean absolute deviations",
            "CCI20 / 200; CCI = (tp - mean) / (0.015 mean|tp - mean|), tp = (h + l + c) / 3", unit: "about -1 to 1, unbounded", firstRow: 19,
            edge: "0 where 20 typical prices are equal", source: "TA-Lib CCI"),
        featureCard(
            "mfi_14", "Money flow index: share of the traded value on rising bars", "MFI14 / 100 - 0.5", unit: "-0.5 to 0.5", firstRow: 14,
            edge: "-0.5 where no value was traded on moving bars (TA-Lib's MFI is 0 there, and also below one unit of money, which we do not copy)",
            source: "TA-Lib MFI"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let top = RollingWindow.maximum(inputs.bars.high, window: 14), bottom = RollingWindow.minimum(inputs.bars.low, window: 14)
        let stochastic = mapRows(inputs.close, top, bottom, from: 13) { close, top, bottom in
            ratio(close - bottom, top - bottom, floor: 0) - 0.5
        }
        let typical = inputs.typicalPrice
        let channel = RollingWindow.centred(typical, window: 20, absolute: true)
        let cci = mapRows(typical, channel.mean, channel.spread, from: 19) { typical, mean, spread in
            ratio(typical - mean, 0.015 * 200 * spread, floor: 0)
        }
        let volume = inputs.bars.volume
        let rising = mapLagged(typical, volume, before: typical, lag: 1, from: 1) { now, volume, before in now > before ? now * volume : 0 }
        let falling = mapLagged(typical, volume, before: typical, lag: 1, from: 1) { now, volume, before in now < before ? now * volume : 0 }
        let mfi = mapRows(
            RollingWindow.sum(rising, window: 14, from: 1), RollingWindow.sum(falling, window: 14, from: 1), from: 14
        ) { rising, falling in ratio(rising, rising + falling, floor: 0) - 0.5 }
        return [stochastic, cci, mfi]
    }
}
