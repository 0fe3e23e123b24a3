internal import RealModule

/// P(X <= x) for X chi-square with `k` degrees of freedom and noncentrality `lambda`: a Poisson mixture of central chi-squares,
/// summed outwards from its largest weight. Absolute error about 1e-12. k > 0, lambda >= 0; 0 for x <= 0.
package func noncentralChiSquareCDF(_ x: Double, degreesOfFreedom k: Double, noncentrality lambda: Double) -> Double {
    precondition(k > 0 && lambda >= 0, "noncentral chi-square: k \(k), lambda \(lambda)")
    if x <= 0 { return 0 }
    if lambda == 0 { return regularizedGamma(k / 2, x / 2) }
    let half = lambda / 2
    let center = half.rounded(.down)
    func weight(_ j: Double) -> Double { Double.exp(-half + j * Double.log(half) - Double.logGamma(j + 1)) }
    var sum = 0.0
    var j = center
    while j >= 0 {
        let w = weight(j)
        sum += w * regularizedGamma(k / 2 + j, x / 2)
        if w < 1e-16, j < center { break }
        j -= 1
    }
    j = center + 1
    while true {
        let w = weight(j)
        sum += w * regularizedGamma(k / 2 + j, x / 2)
        if w < 1e-16 { break }
        j += 1
    }
    return min(max(sum, 0), 1)
}

/// The noncentrality at which an observed statistic is the `p` quantile: CDF(x; k, lambda) = p. 0 when even lambda = 0 gives less
/// than p. By bisection to a relative 1e-10.
package func noncentrality(observed x: Double, degreesOfFreedom k: Double, quantile p: Double) -> Double {
    func cdf(_ lambda: Double) -> Double { noncentralChiSquareCDF(x, degreesOfFreedom: k, noncentrality: lambda) }
    if cdf(0) <= p { return 0 }
    var low = 0.0, high = max(1, x)
    while cdf(high) > p { high *= 2 }
    for _ in 0..<200 where high - low > 1e-10 * high {
        let middle = 0.5 * (low + high)
        if cdf(middle) > p { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
}

/// Regularised lower incomplete gamma function P(a, x): series below a + 1, continued fraction (modified Lentz) above.
package func regularizedGamma(_ a: Double, _ x: Double) -> Double {
    if x <= 0 { return 0 }
    let scale = Double.exp(a * Double.log(x) - x - Double.logGamma(a))
    if x < a + 1 {
        var term = 1 / a, sum = term, n = a
        for _ in 0..<10_000 {
            n += 1
            term *= x / n
            sum += term
            if term < sum * 1e-17 { break }
        }
        return scale * sum
    }
    let tiny = 1e-300
    var b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d
    for i in 1..<10_000 {
        let an = -Double(i) * (Double(i) - a)
        b += 2
        d = an * d + b
        if abs(d) < tiny { d = tiny }
        c = b + an / c
        if abs(c) < tiny { c = tiny }
        d = 1 / d
        let step = d * c
        h *= step
        if abs(step - 1) < 1e-16 { break }
    }
    return 1 - scale * h
}
