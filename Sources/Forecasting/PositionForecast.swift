public import AbstractMDP
public import Training

/// What is forecast where the agent's own position matters: its mix with nothing in hand and with something, its trades, and the point that training tends to.
///
/// R regimes, A actions; shares in [0, 1], of decisions in which more than one action is allowed.
public struct PositionForecast: Sendable, Equatable {
    /// What the surrogate run does while flat and while something is held, by regime, [R].
    public let flat, held: [SituationForecast]
    /// Positions closed or turned over, a day on options, a thousand bars on the spot market.
    public let roundTrips: Double
    /// `day` or `1,000 bars`.
    public let roundTripsPer: String
    /// The abstract process at rest; nil where it was left out, for `restReason`.
    public let rest: RestForecast?
    /// Why there is no point of rest, in words; nil where there is one.
    public let restReason: String?
    /// Decisions by situation of all regimes together.
    public var flatHold: Double { Self.hold(flat) }
    public var heldHold: Double { Self.hold(held) }

    /// HOLD over all regimes, weighted by their decisions; NaN without any.
    static func hold(_ situations: [SituationForecast]) -> Double {
        let all = situations.reduce(0.0) { $0 + $1.decisions }
        return all > 0 ? situations.reduce(0.0) { $0 + $1.sampled[0] * $1.decisions } / all : .nan
    }
}

/// The mix of one situation in one regime.
public struct SituationForecast: Sendable, Equatable {
    /// Decisions met in a look at all training days or bars.
    public let decisions: Double
    /// Mean probability of each action and share of decisions in which it is the likeliest, [A]; zeros without decisions.
    public let sampled, argmax: [Double]
    /// 90% band of the mean over three seeds, [A].
    public let band90: [ClosedRange<Double>]
}

/// The abstract process of a reward (regime x position x age x profit x tiers), solved on the training data at zero edge: what training tends to, however long it takes.
public struct RestForecast: Sendable, Equatable {
    public struct Policy: Sendable, Equatable {
        public let mix: SituationMix
        public let policyClass: PolicyClass
        /// As of `PositionForecast`.
        public let roundTrips: Double
        /// Largest Bellman residual over the largest reward, or 1.
        public let residual: Double
    }

    public let states: Int
    /// Optimum; optimum with entropy in the returns; where PPO with normalised advantages comes to rest.
    public let hard, soft, ppo: Policy
    /// Temperature of the last two: entropy coefficient x deviation of the advantages at rest.
    public let temperature: Double
    /// Terms whose memory the states cannot hold, and names that they do not tell apart: means over a coin-flip path.
    public let averaged: [String]

    public var residual: Double { max(hard.residual, soft.residual, ppo.residual) }
}
