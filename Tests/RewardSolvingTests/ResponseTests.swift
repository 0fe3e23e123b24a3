import RewardSolving
import Testing

/// The line that the search reads its rounds by.
@Suite struct ResponseTests {
    /// Weak beliefs, so that the rounds decide.
    let prior = MixResponse.Prior(gap: 0, level: 0, levelDeviation: 10, slope: 1, slopeDeviation: 10)

    /// By hand: exact rounds on a line of slope 2 give it back, and the gap for a level; the reach limits a step.
    @Test func aLineIsItself() {
        let response = MixResponse([.init(gap: 0.9, level: 1.8, variance: 1e-8), .init(gap: 1, level: 2, variance: 1e-8)], prior: MixResponse.Prior(gap: 1, level: 0, levelDeviation: 10, slope: 2, slopeDeviation: 10))
        #expect(abs(response.level - 2) < 1e-3 && abs(response.slope - 2) < 1e-2 && abs(response.gap(for: 2.5) - 1.25) < 1e-2)
        #expect(abs(response.gap(for: 9, reach: 0.5) - 1.25) < 1e-2)
    }

    /// Two rounds at one place count as one of both: the mean, with half of the variance.
    @Test func roundsArePooled() {
        let response = MixResponse([.init(gap: 1, level: 0.9, variance: 0.02), .init(gap: 1, level: 1.1, variance: 0.02)], prior: prior)
        #expect(abs(response.level - 1) < 1e-3 && abs(response.deviation(at: 1) - 0.1) < 1e-3)
        // A round of three times the seeds counts three times.
        let uneven = MixResponse([.init(gap: 1, level: 1.2, variance: 0.01), .init(gap: 1, level: 0.8, variance: 0.03)], prior: prior)
        #expect(abs(uneven.level - 1.1) < 1e-3)
    }

    /// Rounds far off, or with the other shares far off, count less.
    @Test func distanceCountsAgainstARound() {
        func level(_ gap: Double, others: Double) -> Double {
            MixResponse([.init(gap: gap, level: gap + 1, variance: 0.01, others: others), .init(gap: 0, level: 0, variance: 0.01)], prior: MixResponse.Prior(gap: 0, level: 0, levelDeviation: 10, slope: 1, slopeDeviation: 1e-3)).level
        }
        let near = level(0, others: 0), far = level(1, others: 0), elsewhere = level(0, others: 1)
        #expect(abs(near - 0.5) < 1e-3 && far < 0.2 && elsewhere < 0.4 && far > 0 && elsewhere > far)
    }

    /// Simulated searches: rounds drawn around a true line, each asked for where the model says. The last answer is unbiased, unlike the best-looking round, and its
    /// stated deviation is right. 400 searches, seeds 1 to 400; 4 standard errors.
    @Test func noWinnersCurse() {
        var errors: [Double] = [], stated: [Double] = [], picked: [Double] = []
        for seed in 1...400 {
            var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
            func normal() -> Double {
                var sum = -6.0
                for _ in 0..<12 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    sum += Double(state >> 11) * 0x1p-53
                }
                return sum
            }
            let slope = 1.5, centre = 1.0, noise = 0.15
            var points: [MixResponse.Point] = [], gap = 0.4
            for _ in 0..<6 {
                points.append(.init(gap: gap, level: slope * gap + noise * normal(), variance: noise * noise))
                gap = MixResponse(points, prior: MixResponse.Prior(gap: 0, level: 0, levelDeviation: 0.5, slope: 1.2, slopeDeviation: 0.5)).gap(for: centre)
            }
            let last = MixResponse(points, prior: MixResponse.Prior(gap: 0, level: 0, levelDeviation: 0.5, slope: 1.2, slopeDeviation: 0.5))
            errors.append(slope * last.gap(for: centre) - centre)
            stated.append(last.deviation(at: last.gap(for: centre)))
            let best = points.min { abs($0.level - centre) < abs($1.level - centre) }
            picked.append(slope * (best?.gap ?? 0) - centre)
        }
        let n = Double(errors.count), mean = errors.reduce(0, +) / n, deviation = (errors.reduce(0) { $0 + $1 * $1 } / n).squareRoot(), claimed = stated.reduce(0, +) / n
        #expect(abs(mean) < 4 * deviation / n.squareRoot() + 0.01, "bias \(mean)")
        #expect(deviation < 1.25 * claimed && deviation > 0.6 * claimed, "\(deviation), claimed \(claimed)")
        #expect(deviation < 0.8 * (picked.reduce(0) { $0 + $1 * $1 } / n).squareRoot())
    }

    /// By hand: squares .02 and .08 over one degree of freedom each; with six of the usual .15 squared (.0225) they pool to .235 / 8; each is drawn to that with weight 6.
    @Test func spreadsArePooled() {
        let spread = SeedSpread([[[0.9, 1.1], [0.2, -0.2]]], aims: 2), all = 0.235 / 8
        #expect(abs(spread.pooled - all.squareRoot()) < 1e-12)
        #expect(abs(spread.deviations[0] - ((0.02 + 6 * all) / 7).squareRoot()) < 1e-12 && abs(spread.deviations[1] - ((0.08 + 6 * all) / 7).squareRoot()) < 1e-12)
        #expect(abs(SeedSpread([], aims: 1).pooled - 0.15) < 1e-12)
    }
}
