package import NetworkKernels
internal import NumericKernels
package import Policies

/// Proximal policy optimisation with action masks: roll-out, update, again (Schulman et al. 2017; Huang and Ontanon 2022).
///
/// Every roll-out and every epoch draws from a stream of its own, derived from the seed and the update's number. The state of a run is
/// therefore the policy, its optimiser, the environment, the statistics below and one counter: `LearnerState` and the policy's tensors
/// resume it to the same bytes, whatever the number of threads.
package final class PPOLearner {
    package let policy: any ActorCritic
    package let collector: RolloutCollector
    package let updater: PPOUpdater
    package let seed: UInt64
    package let totalSteps: Int
    package let team: ThreadTeam
    package var entropyController: EntropyController?
    /// What holds the policy to a teacher; nil leaves PPO as it is.
    package var guidance: TeacherGuidance?
    /// Updates done.
    package var updates = 0
    /// Epochs begun over all updates: Stable-Baselines3's `n_updates`.
    package var epochs = 0
    package var rollout: Rollout { collector.rollout }
    /// Environment steps taken, over all environments.
    package var steps: Int { updates * collector.rollout.count }

    package init(
        _ environment: any VectorEnvironment, policy: any ActorCritic, settings: PPOSettings, normalizer: RunningNormalizer? = nil, seed: UInt64,
        totalSteps: Int, team: ThreadTeam
    ) {
        self.policy = policy
        self.seed = seed
        self.totalSteps = totalSteps
        self.team = team
        collector = RolloutCollector(
            environment, settings,
            normalizer: normalizer ?? RunningNormalizer(observations: nil, rewards: false, environments: environment.environments))
        updater = PPOUpdater(settings, actionCount: environment.actionCount)
        entropyController = settings.entropyTarget.map {
            EntropyController(target: $0, initial: settings.entropyCoefficient.value(remaining: 1))
        }
    }

    package var isFinished: Bool { steps >= totalSteps }

    /// One roll-out. Call `improve` after it.
    package func collect() throws(TrainingFailure) {
        var random = RandomStream(seed: seed, purpose: "actions", index: UInt64(updates))
        try collector.collect(policy, &random, team: team)
    }

    /// One update on the roll-out just collected. The schedules see the progress after that roll-out, as in Stable-Baselines3.
    package func improve() throws(TrainingFailure) -> UpdateMetrics {
        let count = rollout.count, update = updates
        let remaining = 1 - Double((update + 1) * count) / Double(totalSteps)
        let isWarmUp = guidance?.warmsUp(update) ?? false
        // After the critic's warm-up Adam starts anew: its count and moments describe another task.
        if let guidance, update > 0, update == guidance.settings.criticWarmUp { policy.resetOptimizer() }
        guidance?.begin(update, rollout, remaining: remaining, isStatic: collector.environment is any ForeseeableEnvironment, team: team)
        let metrics = try updater.update(
            policy, on: rollout, remaining: remaining, entropyCoefficient: entropyController?.coefficient, parts: isWarmUp ? .critic : .both,
            guidance: guidance, number: update, team: team
        ) { epoch in
            var random = RandomStream(seed: seed, purpose: "minibatches", index: UInt64(update) << 16 | UInt64(epoch))
            return randomPermutation(count, &random)
        }
        updates += 1
        epochs += metrics.epochs
        if !isWarmUp { entropyController?.observe(relativeEntropy: relativeEntropy(metrics)) }
        return metrics
    }

    /// The update's mean entropy over the mean log of the number of allowed actions.
    package func relativeEntropy(_ metrics: UpdateMetrics) -> Double {
        var capacity = 0.0
        for mask in rollout.masks { capacity += logarithms[mask.nonzeroBitCount] }
        capacity /= Double(rollout.count)
        return capacity > 0 ? -metrics.entropyLoss / capacity : .nan
    }

    private let logarithms: [Double] = (0...32).map { fastLog(Double(max(1, $0))) }
}

