import ComponentKit
import Foundation
import Regimes
import TestSupport
import Testing
import TradingTypes

extension Tag {
    @Tag static var parity: Self
}

/// Tests/Parity/regimes/hmm.json: what hmmlearn makes of the same rows from the same start.
struct HMMFixture: Decodable, Sendable {
    let versions: [String: String]
    let x, y: [Double]
    let steps: Int
    let logLikelihoods: [Double]
    let start: [Double]
    let transition, means: [[Double]]
    let covariances: [[[Double]]]
    let rows: [Int]
    let filtered: [[Double]]
    let logLikelihood: Double

    static func load() throws -> HMMFixture {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(HMMFixture.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("regimes/hmm.json"))))
    }
}

@Suite(.tags(.parity)) struct HiddenMarkovParityTests {
    /// hmmlearn 0.3.3, full covariances, no priors; differences of at most 1e-6 (log-likelihoods: relative).
    @Test func everyStepEqualsHmmlearn() throws {
        let f = try HMMFixture.load()
        #expect(f.versions["hmmlearn"] == "0.3.3", "renew with: python Tests/Parity/regimes/generate.py")
        var model = GaussianHiddenMarkov(quartilesOf: f.x, f.y)
        let history = model.fit(f.x, f.y, iterations: f.steps)
        #expect(history.count == f.logLikelihoods.count)
        for (ours, theirs) in zip(history, f.logLikelihoods) { #expect(abs(ours - theirs) < 1e-6 * abs(theirs)) }
        for k in 0..<4 {
            #expect(abs(model.start[k] - f.start[k]) < 1e-6)
            for j in 0..<4 { #expect(abs(model.transition[k][j] - f.transition[k][j]) < 1e-6) }
            #expect(abs(model.mean.0[k] - f.means[k][0]) < 1e-6 && abs(model.mean.1[k] - f.means[k][1]) < 1e-6)
            #expect(abs(model.covariance.0[k] - f.covariances[k][0][0]) < 1e-6)
            #expect(abs(model.covariance.1[k] - f.covariances[k][0][1]) < 1e-6)
            #expect(abs(model.covariance.2[k] - f.covariances[k][1][1]) < 1e-6)
        }
        let (probabilities, logLikelihood) = model.filtered(f.x, f.y)
        #expect(abs(logLikelihood - f.logLikelihood) < 1e-6 * abs(f.logLikelihood))
        for (row, expected) in zip(f.rows, f.filtered) {
            for k in 0..<4 { #expect(abs(probabilities[row][k] - expected[k]) < 1e-6, "row \(row)") }
        }
    }
}

@Suite struct HiddenMarkovTests {
    @Test func likelihoodNeverFalls() throws {
        let fit = try HiddenMarkovDetector().fit(marketBars(3_000), fittedOn: 0..<2_000)
        #expect(zip(fit.logLikelihoods, fit.logLikelihoods.dropFirst()).allSatisfy { $1 >= $0 - 1e-9 * abs($0) })
        for p in fit.probabilities { #expect(abs(p.sum() - 1) < 1e-12) }
    }

    @Test func tooFewBarsIsAnIssue() {
        #expect(throws: InputIssues.self) { try HiddenMarkovDetector().label(marketBars(600), noFeatures, fittedOn: 0..<400) }
    }

    /// A bar 60 standard deviations out, and a market that stands still: probabilities, not NaN.
    @Test func survivesStrangeData() throws {
        var bars = marketBars(2_000)
        for t in 1_500..<2_000 { bars.close[t] *= 1.6; bars.high[t] *= 1.6; bars.low[t] *= 1.6; bars.open[t] *= 1.6 }
        for p in try HiddenMarkovDetector().fit(bars, fittedOn: 0..<1_000).probabilities { #expect(abs(p.sum() - 1) < 1e-9) }
        for t in 0..<2_000 { bars.close[t] = 3; bars.high[t] = 3; bars.low[t] = 3; bars.open[t] = 3 }
        for p in try HiddenMarkovDetector().fit(bars, fittedOn: 0..<1_000).probabilities { #expect(abs(p.sum() - 1) < 1e-9) }
    }

    @Test func onRealData() throws {
        guard let bars = try hourlyBTC() else { return }
        let split = caseStudySplit(bars)
        var fit: HiddenMarkovDetector.Fit?
        let time = try milliseconds { fit = try HiddenMarkovDetector().fit(bars, fittedOn: split.train) }
        let labels = try HiddenMarkovDetector().label(bars, noFeatures, fittedOn: split.train)
        let s = RegimeSummary(labels, rows: split.train)
        print("hmm over \(split.train.count) training bars: \(fit!.logLikelihoods.count) steps, \(time) ms with labels; \(fit!.logLikelihoods.last!)")
        print("hmm train shares", s.shares, "runs", s.runs, "durations", s.meanDuration, s.impliedDuration)
        let balanced = try BalancedDetector().label(bars, noFeatures, fittedOn: split.train)
        let agreement = RegimeAgreement(balanced, labels, rows: split.train)
        print("agreement with balanced: equal \(agreement.equalShare), kappa \(agreement.kappa), confusion \(agreement.confusion)")
        #expect(s.shares.allSatisfy { $0 > 0.02 })
        #expect(agreement.kappa > 0.2)
    }
}
