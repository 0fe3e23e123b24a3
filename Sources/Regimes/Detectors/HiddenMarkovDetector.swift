public import ComponentKit
public import Features
internal import RealModule
public import TradingTypes

/// Four regimes by a hidden Markov model of (log return, ln sigma24), both standardised by the training bars.
///
/// Fitted on the training bars only, starting from the quartiles of ln sigma24: at most 100 steps, fewer when a step gains less
/// than 1e-6 in log-likelihood a bar. A bar's label is the most probable state given the bars up to it (filtered, never smoothed
/// or Viterbi). States are ordered by the variance of the return, smallest first, and named LOW_VOL, TRENDING, HIGH_VOL,
/// CRISIS in that order: the second-calmest state bears the name TRENDING, whether or not it trends.
///
/// Valid from bar 24 (from 0). O(T) a step.
public struct HiddenMarkovDetector: RegimeDetector {
    public static let card = Card(
        name: "hmm", kind: "detector",
        summary: "Four states of a Gaussian hidden Markov model of return and volatility, by filtered probability, calmest first",
        formula: "argmax_k P(state k | bars up to t) of a 4-state HMM on (r, ln sigma24), states ordered by the variance of r",
        unit: "regime",
        source: "Rabiner 1989; checked against hmmlearn 0.3.3",
        facts: [("warm-up", "24 bars"), ("fitted", "on the training bars, at most 100 EM steps"), ("covariance", "full")])

    public static let minimumTrainingBars = 500
    package static let firstRow = 24

    public init() {}

    public func label(_ bars: BarSeries, _ features: FeatureSource, fittedOn: Range<Int>) throws -> RegimeLabels {
        let result = try fit(bars, fittedOn: fittedOn)
        let first = HiddenMarkovDetector.firstRow
        var labels = [UInt8](repeating: 0, count: bars.count)
        for (i, p) in result.probabilities.enumerated() {
            var best = 0
            for k in 1..<4 where p[k] > p[best] { best = k }
            labels[first + i] = UInt8(best)
        }
        return RegimeLabels(labels: labels, firstValid: min(first, bars.count))
    }

    /// The fitted model and the filtered probabilities of all bars from 24 on, states already in the order of the regimes.
    package struct Fit: Sendable {
        package let model: GaussianHiddenMarkov
        package let logLikelihoods: [Double]
        /// One vector a bar from bar 24 on; lane = `Regime` raw value.
        package let probabilities: [SIMD4<Double>]
    }

    package func fit(_ bars: BarSeries, fittedOn: Range<Int>) throws(InputIssues) -> Fit {
        let first = HiddenMarkovDetector.firstRow
        let rows = max(first, fittedOn.lowerBound)..<max(first, min(bars.count, fittedOn.upperBound))
        guard rows.count >= HiddenMarkovDetector.minimumTrainingBars else {
            throw InputIssues(
                InputIssue(
                    code: "too_few_bars",
                    message: "the hidden Markov detector has \(rows.count) training bars to learn from and needs \(HiddenMarkovDetector.minimumTrainingBars)",
                    help: "give it more bars, or use the detector 'balanced'"))
        }
        let indicators = RegimeIndicators(bars)
        let x = standardized(indicators.logReturn, rows)
        let y = standardized(indicators.sigma24.map { Double.log(max($0, 1e-12)) }, rows)
        let shift = rows.lowerBound - first
        let trainX = Array(x[shift..<shift + rows.count]), trainY = Array(y[shift..<shift + rows.count])
        var model = GaussianHiddenMarkov(quartilesOf: trainX, trainY)
        let history = model.fit(trainX, trainY, iterations: 100, tolerance: 1e-6)
        let order = model.statesByVariance
        let probabilities = model.filtered(x, y).probabilities.map { p in
            SIMD4(p[order[0]], p[order[1]], p[order[2]], p[order[3]])
        }
        return Fit(model: model, logLikelihoods: history, probabilities: probabilities)
    }

    /// (x - mean) / sd by the training rows, from bar 24 on. A constant column becomes 0.
    private func standardized(_ x: [Double], _ rows: Range<Int>) -> [Double] {
        let n = Double(rows.count)
        let mean = x[rows].reduce(0, +) / n
        let deviation = (x[rows].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
        return x[HiddenMarkovDetector.firstRow...].map { deviation > 1e-12 ? ($0 - mean) / deviation : 0 }
    }
}
