internal import RealModule

/// How a share answers to what is paid for it, near where it was tried: log-odds as a straight line of the gap, from all rounds together.
///
/// Each round is one mean over its seeds. What a share answers to pay bends, and the regimes share one temperature, so rounds far from the last one count less; slope
/// and level are drawn to what was known before. All rounds are weighed by what they are worth, none is picked for having come out well: the gap that is asked for
/// next has no winner's curse.
package struct MixResponse: Sendable {
    /// What is believed before the first round: `level` at `gap` and the slope, each with its standard deviation.
    package struct Prior: Sendable {
        package var gap, level, levelDeviation, slope, slopeDeviation: Double

        package init(gap: Double, level: Double, levelDeviation: Double, slope: Double, slopeDeviation: Double) {
            (self.gap, self.level, self.levelDeviation, self.slope, self.slopeDeviation) = (gap, level, levelDeviation, slope, slopeDeviation)
        }

        package func mean(at x: Double) -> Double { level + slope * (x - gap) }

        package func raised(by offset: Double) -> Prior {
            var prior = self
            prior.level += offset
            return prior
        }
    }

    /// One round: the gap, the mean log-odds, the variance of that mean, and how far (in log-odds) the other shares were from where they are in the last round.
    package struct Point: Sendable {
        package var gap, level, variance, others: Double

        package init(gap: Double, level: Double, variance: Double, others: Double = 0) {
            (self.gap, self.level, self.variance, self.others) = (gap, level, variance, others)
        }
    }

    /// Where the line is fixed: the last round's gap.
    package let gap: Double
    package let level, slope: Double
    private let levelVariance, slopeVariance, covariance: Double

    /// Of the distance between two rounds in log-odds, what a straight line misses; of that of the other shares, what they carry over.
    private static let bend = 0.3, coupling = 0.15

    /// Least squares, weighted; the last of `points` is where the line is fixed, or the prior's place where there is none yet.
    package init(_ points: [Point], prior: Prior) {
        gap = points.last?.gap ?? prior.gap
        let origin = gap, steep = abs(prior.slope)
        var c = 1 / (prior.slopeDeviation * prior.slopeDeviation), v = prior.slope * c, a = 0.0, b = 0.0, u = 0.0
        func add(_ gap: Double, _ level: Double, _ variance: Double) {
            let x = gap - origin, w = 1 / variance
            (a, b, c) = (a + w, b + w * x, c + w * x * x)
            (u, v) = (u + w * level, v + w * x * level)
        }
        func square(_ x: Double) -> Double { x * x }
        add(prior.gap, prior.level, square(prior.levelDeviation) + square(Self.bend * (prior.gap - origin) * steep))
        for point in points { add(point.gap, point.level, point.variance + square(Self.bend * (point.gap - origin) * steep) + square(Self.coupling * point.others)) }
        let determinant = a * c - b * b
        // More pay never means less of an action.
        slope = max(0.05 * steep, (a * v - b * u) / determinant)
        level = (u - b * slope) / a
        (levelVariance, slopeVariance, covariance) = (c / determinant, a / determinant, -b / determinant)
    }

    package func mean(at x: Double) -> Double { level + slope * (x - gap) }

    /// Standard deviation of what is not known of the mean.
    package func deviation(at x: Double) -> Double {
        max(0, levelVariance + 2 * (x - gap) * covariance + (x - gap) * (x - gap) * slopeVariance).squareRoot()
    }

    /// The gap at which `wanted` log-odds are expected, no farther than `reach` log-odds from the last round.
    package func gap(for wanted: Double, reach: Double = 1) -> Double { gap + max(-reach, min(reach, wanted - level)) / slope }
}

/// How much seeds differ, pooled from several rounds.
package struct SeedSpread: Sendable {
    /// Standard deviation of one seed's log-odds, [aims].
    package let deviations: [Double]
    /// Over all aims.
    package let pooled: Double

    /// `rounds`: log-odds by round, aim and seed. The variance of all is drawn towards that of `usual`, and each aim's own towards that of all, as if those were `weight` seeds more:
    /// three seeds that lie alike say little.
    package init(_ rounds: [[[Double]]], aims: Int, usual: Double = 0.15, weight: Double = 6) {
        var squares = [Double](repeating: 0, count: aims), freedom = squares
        for round in rounds {
            for k in 0..<aims where round[k].count > 1 {
                let mean = round[k].reduce(0, +) / Double(round[k].count)
                squares[k] += round[k].reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                freedom[k] += Double(round[k].count - 1)
            }
        }
        let all = ((squares.reduce(0, +) + weight * usual * usual) / (freedom.reduce(0, +) + weight)).squareRoot()
        pooled = all
        deviations = (0..<aims).map { k in max(0.02, ((squares[k] + weight * all * all) / (freedom[k] + weight)).squareRoot()) }
    }
}
