public import NeuralNetworks

/// The settings of PPO, under Stable-Baselines3's names and with its defaults.
public struct PPOSettings: Sendable, Equatable {
    /// How advantages are centred and scaled before they enter the loss.
    public enum AdvantageNormalization: String, Sendable, CaseIterable {
        /// Within each minibatch, as Stable-Baselines3 does.
        case minibatch
        /// Over the whole roll-out (ML-Agents).
        case rollout
        /// Within each regime of the roll-out: a regime that has gone quiet no longer lowers the noise of the others, and is not
        /// drowned by them. Regimes with fewer than 8 samples use the whole roll-out's scale.
        case regime
        case none
    }

    public var learningRate = Schedule.constant(3e-4)
    /// Steps of each environment in one roll-out.
    public var stepsPerRollout = 2048
    public var batchSize = 64
    public var epochs = 10
    public var gamma = 0.99
    public var gaeLambda = 0.95
    public var clipRange = Schedule.constant(0.2)
    /// nil: values are not clipped.
    public var valueClipRange: Schedule?
    public var entropyCoefficient = Schedule.constant(0)
    public var valueCoefficient = 0.5
    public var maxGradientNorm = 0.5
    /// An update ends early when the approximate KL divergence of a minibatch passes 1.5 times this; nil never.
    public var targetKL: Double?
    public var normalizeAdvantage = AdvantageNormalization.minibatch
    public var adamEpsilon = 1e-5
    /// Relative entropy (entropy over log of the number of allowed actions) that the entropy controller steers to, in (0, 1); nil: none.
    public var entropyTarget: Double?

    public init() {}
}

/// Steers the entropy coefficient so that the policy's relative entropy approaches a target.
///
/// After each update `c *= 1 + rate (target - entropy)`, kept within [1e-6, 10]: multiplicative, so that it works at any scale of reward.
public struct EntropyController: Sendable, Equatable {
    public let target: Double
    public var coefficient: Double
    public static let rate = 0.5

    public init(target: Double, initial: Double) {
        self.target = target
        coefficient = min(10, max(1e-6, initial))
    }

    /// `relativeEntropy` in [0, 1], of the steps on which more than one action was allowed; NaN (no such step) changes nothing.
    public mutating func observe(relativeEntropy: Double) {
        guard relativeEntropy.isFinite else { return }
        let factor = 1 + Self.rate * (target - relativeEntropy)
        coefficient = min(10, max(1e-6, coefficient * factor))
    }
}
