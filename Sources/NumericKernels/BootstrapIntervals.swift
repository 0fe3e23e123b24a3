internal import RealModule

/// A closed interval of numbers.
package struct Bounds: Sendable, Equatable {
    package var low: Double
    package var high: Double

    package init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
    }

    package func contains(_ x: Double) -> Bool { low <= x && x <= high }
}

/// Interval estimates of one quantity from its bootstrap draws.
package struct QuantityIntervals: Sendable {
    package let estimate: Double
    /// Standard deviation of the draws.
    package let standardError: Double
    /// `BootstrapDraws.longRunErrors`: at least `standardError`.
    package let longRunError: Double
    /// Quantiles of the draws.
    package let percentile: Bounds
    /// 2 estimate - the percentile interval, ends swapped (reverse percentile).
    package let basic: Bounds
    /// Bootstrap-t: estimate - longRunError * quantiles of t* = (draw - estimate) / draw's own standard error. Nil when the draws carry
    /// no standard errors. An end is infinite where too many draws see only one block of the regime.
    package let studentised: Bounds?
    /// Share of draws whose sign is opposite to the estimate's; draws of exactly 0 count half, and an estimate of 0 gives 1/2.
    package let probabilityWrongSign: Double
    /// Share of draws without any bar of the regime; they are left out of everything above.
    package let undefinedShare: Double

    /// The studentised interval, or the percentile interval where bootstrap-t breaks down: for a quantity that varies on a handful of bars
    /// only, some draws see none of them and have no spread of their own. A studentised interval over three times as wide says so.
    package var preferred: Bounds {
        if let t = studentised, t.high - t.low <= 3 * (percentile.high - percentile.low) { return t }
        return percentile
    }
}

/// Intervals of every quantity of `draws` at one confidence level (0.95: quantiles .025 and .975, type 7). A quantity that is constant
/// over its regime gets intervals of width zero; one without bars gets NaN.
package func bootstrapIntervals(_ draws: BootstrapDraws, level: Double = 0.95, threads: Int = 1) -> [QuantityIntervals] {
    precondition(level > 0 && level < 1, "bootstrapIntervals: level \(level), expected between 0 and 1")
    let results = [QuantityIntervals?](unsafeUninitializedCapacity: draws.quantities) { target, filled in
        nonisolated(unsafe) let out = target.baseAddress!
        parallelFor(count: draws.quantities, threads: threads) { range in
            for q in range { (out + q).initialize(to: intervals(of: q, draws, level: level)) }
        }
        filled = draws.quantities
    }
    return results.map { $0! }
}

/// Percentile interval of a value computed from draws, e.g. a ratio of two quantities; NaN draws are left out.
package func percentileBounds(_ values: [Double], level: Double = 0.95) -> Bounds {
    let ends = quantiles(values, [(1 - level) / 2, (1 + level) / 2])
    return Bounds(ends[0], ends[1])
}

/// Bands that hold for all chosen quantities at once: estimate +- c longRunError, c the `level` quantile of max over quantities of |t*|.
///
/// t* is studentised by the draw's own standard error where the draws carry them and `studentised` is true, otherwise by the
/// quantity's. Quantities without spread or without bars do not enter the maximum. Source: Romano and Wolf 2005 (max statistics).
package func simultaneousBands(
    _ draws: BootstrapDraws, quantities: [Int], level: Double = 0.95, studentised: Bool = true
) -> (critical: Double, bands: [Bounds]) {
    let b = draws.replicates, own = studentised && !draws.standardErrors.isEmpty
    var largest = [Double](repeating: 0, count: b)
    var any = false
    for q in quantities where draws.estimateErrors[q] > 0 {
        any = true
        let fixed = draws.estimateErrors[q]
        for i in 0..<b {
            let deviation = draws.deviations[q * b + i]
            let t = abs(own ? pivot(deviation, draws.standardErrors[q * b + i]) : deviation / fixed)
            if t > largest[i] { largest[i] = t }
        }
    }
    let critical = any ? quantile(largest, level) : 0
    return (
        critical,
        quantities.map { q in
            let reach = draws.estimateErrors[q] > 0 ? critical * draws.longRunErrors[q] : 0
            return Bounds(draws.estimates[q] - reach, draws.estimates[q] + reach)
        }
    )
}

/// What an interval for the ratio of two means can look like.
package enum RatioInterval: Sendable, Equatable {
    case bounded(Bounds)
    /// The denominator's mean cannot be told from zero: every interval with the right coverage is unbounded (Gleser and Hwang 1987).
    case unbounded
}

