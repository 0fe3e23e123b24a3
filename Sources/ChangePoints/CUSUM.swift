internal import RealModule

/// Page's cumulative sums for a change of the mean, both ways (Page 1954).
///
/// Fed with standardised residuals z: up = max(0, up + z - k), down = max(0, down - z - k); an alarm where a sum passes h. With k = .5 and h = 5 the two-sided
/// chart alarms on independent standard normal residuals once in 465 looks on average (Siegmund's approximation; docs/postmortem.md has the measured figure),
/// and finds a shift of one standard deviation after about 10. On autocorrelated residuals it alarms far too often: whiten them first (`ARWhitening`).
package struct CUSUM: Sendable, Equatable {
    package enum Side: Sendable { case up, down }

    /// k, half the shift to be found, in standard deviations.
    package let slack: Double
    /// h, in standard deviations.
    package let limit: Double
    package private(set) var up = 0.0
    package private(set) var down = 0.0

    package init(slack: Double = 0.5, limit: Double = 5) {
        precondition(slack >= 0 && limit > 0, "CUSUM: slack \(slack), limit \(limit)")
        self.slack = slack
        self.limit = limit
    }

    /// Takes in a residual; the side that alarms, or nil. After an alarm that sum begins anew. A residual that is not finite is passed over.
    package mutating func observe(_ z: Double) -> Side? {
        guard z.isFinite else { return nil }
        up = max(0, up + z - slack)
        down = max(0, down - z - slack)
        if up > limit {
            up = 0
            return .up
        }
        if down > limit {
            down = 0
            return .down
        }
        return nil
    }
}

/// A series as an AR(1) process about its mean, and its one-step residuals.
package struct ARWhitening: Sendable, Equatable {
    /// Lag-one autocorrelation, in [0, .95].
    package let coefficient: Double

    /// From lag-one autocorrelation r of the *differences*: r = -(1 - phi) / 2 for AR(1) noise, and a few changes of the level move it little,
    /// where the autocorrelation of the series itself would take every change for noise. 0 below 8 values, for a constant, and where the estimate is negative.
    package init(estimatedFrom x: [Double]) {
        var before = 0.0, product = 0.0, square = 0.0
        let d = zip(x.dropFirst(), x).map { $0 - $1 }
        for value in d {
            square += value * value
            product += value * before
            before = value
        }
        coefficient = d.count >= 7 && square > 0 ? min(0.95, max(0, 1 + 2 * product / square)) : 0
    }

    package init(coefficient: Double) { self.coefficient = coefficient }

    /// x_t - phi x_(t-1), divided by (1 - phi) so that levels stay what they were; the first value stands for itself.
    ///
    /// A step of the level by s becomes a step by s with one value of s / (1 - phi) at its beginning.
    package func whitened(_ x: [Double]) -> [Double] {
        if coefficient == 0 { return x }
        return x.indices.map { $0 == 0 ? x[0] : (x[$0] - coefficient * x[$0 - 1]) / (1 - coefficient) }
    }

    /// Standard deviation of the noise from first differences of `x`, free of changes in level: the median of |d| over .6745 sqrt 2 (sqrt(2 (1 - phi)) under
    /// autocorrelation). NaN below two values.
    package static func noise(_ x: [Double]) -> Double {
        let d = zip(x.dropFirst(), x).map { abs($0 - $1) }.sorted()
        guard !d.isEmpty else { return .nan }
        let middle = d.count % 2 == 1 ? d[d.count / 2] : 0.5 * (d[d.count / 2 - 1] + d[d.count / 2])
        if middle > 0 { return middle / (0.674_489_750_196_081_7 * 2.0.squareRoot()) }
        // More than half of the steps change nothing: the mean square of the others says how large they are.
        return (d.reduce(0) { $0 + $1 * $1 } / Double(2 * d.count)).squareRoot()
    }
}
