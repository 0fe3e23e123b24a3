public import ComponentKit
internal import NumericKernels

/// Volume: how unusual, on which side, and at which average price.
public enum VolumePressure: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "volume_z", "Log volume against the last 168 bars", "(ln v - mean168) / sd168, sample sd", unit: "standard deviations", firstRow: 167,
            edge: "a bar without volume takes the last positive volume (an outage says nothing about activity), 0 before the first one; 0 where all 168 are equal",
            source: "pandas rolling mean, std"),
        featureCard(
            "obv_slope_24", "Slope of on-balance volume over 24 bars against that of a random walk with the same steps",
            "OLS slope of OBV over 24 bars / (s * sqrt(6 (24^2 + 1) / (5 * 24 (24^2 - 1)))), s^2 = mean of the squared OBV changes of the last 24 bars",
            unit: "standard deviations", firstRow: 24, edge: "0 where no volume moved", source: "TA-Lib OBV; variance of the OLS slope of a random walk"),
        featureCard(
            "close_vwap_24", "Close against the volume-weighted average price of 24 bars", "(c - VWAP24) / ATR14; VWAP24 = sum(tp v) / sum(v), tp = (h + l + c) / 3",
            unit: "average true ranges", firstRow: 23, edge: "0 where there was no volume, or ATR14 <= 1e-6 c"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let volume = inputs.bars.volume
        return [unusualVolume(volume), balanceSlope(inputs), priceGap(inputs)]
    }

    static func unusualVolume(_ volume: [Double]) -> [Double] {
        var logVolume = mapRows(volume, from: 0) { fastLog($0) }
        var last = 0.0
        for t in logVolume.indices {
            let value = logVolume[t]
            if value.isNaN { logVolume[t] = last } else { last = value }
        }
        return RollingWindow.standardScore(logVolume, window: 168, floor: zeroVolatility)
    }

    static func balanceSlope(_ inputs: FeatureInputs) -> [Double] {
        let step = mapLagged(inputs.close, inputs.bars.volume, before: inputs.close, lag: 1, from: 1) { now, volume, before in
            now > before ? volume : (now < before ? -volume : 0)
        }
        let n = 24.0
        let root = (6 * (n * n + 1) / (5 * n * (n * n - 1))).squareRoot()
        // The slope over 24 levels is a weighted sum of the 23 steps between them: a step's weight is the sum of the
        // centred indices from its bar on. Taken over 24 steps with weight 0 for the oldest, so that both sums share a window.
        let index = TrendRegression.centredIndex
        let weights = (0..<24).map { k in k == 0 ? 0 : index[k...].reduce(0, +) / TrendRegression.indexSquares }
        return mapRows(
            RollingWindow.weightedSum(step, weights: weights, from: 1),
            RollingWindow.sumOfSquares(step, window: 24, from: 1, scale: root * root / n), from: 24
        ) { slope, square in ratio(slope, square.squareRoot(), floor: 0) }
    }

    static func priceGap(_ inputs: FeatureInputs) -> [Double] {
        let value = mapRows(inputs.typicalPrice, inputs.bars.volume, from: 0) { $0 * $1 }
        let price = mapRows(
            RollingWindow.sum(value, window: 24), RollingWindow.sum(inputs.bars.volume, window: 24), inputs.close, from: 23
        ) { value, volume, close in ratio(value, volume, floor: 0, otherwise: close) }
        return inATRs(inputs.close, minus: price, inputs, from: 23)
    }
}
