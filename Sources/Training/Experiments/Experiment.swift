public import Environments
public import Features
public import MaskablePPO
internal import OptionsEnvironment
internal import NeuralNetworks
package import RunRecords
public import TradingTypes

/// The network of a policy.
public enum PolicySettings: Sendable, Equatable {
    /// Actor and critic apart, tanh. `batchNorm` normalises every hidden layer before its tanh.
    case mlp(hidden: [Int], batchNorm: Bool, observesRegime: Bool)
    /// The regime-conditioned Transformer of the BTC case.
    case regimeTransformer(TransformerSettings)

    /// Bars that one decision reads.
    public var context: Int {
        switch self {
        case .mlp: 1
        case .regimeTransformer(let settings): settings.context
        }
    }
}

/// Sizes of the regime-conditioned Transformer; defaults are the BTC case's.
public struct TransformerSettings: Sendable, Equatable {
    public enum Positions: String, Sendable, CaseIterable { case learned, sinusoidal }

    public var context = 100
    public var width = 256
    public var layers = 3
    public var heads = 4
    public var feedForward = 1024
    public var headHidden = 256
    public var dropout = 0.0
    public var positions = Positions.learned

    public init() {}
}

/// Everything a training run needs, by name: an experiment file after defaults and `--set`.
public struct Experiment: Sendable {
    public var name = ""
    public var about = ""
    /// The argument of `--bars`.
    public var bars = "synthetic:btc-hourly"
    /// Dates as written; nil where absent.
    public var from: String?
    public var to: String?
    public var timeZone: String?
    public var fractions: (train: Double, validation: Double, test: Double) = (60, 20, 20)
    public var featureSet = "btc-44"
    public var denoise = Denoise.none
    public var detector = "balanced"
    public var kind = EnvironmentKind.spot
    public var spot = SpotConfiguration()
    public var options = OptionsSettings()
    /// Bars of one episode; it starts at a random bar of the split and is truncated, not terminated.
    public var episodeBars = 720
    /// The reward file, and the options of its switches.
    public var reward = ""
    public var switches: [String: String] = [:]
    /// What the policy sees of its own state on the spot market, after the features.
    public var observedState: [SpotState] = []
    public var policy = PolicySettings.mlp(hidden: [64, 64], batchNorm: false, observesRegime: true)
    public var environments = 8
    public var ppo = PPOSettings()
    public var normalizesObservations = false
    public var normalizesRewards = false
    public var steps = 1_000_000
    public var seeds: [UInt64] = [1]
    /// Updates between two evaluations of the policy on the training and validation bars.
    public var evaluationInterval = 10
    /// Checkpoints kept.
    public var checkpoints = 3
    /// Where the policy starts from a teacher; nil where it starts from random weights.
    public var cloning: CloningPlan?
    /// The curriculum file; nil trains on the whole task from the start.
    public var curriculum: String?

    public init() {}

    /// Every parameter after defaults, under the names of the file; what the manifest records and hashes. The seed is the run's own.
    package var parameters: JSONValue {
        func schedule(_ s: Schedule) -> JSONValue {
            s.constantValue.map { .number($0) } ?? .text(s.description)
        }
        func optional(_ text: String?) -> JSONValue { text.map { .text($0) } ?? .null }
        let policyNode: JSONValue
        switch policy {
        case .mlp(let hidden, let batchNorm, let observesRegime):
            policyNode = [
                "kind": "mlp", "hidden": .list(hidden.map { .integer($0) }), "batch_norm": .bool(batchNorm), "observe_regime": .bool(observesRegime),
            ]
        case .regimeTransformer(let t):
            policyNode = [
                "kind": "regime_transformer", "context": .integer(t.context), "width": .integer(t.width), "layers": .integer(t.layers),
                "heads": .integer(t.heads), "feed_forward": .integer(t.feedForward), "head_hidden": .integer(t.headHidden), "dropout": .number(t.dropout),
                "positions": .text(t.positions.rawValue),
            ]
        }
        var nodes: [String: JSONValue] = [
            "name": .text(name),
            "data": [
                "bars": .text(bars), "from": optional(from), "to": optional(to), "time_zone": optional(timeZone),
                "split": .list([.number(fractions.train), .number(fractions.validation), .number(fractions.test)]),
            ],
            "features": ["set": .text(featureSet), "denoise": .text(denoise.rawValue)],
            "regimes": ["detector": .text(detector)],
            "environment": kind == .options ? optionsParameters : [
                "kind": "spot", "fee_bps": .number(spot.feeBasisPoints), "slippage_bps": .number(spot.slippageBasisPoints),
                "hold": .text(spot.hold.rawValue), "fill": .text(spot.fill.rawValue), "funding_bps": .number(spot.fundingBasisPointsPer8h),
                "borrow_bps": .number(spot.borrowBasisPointsPerYear), "episode_bars": .integer(episodeBars), "observe": .list(observedState.map { .text($0.rawValue) }),
            ],
            "reward": .text(reward), "switches": .object(switches.mapValues { .text($0) }),
            "policy": policyNode,
            "ppo": [
                "environments": .integer(environments), "learning_rate": schedule(ppo.learningRate), "n_steps": .integer(ppo.stepsPerRollout),
                "batch_size": .integer(ppo.batchSize), "n_epochs": .integer(ppo.epochs), "gamma": .number(ppo.gamma), "gae_lambda": .number(ppo.gaeLambda),
                "clip_range": schedule(ppo.clipRange), "clip_range_vf": ppo.valueClipRange.map(schedule) ?? .null,
                "ent_coef": schedule(ppo.entropyCoefficient), "entropy_target": ppo.entropyTarget.map { .number($0) } ?? .null,
                "vf_coef": .number(ppo.valueCoefficient), "max_grad_norm": .number(ppo.maxGradientNorm),
                "target_kl": ppo.targetKL.map { .number($0) } ?? .null, "normalize_advantage": .text(ppo.normalizeAdvantage.rawValue),
                "adam_epsilon": .number(ppo.adamEpsilon),
            ],
            "normalize": ["observations": .bool(normalizesObservations), "rewards": .bool(normalizesRewards)],
            "steps": .integer(steps), "evaluate_every": .integer(evaluationInterval), "keep_checkpoints": .integer(checkpoints),
        ]
        if let cloning {
            nodes["teacher"] = ["demonstrations": .text(cloning.demonstrations)]
            nodes["cloning"] = cloning.parameters
        }
        if let curriculum { nodes["curriculum"] = .text(curriculum) }
        return .object(nodes)
    }
}
