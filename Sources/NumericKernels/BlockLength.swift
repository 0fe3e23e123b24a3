internal import RealModule

/// Mean block lengths that minimise the mean squared error of a bootstrap variance of the mean, in bars. Not clamped from below: white
/// noise gives values under 1; callers take max(1, ...).
package struct OptimalBlockLength: Sendable, Equatable {
    /// For the stationary bootstrap (geometric lengths of this mean).
    package var stationary: Double
    /// For the circular block bootstrap (fixed lengths).
    package var circular: Double
    /// s of the rule, the flat-top estimate of the long-run variance; may be negative.
    package var longRunVariance = 0.0
}

/// Automatic block length (Politis and White 2004, corrected by Patton, Politis and White 2009), computed as `arch` 8.0 does.
///
/// b = ((2 g^2 / d) n)^(1/3) with g = 2 sum lambda(k/m) k gamma_k, s = gamma_0 + 2 sum lambda(k/m) gamma_k over k = 1...m, d = 2 s^2
/// (stationary) or 4/3 s^2 (circular), lambda the flat-top kernel min(1, 2 (1 - k/m)). The cut m is twice the first lag after
/// which k_n = max(5, floor(log10 n)) autocorrelations in a row are below 2 sqrt(log10 n / n) in size, at most ceil(sqrt n) + k_n,
/// and above n = 1,024^2 at most 1,024 + k_n, so that the cost stays linear.
/// b is at most ceil(min(3 sqrt n, n / 3)). A constant series gives 1 (there `arch` gives NaN). Apply it to the influence
/// function of a ratio, not to the product of value and regime indicator: that would measure how long regimes last.
/// O(n m); lags are computed only as far as the rule needs them. Traps below 8 values.
package func optimalBlockLength(_ series: [Double]) -> OptimalBlockLength {
    let n = series.count, size = Double(n)
    precondition(n >= 8, "optimalBlockLength: \(n) values, expected at least 8")
    let x = centred(series)
    if x.allSatisfy({ $0 == 0 }) { return OptimalBlockLength(stationary: 1, circular: 1) }
    let run = max(5, Int(Double.log10(size)))
    let lastLag = min(min(Int(Double.sqrt(size).rounded(.up)), 1_024) + run, n - 2)
    let threshold = 2 * Double.sqrt(Double.log10(size) / size)
    var products = LaggedProducts(centred: x)

    // Norms of the two overlapping parts at lag i as arch takes them: x_(i+1)... and ...x_(n-i-2).
    var total = 0.0
    for value in x { total += value * value }
    var left = total, right = total, below = 0
    var firstRun: Int?
    for i in 0...lastLag {
        left = max(left - x[i] * x[i], 0)
        right = max(right - x[n - 1 - i] * x[n - 1 - i], 0)
        if i >= run && below >= run {
            firstRun = i - run
            break
        }
        let size = Double.sqrt(left * right)
        below = abs(products.upTo(i)[i]) / size < threshold ? below + 1 : 0
    }
    let cut = min(firstRun.map { 2 * max($0, 1) } ?? lastLag, lastLag)

    let gamma = products.upTo(cut)
    var g = 0.0, longRun = gamma[0] / size
    for k in 1...cut {
        let share = Double(k) / Double(cut)
        let weight = share <= 0.5 ? 1 : 2 * (1 - share)
        g += 2 * weight * Double(k) * gamma[k] / size
        longRun += 2 * weight * gamma[k] / size
    }
    let most = min(3 * Double.sqrt(size), size / 3).rounded(.up)
    let ratio = (g / longRun) * (g / longRun) * size
    return OptimalBlockLength(stationary: min(Double.root(ratio, 3), most), circular: min(Double.root(1.5 * ratio, 3), most), longRunVariance: longRun)
}

/// Optimal block lengths of many series [S], the same for any thread count.
package func optimalBlockLengths(_ series: [[Double]], threads: Int = 1) -> [OptimalBlockLength] {
    [OptimalBlockLength](unsafeUninitializedCapacity: series.count) { target, filled in
        nonisolated(unsafe) let out = target.baseAddress
        parallelFor(count: series.count, threads: threads) { range in
            for i in range { (out! + i).initialize(to: optimalBlockLength(series[i])) }
        }
        filled = series.count
    }
}

/// Mean block for the mean of a column over all bars, whatever their regime: the longer of the lengths estimated on the column and on its regime
/// means, bar by bar. The second sees how long regimes last, which the first misses where noise hides the differences between regimes.
package func pooledBlockLength(_ column: [Double], labels: [UInt8], regimes: Int) -> Double {
    let n = column.count
    if n < 8 { return 1 }
    let means = RegimeTable(labels: labels, regimes: regimes, columns: [column]).means
    let mean = column.reduce(0, +) / Double(n)
    let levels = labels.map { Int($0) < regimes ? means[Int($0)] - mean : 0 }
    let lengths = [column.map { $0 - mean }, levels].map { series in
        series.contains { $0 != series[0] } ? optimalBlockLength(series).stationary : 1
    }
    return max(1, lengths.filter(\.isFinite).max() ?? 1)
}
