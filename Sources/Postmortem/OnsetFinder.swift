package import ChangePoints
internal import RealModule

/// Finds when a share, or an activity, left its level for good.
package struct OnsetFinder: Sendable {
    /// Records below which no change-point is looked for: two levels of four, and some to tell noise by.
    package static let fewest = 10

    /// Largest autocorrelation taken out: a share on its way drifts, and its differences then look like those of a noise that hardly ever turns. Whitened as such, the drift itself would be gone.
    package static let mostWhitening = 0.5

    /// Steps and levels of the series, the latter as real numbers (logits, logarithms).
    package let steps: [Double]
    package let levels: [Double]

    /// Level at which the change is complete; nil where no such line is drawn. Beyond it a share of 99% may go on to 99.99%, a long way in logits and nothing that an onset is about.
    package let line: Double?

    package init(steps: [Double], levels: [Double], line: Double? = nil) {
        self.steps = steps
        self.levels = levels
        self.line = line
    }

    /// Logits of shares; 0 and 1 count as half of a record in `records`.
    package static func logits(_ shares: [Double], records: Double = 1_000) -> [Double] {
        shares.map { s in
            let p = (s * records + 0.5) / (records + 1)
            return Double.log(p / (1 - p))
        }
    }

    package struct Result: Sendable {
        package var onset: PostmortemReport.Onset
        /// Index of the first record of the new level.
        package var index: Int
        package var before, after: Double
        package var changes: Int
        package var autocorrelation: Double
    }

    /// The first change upwards from which no later level comes back to within a quarter of the way, to the last level or to the line, whichever is nearer: whitened by AR(1), PELT with L2 and the BIC penalty, interval by block bootstrap.
    ///
    /// Nil below ten records, and when no change is worth its penalty or none lasts. Series above 1,500 records are averaged down to that (PELT is quadratic where there are no changes).
    package func change(seed: UInt64 = 1) -> Result? {
        guard levels.count >= Self.fewest else { return nil }
        let join = (levels.count + 1_499) / 1_500
        let x = stride(from: 0, to: levels.count, by: join).map { k in levels[k..<min(levels.count, k + join)].reduce(0, +) / Double(min(levels.count, k + join) - k) }
        let last = stride(from: 0, to: levels.count, by: join).map { min(levels.count, $0 + join) - 1 }
        let ar = ARWhitening(coefficient: min(Self.mostWhitening, ARWhitening(estimatedFrom: x).coefficient)), white = ar.whitened(x)
        let noise = ARWhitening.noise(white)
        let cost = SegmentCost(white, .l2), minimum = x.count >= 40 ? 3 : 2
        // A constant has no noise: a hair of its range keeps the penalty above 0.
        let span = (white.max() ?? 0) - (white.min() ?? 0)
        guard span > 0 else { return nil }
        let found = Segmentation.pelt(cost, penalty: cost.penalty(noise: max(noise, 1e-3 * span)), minimum: minimum), pieces = found.segments
        let means = pieces.map { piece in x[piece].reduce(0, +) / Double(piece.count) }
        guard let final = means.last else { return nil }
        let end = min(final, line ?? .infinity)
        for k in 1..<max(1, pieces.count) where end > means[k - 1] {
            let quarter = means[k - 1] + 0.25 * (end - means[k - 1])
            guard means[k...].allSatisfy({ $0 > quarter }) else { continue }
            let interval = ChangeInterval(
                of: pieces[k].lowerBound, in: white, found, kind: .l2, block: max(1, Double.pow(Double(white.count), 1.0 / 3)), replicates: 1_000, minimum: minimum, seed: seed)
            func step(_ i: Int) -> Double { steps[last[min(max(0, i), last.count - 1)]] }
            // A record is of what went before its step, so that the last one of the old level may hold the change's beginning.
            return Result(
                onset: .init(step: step(interval.estimate), interval95: (step(interval.low - 2), step(interval.high)), method: .changePoint), index: min(interval.estimate * join, levels.count - 1),
                before: means[k - 1], after: final, changes: found.changes.count, autocorrelation: ar.coefficient)
        }
        return nil
    }

    /// For a few records: the approach of the log-odds from 0 (a policy starts near uniform), half-way as the onset. Nil below three, or from a step that is not positive.
    package func relaxation() -> (onset: PostmortemReport.Onset, fit: Relaxation)? {
        guard let fit = Relaxation(times: steps, values: levels), fit.level > 0 else { return nil }
        let half = Double.log(2)
        return (.init(step: half * fit.time, interval95: (half * fit.timeInterval.low, half * fit.timeInterval.high), method: .relaxation), fit)
    }
}
