internal import ComponentKit
public import Training
public import TradingTypes

/// What a sweep keeps of one trial.
public struct TrialRecord: Sendable, Equatable {
    /// Index into the sweep's points.
    public var point: Int
    public var seed: UInt64
    /// Why the training failed (a loss that is not finite); nil where it ended well.
    public var failure: String?
    public var steps = 0
    /// Standard deviation of the raw advantages at the end (sigma_A) and of those of trading steps (sigma_T); nil where not measured.
    public var advantageDeviation: Double?
    public var tradeAdvantageDeviation: Double?
    public var splits: [SplitRecord] = []

    public subscript(split: SplitName) -> SplitRecord? { splits.first { $0.split == split } }
}

/// The trained policy on one split.
public struct SplitRecord: Sendable, Equatable {
    public var split: SplitName
    public var policyClass: PolicyClass
    /// Mean relative entropy, 0 to 1.
    public var entropy: Double
    public var roundTrips: Int
    public var netReturn: Double
    public var sharpe: Double?
    public var maxDrawdown: Double
    public var sampled: ActionMix
    public var argmax: ActionMix
    public var meanProbability: ActionMix
}

extension TrialRecord {
    package init(point: Int, seed: UInt64, _ outcome: TrialOutcome) {
        self.init(point: point, seed: seed)
        steps = outcome.steps
        advantageDeviation = outcome.advantageDeviation.isFinite ? outcome.advantageDeviation : nil
        tradeAdvantageDeviation = outcome.tradeAdvantageDeviation.isFinite ? outcome.tradeAdvantageDeviation : nil
        splits = outcome.evaluations.map { split, e in
            SplitRecord(
                split: split, policyClass: e.policyClass, entropy: e.entropy, roundTrips: e.sampledResult.roundTrips, netReturn: e.sampledResult.netReturn,
                sharpe: e.sampledResult.sharpe, maxDrawdown: e.sampledResult.maxDrawdown, sampled: e.sampled, argmax: e.argmax, meanProbability: e.meanProbability)
        }
    }
}
