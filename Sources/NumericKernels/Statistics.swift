internal import RealModule

/// Arithmetic mean; NaN for an empty list.
package func mean(_ x: [Double]) -> Double { x.isEmpty ? .nan : sum(x) / Double(x.count) }

/// Variance with divisor n - `degreesUsed` (0: population, 1: sample); NaN where that is not positive. Two passes.
package func variance(_ x: [Double], degreesUsed: Int = 0) -> Double {
    if x.count <= degreesUsed { return .nan }
    return centralSum(x, power: 2) / Double(x.count - degreesUsed)
}

/// Population skewness m3 / m2^(3/2) (scipy's default); NaN for a constant or empty list.
package func skewness(_ x: [Double]) -> Double {
    let n = Double(x.count), m2 = centralSum(x, power: 2) / n
    return m2 > 0 ? centralSum(x, power: 3) / n / (m2 * Double.sqrt(m2)) : .nan
}

/// Population kurtosis m4 / m2^2, 3 for a normal law (scipy's with `fisher=False`); NaN for a constant or empty list.
package func kurtosis(_ x: [Double]) -> Double {
    let n = Double(x.count), m2 = centralSum(x, power: 2) / n
    return m2 > 0 ? centralSum(x, power: 4) / n / (m2 * m2) : .nan
}

/// gamma_k / gamma_0 with autocovariances of divisor n; NaN for a constant series, 0 for lags of n and above.
package func autocorrelation(_ x: [Double], lag: Int) -> Double {
    let c = centred(x)
    precondition(lag >= 0, "autocorrelation: lag \(lag)")
    var own = 0.0, cross = 0.0
    for t in c.indices {
        own += c[t] * c[t]
        if t + lag < c.count { cross += c[t] * c[t + lag] }
    }
    return own > 0 ? cross / own : .nan
}

/// Pearson correlation; NaN where either list is constant. Traps on unequal lengths.
package func correlation(_ x: [Double], _ y: [Double]) -> Double {
    precondition(x.count == y.count, "correlation: \(x.count) and \(y.count) values")
    let a = centred(x), b = centred(y)
    var xx = 0.0, yy = 0.0, xy = 0.0
    for i in a.indices {
        xx += a[i] * a[i]
        yy += b[i] * b[i]
        xy += a[i] * b[i]
    }
    return xx > 0 && yy > 0 ? max(-1, min(1, xy / (Double.sqrt(xx) * Double.sqrt(yy)))) : .nan
}

private func centralSum(_ x: [Double], power: Int) -> Double {
    let m = mean(x)
    if let first = x.first, x.allSatisfy({ $0 == first }) { return 0 }
    var total = 0.0
    for value in x {
        let d = value - m
        total += power == 2 ? d * d : power == 3 ? d * d * d : d * d * d * d
    }
    return total
}
