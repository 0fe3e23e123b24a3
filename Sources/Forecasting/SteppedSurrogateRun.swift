package import MaskablePPO
package import NetworkKernels
internal import NumericKernels
package import Policies

/// A surrogate run on an environment in which what is seen depends on what was done: options, and the spot market with the agent's own state in view.
///
/// Roll-outs are collected as in training, a step at a time; what is saved is passes over them.
package final class SteppedSurrogateRun {
    package var policy: MLPPolicy { learner.policy }
    private let learner: SurrogateLearner
    private let collector: RolloutCollector
    private let seed: UInt64
    private let team: ThreadTeam

    package init(
        _ environment: any VectorEnvironment, _ ppo: PPOSettings, _ settings: SurrogateSettings, hidden: [Int], batchNorm: Bool, normalizesRewards: Bool, seed: UInt64, team: ThreadTeam
    ) {
        self.seed = seed
        self.team = team
        learner = SurrogateLearner(
            ppo, environments: environment.environments, settings, observations: environment.observationCount, actions: environment.actionCount, hidden: hidden,
            batchNorm: batchNorm, seed: seed, team: team)
        collector = RolloutCollector(
            environment, learner.ppo, normalizer: RunningNormalizer(observations: nil, rewards: normalizesRewards, environments: environment.environments))
    }

    /// Makes the fresh policy hold with probability `share` everywhere.
    package func hold(_ share: Double) throws(TensorMismatch) { try learner.hold(share) }

    /// Runs `updates` updates and calls `look` after each.
    package func run(updates: Int, look: (Int) -> Void) throws(TrainingFailure) {
        for update in 0..<updates {
            var random = RandomStream(seed: seed, purpose: "actions", index: UInt64(update))
            try collector.collect(learner.policy, &random, team: team)
            try learner.improve(on: collector.rollout, update, of: updates)
            look(update + 1)
        }
    }
}
