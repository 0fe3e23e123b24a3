public import Training

/// What to forecast, and at what cost.
public struct ForecastSettings: Sendable, Equatable {
    /// Where the run to be forecast begins.
    public enum Start: Sendable, Equatable {
        /// Random weights: every action about equally likely.
        case fresh
        /// A policy that holds with this probability on every bar, in (0, 1): a collapsed checkpoint, or the mix a curriculum's last stage ended with.
        case holding(Double)
    }

    /// Environment steps of the run; nil takes the experiment's.
    public var steps: Int?
    public var start = Start.fresh
    /// Draws episodes, actions and first weights.
    public var seed: UInt64 = 1
    /// Looks at the mix on the way, the last at the end.
    public var curvePoints = 12
    /// Whether the abstract process is solved too, where the agent's position matters; nil: where that is expected to cost no more than a quarter of the training (`RestCost`).
    public var solvesRest: Bool?
    /// Surrogate runs whose mean is the forecast, at least 1, each at the full price.
    public var runs = 1
    /// Share of the standard effort, in (0, 1]: the surrogate run is that much cheaper, and its error larger. 1 is what the calibration was measured with.
    public var effort = 1.0
    /// How the surrogate run economises.
    package var surrogate = SurrogateSettings()

    public init() {}
}

/// Which way a resumed or a fresh policy falls. The fresh one is the forecast's; the resumed one, which has learnt no edge, follows the mean field of the mean pay.
public enum HysteresisWarning: String, Sendable {
    /// Neither is held by HOLD.
    case none
    /// A fresh policy ends below 80% HOLD; one that already holds on 95% of the bars is not drawn back by the mean pay. `ForecastSettings.start` tells how
    /// learning the training bars frees it later.
    case resumedCollapses = "resumed_collapses"
    /// Both end at 80% HOLD or above.
    case bothCollapse = "both_collapse"
    /// Pay depends on the agent's path, which the mean field does not follow.
    case unknown
}

/// The mix forecast for one regime. Shares in [0, 1], in the order of the actions.
public struct RegimeForecast: Sendable, Equatable {
    public let regime: String
    /// Training bars in this regime; on options the decisions that were taken flat.
    public let bars: Int
    /// Mean over seeds of the probability of each action, [A].
    public let sampled: [Double]
    /// Share of the bars on which each action is the likeliest, [A].
    public let argmax: [Double]
    /// 90% band of the mean over three seeds, [A]: what the calibration was measured on.
    public let band90: [ClosedRange<Double>]
    /// 90% band of one run.
    public let runBand90: [ClosedRange<Double>]
    /// x = d / (c sigma_T) at the start of training, on the regime's mean pay: HOLD's advantage over trading in units of the temperature of a policy that only trades.
    /// Above .94 the mean field has no stable mixture. nil without entropy coefficient or without noise in what trading pays.
    public let x: Double?
    /// The share of HOLD that choosing by the regime's mean pay alone would give: the naive forecast.
    public let naiveHold: Double
}

/// The forecast mix at one step of training.
public struct ForecastPoint: Sendable, Equatable {
    public let step: Int
    /// [R][A]
    public let sampled: [[Double]]
    /// Of all bars, [A].
    public let overall: [Double]
    /// 90% band of HOLD over all bars, of one run.
    public let holdBand90: ClosedRange<Double>
    /// Probability that a run's HOLD share has been at least 80% at some look up to here.
    public let collapseProbability: Double
}

/// The action mix that PPO with an experiment's settings reaches on a reward, before any training.
public struct RewardForecast: Sendable, Equatable {
    public let name: String
    public let actions: [String]
    public let steps: Int
    public let entropyCoefficient: Double
    public let gamma: Double
    public let regimes: [RegimeForecast]
    public let curve: [ForecastPoint]
    /// Shares over all training bars, on options over all decisions taken flat, [A].
    public let overall: [Double]
    public let argmax: [Double]
    /// 90% band of HOLD over all bars, of the mean over three seeds.
    public let holdBand90: ClosedRange<Double>
    /// Of the forecast shares; `undecided` where the band reaches over a class's line.
    public let policyClass: PolicyClass
    /// Of the forecast shares themselves, never `undecided`.
    public let likeliestClass: PolicyClass
    /// That HOLD is at least 80% of the bars at the end; the largest over the run is in the curve's last point.
    public let collapseProbability: Double
    public let hysteresis: HysteresisWarning
    /// With and without a position apart, where pay or observations depend on it.
    public let position: PositionForecast?
    /// Smallest entropy coefficient at which HOLD is forecast to stay below 80%; nil when it was not looked for.
    public internal(set) var smallestEntropyCoefficient: Double?
    /// Layer widths of the perceptron that stood for another network; nil where the network was the experiment's own.
    public internal(set) var standIn: [Int]?
    /// Mean absolute error of the method's HOLD share for one regime, in [0, 1], as measured in the study.
    public let expectedError: Double
    /// Processor seconds the forecast took.
    public let seconds: Double

    /// The same forecast with the smallest entropy coefficient that was looked for.
    public func with(smallestEntropyCoefficient: Double?) -> RewardForecast {
        var copy = self
        copy.smallestEntropyCoefficient = smallestEntropyCoefficient
        return copy
    }

    public func regime(_ name: String) -> RegimeForecast? { regimes.first { $0.regime == name } }
}
