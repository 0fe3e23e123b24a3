package import MaskablePPO
internal import NetworkKernels
internal import NeuralNetworks
internal import NumericKernels
internal import Policies
internal import RealModule

/// How a surrogate run economises.
package struct SurrogateSettings: Sendable, Equatable {
    /// What stands for the critic.
    package enum Critic: Sendable, Equatable {
        /// Each regime's mean return, moving by `rate` of the way a roll-out.
        case regimeMeans(rate: Double)
        /// The real network, taught for fewer epochs at a higher rate; `rateFactor` nil: `criticRateFactor`.
        case network(epochs: Int, batchFactor: Int, rateFactor: Double?)
    }

    /// Times the batch size. Advantages are scaled in groups of the training's own size, so that rare actions weigh what they weigh there.
    package var batchFactor = 2
    /// Times the epochs; at least one is left.
    package var epochShare = 1.0
    /// Share of the steps of each roll-out that are played.
    package var rolloutShare = 0.5
    /// Times the learning rate; nil: the square root of `stepRatio`, which leaves the size of the random walk that drawn roll-outs make as it is in training.
    package var rateFactor: Double?
    package var critic = Critic.network(epochs: 1, batchFactor: 1, rateFactor: nil)

    package init() {}

    /// Steps of Adam in training for each one here.
    package var stepRatio: Double { Double(batchFactor) / (epochShare * rolloutShare) }

    /// What the critic's learning rate is multiplied by where it takes one step for `ratio` of the training's.
    ///
    /// At a rate of 3e-4 and above a critic has learnt what it can in any case, and sqrt(`ratio`) leaves its noise as it is; at 3e-5 and below it is on its way throughout, and only
    /// `ratio` leaves that as long as it is. Powers between.
    package static func criticRateFactor(_ rate: Double, ratio: Double) -> Double {
        let decades = Double.log(rate / 3e-5) / Double.log(10)
        return Double.pow(ratio, 1 - 0.5 * min(1, max(0, decades)))
    }

    /// The actor's settings: `ppo` of the training, cut down.
    package func actor(_ ppo: PPOSettings, environments: Int) -> PPOSettings {
        var ppo = ppo
        ppo.stepsPerRollout = max(8, Int((Double(ppo.stepsPerRollout) * rolloutShare).rounded()))
        ppo.batchSize = min(ppo.stepsPerRollout * environments, ppo.batchSize * batchFactor)
        ppo.epochs = max(1, Int((Double(ppo.epochs) * epochShare).rounded()))
        ppo.learningRate = ppo.learningRate.scaled(by: rateFactor ?? stepRatio.squareRoot())
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
        updater.normalizationGroup = training.batchSize
        updater.remember(settings.stepRatio)
        if case .network(let epochs, let batchFactor, let rateFactor) = settings.critic {
            var taught = ppo
            taught.epochs = epochs
            taught.batchSize = min(ppo.stepsPerRollout * environments, training.batchSize * batchFactor)
            let ratio = Double(batchFactor * training.epochs) / (Double(epochs) * settings.rolloutShare), rate = training.learningRate
            taught.learningRate = rate.scaled(by: rateFactor ?? SurrogateSettings.criticRateFactor(rate.from, ratio: ratio))
            taught.targetKL = nil
            let updater = PPOUpdater(taught, actionCount: actions)
            updater.remember(ratio)
            criticUpdater = updater
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

extension PPOUpdater {
    /// Lets Adam remember as many samples as in training, not as many steps, when each step stands for `ratio` of the training's.
    fileprivate func remember(_ ratio: Double) { decay = (Double.pow(decay.first, ratio), Double.pow(decay.second, ratio)) }
}

extension Schedule {
    /// The same course, times `factor`.
    func scaled(by factor: Double) -> Schedule { Schedule(shape, from: from * factor, to: to * factor, warmUp: warmUp) }
}