/// Interval for p = E[A] / E[B] over one regime, by inverting the bootstrap-t interval of the linear contrast E[A - p B] (Fieller 1954).
///
/// With r the ratio of the sample means and L = A - r B, whose mean is 0, the contrast at p = r + d has mean -d B and squared standard error
///
///     s(d)^2 = s_LL - 2 d s_LB + d^2 s_BB
///
/// and p belongs to the set while t_low <= -d B / s(d) <= t_high, the t's being the quantiles of L's studentised draws. Each end is a root
/// of a quadratic. Standard errors are `longRunErrors`, their correlation that of the draws.
///
/// Where bootstrap-t breaks down (L varies on a handful of bars only, so that many draws see one block or none of them) the quantiles are those of the draws
/// in units of their own spread.
///
/// - Parameters:
///   - residual: quantity index of L in `draws`. Its deviations are all that is read, so that a mean off 0 by rounding does no harm.
///   - denominator: quantity index of B.
///   - ratio: r. An L without spread gives the interval [r, r].
package func ratioInterval(
    _ draws: BootstrapDraws, residual: Int, denominator: Int, ratio: Double, level: Double = 0.95
) -> RatioInterval {
    let b = draws.replicates, error = draws.longRunErrors[residual], mean = draws.estimates[denominator]
    if error == 0 { return mean == 0 ? .unbounded : .bounded(Bounds(ratio, ratio)) }
    let tails = [(1 - level) / 2, (1 + level) / 2]
    func rows(_ q: Int) -> Range<Int> { q * b..<(q + 1) * b }
    let top = draws.deviations[rows(residual)], bottom = draws.deviations[rows(denominator)]
    let plain = quantiles(Array(top), tails).map { $0 / draws.estimateErrors[residual] }
    var t = plain
    if !draws.standardErrors.isEmpty {
        let own = quantiles(zip(top, draws.standardErrors[rows(residual)]).map { $0.isNaN ? .nan : pivot($0, $1) }, tails)
        if own[1] - own[0] <= 3 * (plain[1] - plain[0]) { t = own }
    }
    let lower = min(t[0], 0), upper = max(t[1], 0)
    let denominatorError = draws.longRunErrors[denominator]
    let covariance = correlation(top, bottom) * error * denominatorError
    // d B <= -lower s(d) bounds d B above, -d B <= upper s(d) below; the root on the side of the sign of `c`.
    func end(_ c: Double) -> Double? {
        let c2 = c * c
        let a = mean * mean - c2 * denominatorError * denominatorError
        if a <= 0 { return nil }
        let half = c2 * covariance
        let root = Double.sqrt(half * half + a * c2 * error * error)
        return (-half + (c < 0 ? -root : root)) / a
    }
    let isRising = mean > 0
    guard let low = end(isRising ? -upper : lower), let high = end(isRising ? -lower : upper) else { return .unbounded }
    return .bounded(Bounds(ratio + low, ratio + high))
}

/// Pearson correlation of two rows of draws, pairs with NaN left out; 0 where one does not vary.
private func correlation(_ x: ArraySlice<Double>, _ y: ArraySlice<Double>) -> Double {
    var n = 0.0, sx = 0.0, sy = 0.0
    for (a, b) in zip(x, y) where a.isFinite && b.isFinite {
        n += 1
        sx += a
        sy += b
    }
    let mx = sx / max(n, 1), my = sy / max(n, 1)
    var xx = 0.0, yy = 0.0, xy = 0.0
    for (a, b) in zip(x, y) where a.isFinite && b.isFinite {
        xx += (a - mx) * (a - mx)
        yy += (b - my) * (b - my)
        xy += (a - mx) * (b - my)
    }
    return xx > 0 && yy > 0 ? max(-1, min(1, xy / Double.sqrt(xx * yy))) : 0
}

/// deviation / error, and 0 for 0 / 0 (a draw that equals the estimate exactly).
@inline(__always)
private func pivot(_ deviation: Double, _ error: Double) -> Double { deviation == 0 ? 0 : deviation / error }

private func intervals(of q: Int, _ draws: BootstrapDraws, level: Double) -> QuantityIntervals {
    let b = draws.replicates, estimate = draws.estimates[q], error = draws.longRunErrors[q]
    let tails = [(1 - level) / 2, (1 + level) / 2]
    var kept = [Double](), opposite = 0.0
    kept.reserveCapacity(b)
    for i in q * b..<(q + 1) * b {
        let deviation = draws.deviations[i]
        if deviation.isNaN { continue }
        kept.append(deviation)
        let signs = (estimate + deviation) * (estimate > 0 ? 1 : -1)
        opposite += signs < 0 ? 1 : signs == 0 ? 0.5 : 0
    }
    if kept.isEmpty {
        let none = Bounds(.nan, .nan)
        return QuantityIntervals(
            estimate: .nan, standardError: .nan, longRunError: .nan, percentile: none, basic: none, studentised: draws.standardErrors.isEmpty ? nil : none,
            probabilityWrongSign: .nan, undefinedShare: 1)
    }
    let count = Double(kept.count)
    var span = kept.mutableSpan
    let ends = selectQuantiles(&span, tails)
    var studentised: Bounds?
    if !draws.standardErrors.isEmpty {
        kept.removeAll(keepingCapacity: true)
        for i in q * b..<(q + 1) * b where !draws.deviations[i].isNaN { kept.append(pivot(draws.deviations[i], draws.standardErrors[i])) }
        var span = kept.mutableSpan
        let t = selectQuantiles(&span, tails)
        studentised = error == 0 ? Bounds(estimate, estimate) : Bounds(estimate - t[1] * error, estimate - t[0] * error)
    }
    return QuantityIntervals(
        estimate: estimate, standardError: draws.estimateErrors[q], longRunError: error, percentile: Bounds(estimate + ends[0], estimate + ends[1]),
        basic: Bounds(estimate - ends[1], estimate - ends[0]), studentised: studentised,
        probabilityWrongSign: estimate == 0 ? 0.5 : opposite / count, undefinedShare: 1 - count / Double(b))
}
