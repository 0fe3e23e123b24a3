internal import RealModule

/// Long-run variance of a series' mean, times n, and what it was computed with.
package struct LongRunVariance: Sendable, Equatable {
    /// gamma_0 + 2 sum w_k gamma_k, in squared units of the series; 0 for a constant series.
    package var value: Double
    /// L, the last lag that enters.
    package var lag: Int
    /// n gamma_0 / value: independent values that would know the mean as well. May exceed n (negative autocorrelation); n for a constant series.
    package var effectiveSize: Double
    /// sqrt(value / n).
    package var standardErrorOfMean: Double
}

/// Newey and West 1987: Bartlett weights w_k = 1 - k / (L + 1), autocovariances with divisor n. Never negative.
///
/// With `lag` nil, L is chosen by the plug-in rule of Newey and West 1994 (Bartlett kernel): with m = floor(4 (n / 100)^(2/9)),
/// s0 = gamma_0 + 2 sum gamma_k, s1 = 2 sum k gamma_k over k = 1...m, L = floor(1.1447 ((s1 / s0)^2 n)^(1/3)), at most n - 1.
/// For a regime mean apply it to the influence function. Traps on an empty series.
package func longRunVariance(_ series: [Double], lag: Int? = nil) -> LongRunVariance {
    let n = series.count, size = Double(n)
    precondition(n > 0, "longRunVariance: empty series")
    var products = LaggedProducts(centred: centred(series))
    let gamma0 = products.upTo(0)[0] / size
    if gamma0 == 0 { return LongRunVariance(value: 0, lag: 0, effectiveSize: size, standardErrorOfMean: 0) }
    let last: Int
    if let lag {
        precondition(lag >= 0, "longRunVariance: lag \(lag)")
        last = min(lag, n - 1)
    } else {
        let m = min(Int(4 * Double.pow(size / 100, 2.0 / 9)), n - 1)
        let gamma = products.upTo(m)
        var s0 = gamma[0], s1 = 0.0
        for k in 1..<max(m + 1, 1) {
            s0 += 2 * gamma[k]
            s1 += 2 * Double(k) * gamma[k]
        }
        let wanted = 1.1447 * Double.root((s1 / s0) * (s1 / s0) * size, 3)
        last = wanted.isFinite ? Int(min(wanted, size - 1)) : n - 1
    }
    let gamma = products.upTo(last)
    var value = gamma[0]
    for k in 1..<max(last + 1, 1) { value += 2 * (1 - Double(k) / Double(last + 1)) * gamma[k] }
    value = max(value / size, 0)
    return LongRunVariance(
        value: value, lag: last, effectiveSize: value > 0 ? size * gamma0 / value : .infinity, standardErrorOfMean: Double.sqrt(value / size))
}
