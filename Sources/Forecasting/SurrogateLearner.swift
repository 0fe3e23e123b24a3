internal import MaskablePPO
internal import NetworkKernels
internal import NeuralNetworks
internal import NumericKernels
internal import Policies

/// How a surrogate run economises.
package struct SurrogateSettings: Sendable, Equatable {
    /// What stands for the critic.
    package enum Critic: Sendable, Equatable {
        /// Each regime's mean return, moving by `rate` of the way a roll-out.
        case regimeMeans(rate: Double)
        /// The real network, taught for fewer epochs at a higher rate.
        case network(epochs: Int, batchFactor: Int, rateFactor: Double)
    }

    /// Times the batch size.
    package var batchFactor = 4
    /// Times the learning rate.
    package var rateFactor = 4.0
    /// Times the epochs; at least one is left.
    package var epochShare = 0.5
    /// Share of the steps of each roll-out that are played.
    package var rolloutShare = 1.0
    package var critic = Critic.network(epochs: 1, batchFactor: 2, rateFactor: 3)

    package init() {}

    /// The actor's settings: `ppo` of the training, cut down.
    func actor(_ ppo: PPOSettings, environments: Int) -> PPOSettings {
        var ppo = ppo
        ppo.stepsPerRollout = max(8, Int((Double(ppo.stepsPerRollout) * rolloutShare).rounded()))
        ppo.batchSize = min(ppo.stepsPerRollout * environments, ppo.batchSize * batchFactor)
        ppo.epochs = max(1, Int((Double(ppo.epochs) * epochShare).rounded()))
        ppo.learningRate = ppo.learningRate.scaled(by: rateFactor)
        return ppo
    }
}

/// Actor and critic of a surrogate run, and how a roll-out moves each of them apart.
final class SurrogateLearner {
    let policy: MLPPolicy
    /// The actor's settings.
    let ppo: PPOSettings
    private let updater: PPOUpdater, criticUpdater: PPOUpdater?
    private let seed: UInt64
    private let team: ThreadTeam
    /// Adam's count of each part: they take different numbers of steps.
    private var actorSteps = 0, criticSteps = 0

    var hasCritic: Bool { criticUpdater != nil }

    init(
        _ training: PPOSettings, environments: Int, _ settings: SurrogateSettings, observations: Int, actions: Int, hidden: [Int], batchNorm: Bool, seed: UInt64, team: ThreadTeam
    ) {
        ppo = settings.actor(training, environments: environments)
        self.seed = seed
        self.team = team
        policy = MLPPolicy(observations: observations, actions: actions, hidden: hidden, batchNorm: batchNorm, seed: seed)
        updater = PPOUpdater(ppo, actionCount: actions)
        if case .network(let epochs, let batchFactor, let rateFactor) = settings.critic {
            var taught = ppo
            taught.epochs = epochs
            taught.batchSize = min(ppo.stepsPerRollout * environments, training.batchSize * batchFactor)
            taught.learningRate = training.learningRate.scaled(by: rateFactor)
            taught.targetKL = nil
            criticUpdater = PPOUpdater(taught, actionCount: actions)
        } else {
            criticUpdater = nil
        }
    }

    /// Makes the fresh policy hold with probability `share` wherever it may do one of two other things, by the bias of its last layer:
    /// (0, 1) -> logits ln(2 share / (1 - share)), 0, 0, ...
    func hold(_ share: Double) throws(TensorMismatch) {
        var named: [String: NamedTensor] = [:]
        for tensor in policy.tensors() { named[tensor.name] = tensor }
        let name = "action_net.bias"
        guard var bias = named[name] else { preconditionFailure("the policy has no \(name)") }
        bias.values[0] = Float(ForecastCalibration.logit(share) + 0.693_147_180_559_945)
        named[name] = bias
        try policy.load(named, includingOptimizer: false)
    }

    func improve(on rollout: Rollout, _ update: Int, of updates: Int) throws(TrainingFailure) {
        let count = rollout.count, seed = seed, remaining = 1 - Double(update + 1) / Double(updates)
        func order(_ purpose: String, _ epoch: Int) -> [Int32] {
            var random = RandomStream(seed: seed, purpose: purpose, index: UInt64(update) << 16 | UInt64(epoch))
            return randomPermutation(count, &random)
        }
        if let criticUpdater {
            policy.optimizerSteps = criticSteps
            let metrics = try criticUpdater.update(policy, on: rollout, remaining: remaining, parts: .critic, team: team) { order("critic minibatches", $0) }
            criticSteps = policy.optimizerSteps
            // Actor and critic are clipped together: where the critic's gradient is large, the actor's is scaled down with it, and Adam's epsilon is then no longer small beside it.
            updater.settings.adamEpsilon = ppo.adamEpsilon * max(1, metrics.gradientNorm / ppo.maxGradientNorm)
        }
        policy.optimizerSteps = actorSteps
        _ = try updater.update(policy, on: rollout, remaining: remaining, parts: .actor, team: team) { order("minibatches", $0) }
        actorSteps = policy.optimizerSteps
    }
}

extension Schedule {
    /// The same course, times `factor`.
    func scaled(by factor: Double) -> Schedule { Schedule(shape, from: from * factor, to: to * factor, warmUp: warmUp) }
}
