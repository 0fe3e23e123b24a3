public import TradingTypes

/// One round of the search: what was trained or forecast, and what it did. S seeds, R regimes, A actions.
public struct SolveRound: Sendable {
    public enum Source: String, Sendable { case forecast, training }

    public var source: Source
    public var weights: [String: Double]
    public var entropyCoefficient: Double
    /// Whether the learning rate fell to 0 over the run.
    public var learningRateFalls = false
    /// Of its trainings or forecasts, [S].
    public var seeds: [UInt64]
    /// Mean probability of each action on the training bars, [S][R][A]; NaN where the regime has no bars.
    public var mixes: [[[Double]]]

    /// Mean over the seeds, [R][A].
    public var mean: [[Double]] {
        (mixes.first ?? []).indices.map { g in
            mixes[0][g].indices.map { a in mixes.reduce(0) { $0 + $1[g][a] } / Double(mixes.count) }
        }
    }

    var levers: TrainingLevers { TrainingLevers(entropy: entropyCoefficient, falls: learningRateFalls) }

    /// Log-odds ln(2p / (1 - p)) of an action's share by seed: 0 where three actions share alike.
    func logOdds(_ regime: Int, _ action: Int) -> [Double] { mixes.map { RewardSolver.logOdds(min(0.999, max(0.001, $0[regime][action]))) } }
}

/// What a search ended with.
public struct SolveResult: Sendable {
    public enum Status: String, Sendable { case solved, infeasible }

    /// The mix of a regime that fresh seeds are expected to have.
    public struct Forecast: Sendable {
        /// [A]
        public var sampled: [Double]
        /// 90% of the seeds lie within, for every action that has a band.
        public var bands90: [Int: ClosedRange<Double>]

        public var hold: Double { sampled[0] }
    }

    /// Trainings on fresh seeds: sampled shares on one split, [S][R][A].
    public struct Verification: Sendable {
        public var split: SplitName
        public var seeds: [UInt64]
        public var mixes: [[[Double]]]
    }

    public var status: Status
    /// All weights, by term; those of the reward itself where nothing was found.
    public var weights: [String: Double]
    public var entropyCoefficient: Double
    /// Whether the learning rate is to fall to 0 over the run.
    public var learningRateFalls = false
    /// [R], nil for regimes without a band.
    public var forecast: [Forecast?]
    /// Probability, by the search's own trainings, that a fresh seed lies inside all bands; nil without trainings.
    public var confidence: Double?
    /// Why there is no answer; empty where there is one.
    public var conflicts: [String]
    /// Why settings of the training moved, in words.
    public var reasons: [String] = []
    /// In the order they were made; the first training is of the reward as it was.
    public var rounds: [SolveRound]
    public var verified: [Verification]

    /// The reward as it was, trained.
    public var present: SolveRound? { rounds.first { $0.source == .training } }

    /// Fresh seeds inside all bands on a split.
    public func inside(_ split: SplitName, _ target: SolveTarget) -> Int? {
        verified.first { $0.split == split }.map { found in
            found.mixes.count { mix in target.bands.allSatisfy { $0.share.contains(mix[$0.regime][$0.action]) } }
        }
    }
}
