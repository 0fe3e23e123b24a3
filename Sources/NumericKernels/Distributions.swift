internal import RealModule

/// P(Z <= x) for a standard normal Z; accurate relative to the value in both tails.
package func normalCDF(_ x: Double) -> Double { 0.5 * Double.erfc(-x * 0.5.squareRoot()) }

/// x with P(Z <= x) = p; -infinity and infinity at 0 and 1, NaN outside. Starts from a rational approximation
/// (Abramowitz and Stegun 1964, 26.2.23, error 5e-4) and takes three Halley steps.
package func normalQuantile(_ p: Double) -> Double {
    if !(p >= 0 && p <= 1) { return .nan }
    if p == 0 || p == 1 { return p == 0 ? -.infinity : .infinity }
    if p == 0.5 { return 0 }
    if p > 0.5 { return -normalQuantile(1 - p) }
    let t = Double.sqrt(-2 * Double.log(p))
    var x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
    for _ in 0..<3 {
        let error = (normalCDF(x) - p) * Double.exp(0.5 * x * x) * 2.5066282746310002  // sqrt(2 pi)
        if !error.isFinite { break }
        x -= error / (1 + 0.5 * x * error)
    }
    return x
}

/// Regularised lower incomplete gamma function P(a, x), a > 0, x >= 0: the series below a + 1, Lentz's continued fraction above.
package func regularisedGamma(_ a: Double, _ x: Double) -> Double {
    precondition(a > 0, "regularisedGamma: shape \(a)")
    if x.isNaN { return .nan }
    if x <= 0 { return 0 }
    if x == .infinity { return 1 }
    let front = Double.exp(a * Double.log(x) - x - Double.logGamma(a))
    if x < a + 1 {
        var term = 1 / a, total = term, n = a
        while term > total * 1e-17 {
            n += 1
            term *= x / n
            total += term
        }
        return min(front * total, 1)
    }
    var b = x + 1 - a, c = 1e300, d = 1 / b, h = d, i = 1.0
    while i < 100_000 {
        let an = -i * (i - a)
        b += 2
        d = an * d + b
        if abs(d) < 1e-300 { d = 1e-300 }
        c = b + an / c
        if abs(c) < 1e-300 { c = 1e-300 }
        d = 1 / d
        let change = d * c
        h *= change
        if abs(change - 1) < 1e-16 { break }
        i += 1
    }
    return max(0, 1 - front * h)
}

/// P(X <= x) for a chi-square X with `degrees` > 0 degrees of freedom.
package func chiSquareCDF(_ x: Double, degrees: Double) -> Double { regularisedGamma(degrees / 2, x / 2) }

/// P(X <= x) for a noncentral chi-square X (degrees of freedom k > 0, noncentrality lambda >= 0): the Poisson mixture
/// sum over j of Poisson(j; lambda/2) P(k/2 + j, x/2), over the j within about 9 standard deviations of lambda/2.
/// P falls with j by x^a e^-x / Gamma(a + 1), so it is built up from the largest j, where nothing cancels. O(sqrt lambda).
package func noncentralChiSquareCDF(_ x: Double, degrees: Double, noncentrality: Double) -> Double {
    precondition(noncentrality >= 0 && degrees > 0, "noncentral chi-square: \(degrees) degrees of freedom, noncentrality \(noncentrality)")
    if x <= 0 { return 0 }
    let half = noncentrality / 2, y = x / 2
    if half == 0 { return regularisedGamma(degrees / 2, y) }
    let reach = 9 * Double.sqrt(half) + 40
    let first = max(0, (half - reach).rounded(.down)), last = (half + reach).rounded(.up)
    var p = regularisedGamma(degrees / 2 + last, y), j = last, total = 0.0
    // The two weights are renewed from their logarithms every 64 steps, so that rounding does not grow.
    var poisson = 0.0, step = 0.0, count = 0
    while j >= first {
        let a = degrees / 2 + j
        if count % 64 == 0 {
            poisson = Double.exp(j * Double.log(half) - half - Double.logGamma(j + 1))
            step = Double.exp((a - 1) * Double.log(y) - y - Double.logGamma(a))
        }
        total += poisson * p
        p = min(1, p + step)  // P(a - 1) = P(a) + y^(a-1) e^-y / Gamma(a)
        poisson *= j / half
        step *= (a - 1) / y
        j -= 1
        count += 1
    }
    return min(total, 1)
}

/// The noncentrality lambda >= 0 at which P(X <= x) = `probability`; 0 where even lambda = 0 puts less than that below x.
/// The distribution function falls strictly in lambda, so bisection on a doubled bracket suffices (relative error 1e-13).
package func noncentrality(observed x: Double, degrees: Double, probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "noncentrality: probability \(probability), expected between 0 and 1")
    func above(_ lambda: Double) -> Bool { noncentralChiSquareCDF(x, degrees: degrees, noncentrality: lambda) > probability }
    if !above(0) { return 0 }
    var high = max(1, x)
    while above(high) { high *= 2 }
    var low = 0.0
    while high - low > 1e-13 * high {
        let middle = 0.5 * (low + high)
        if middle <= low || middle >= high { break }
        if above(middle) { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
}

/// Confidence interval of the noncentrality given an observed statistic, by inverting its distribution function at both tails:
/// the lower end is 0 where the statistic is not significant at that tail.
package func noncentralityInterval(observed x: Double, degrees: Double, level: Double = 0.95) -> Bounds {
    Bounds(
        noncentrality(observed: x, degrees: degrees, probability: (1 + level) / 2),
        noncentrality(observed: x, degrees: degrees, probability: (1 - level) / 2))
}
