public import ComponentKit
internal import NumericKernels

/// Wilder's directional movement: how strongly and in which direction the market trends.
public enum DirectionalMovement: FeatureFamily {
    public static let cards: [Card] = [
        featureCard(
            "adx_14", "Average directional index: strength of the trend whatever its direction", "ADX14 / 100", unit: "0 to 1", firstRow: 27,
            edge: "bars without range or movement leave it as it was",
            source: "TA-Lib ADX: initial sums of 13 terms, then X - X/14 + x, first ADX the mean of 14 DX"),
        featureCard(
            "di_difference_14", "Upward against downward directional movement", "(+DI14 - -DI14) / 100", unit: "-1 to 1", firstRow: 14,
            edge: "0 while the true range is below 1e-14", source: "TA-Lib PLUS_DI, MINUS_DI"),
    ]

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let directional = directionalIndex(high: inputs.bars.high, low: inputs.bars.low, trueRange: inputs.trueRange, length: 14)
        return [directional.strength, directional.difference]
    }

    /// ADX / 100 and (+DI - -DI) / 100 in TA-Lib's seeding. `trueRange` is defined from row 1.
    static func directionalIndex(high: [Double], low: [Double], trueRange: [Double], length n: Int) -> (strength: [Double], difference: [Double]) {
        let count = high.count, zero = 1e-14
        var strength = [Double](repeating: .nan, count: count), difference = [Double](repeating: .nan, count: count)
        guard count > n else { return (strength, difference) }
        let keep = 1 - 1 / Double(n), gain = 1 / Double(n)
        var up = 0.0, down = 0.0, range = 0.0, sum = 0.0, adx = 0.0
        for t in 1..<count {
            let rise = high[t] - high[t - 1], fall = low[t - 1] - low[t]
            let larger = rise > fall ? rise : 0, smaller = fall > rise ? fall : 0
            let plus = larger > 0 ? larger : 0, minus = smaller > 0 ? smaller : 0
            guard t >= n else {
                up += plus
                down += minus
                range += trueRange[t]
                continue
            }
            up = up * keep + plus
            down = down * keep + minus
            range = range * keep + trueRange[t]
            let moved = up + down, gap = up - down
            let counts = range >= zero
            difference[t] = counts ? gap / range : 0
            // DX = |+DI - -DI| / (+DI + -DI): the range cancels. TA-Lib skips it when either sum counts as zero.
            let defined = counts && moved * 100 >= zero * range
            let dx = defined ? (gap < 0 ? -gap : gap) / moved : 0
            if t < 2 * n - 1 {
                sum += dx
            } else if t == 2 * n - 1 {
                sum += dx
                adx = sum / Double(n)
                strength[t] = adx
            } else {
                if defined { adx = adx * (1 - gain) + dx * gain }
                strength[t] = adx
            }
        }
        return (strength, difference)
    }
}
