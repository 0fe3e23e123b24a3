internal import MaskablePPO
internal import NetworkKernels
internal import NumericKernels
internal import Policies
package import Training

/// The training that a forecast is about, without a run folder: the same learner, environment and seeds as `assay train`, looked at on the way.
package enum ReferenceTraining {
    /// Trains one seed for `steps` and looks at the mix on the training bars at `looks` moments, evenly spaced, the last at the end. Not where the position matters.
    package static func run(_ inputs: TrainingInputs, seed: UInt64, steps: Int, looks: Int, threads: Int = 1) throws -> [MixSnapshot] {
        let team = ThreadTeam(threads: threads), meter = MixMeter(inputs.market.table, rows: inputs.trainingRows, team: team)
        return try train(inputs, seed: seed, steps: steps, looks: looks, team: team) { meter.look($0, step: $1) }
    }

    /// The same with and without a position apart.
    package static func positions(_ inputs: TrainingInputs, seed: UInt64, steps: Int, looks: Int, threads: Int = 1) throws -> [PositionSnapshot] {
        let team = ThreadTeam(threads: threads), meter = PositionMeter(inputs, team: team)
        return try train(inputs, seed: seed, steps: steps, looks: looks, team: team) { meter.look($0, step: $1, seed: seed) }
    }

    private static func train<Look>(
        _ inputs: TrainingInputs, seed: UInt64, steps: Int, looks: Int, team: ThreadTeam, look: (any ActorCritic, Int) -> Look
    ) throws -> [Look] {
        let experiment = inputs.experiment, environment = inputs.makeEnvironment(seed: seed)
        let normalizer = RunningNormalizer(observations: nil, rewards: experiment.normalizesRewards, environments: experiment.environments)
        let learner = PPOLearner(
            environment, policy: inputs.makePolicy(seed: seed, team: team), settings: experiment.ppo, normalizer: normalizer, seed: seed, totalSteps: steps, team: team)
        let updates = (steps + learner.rollout.count - 1) / learner.rollout.count
        var found: [Look] = []
        while !learner.isFinished {
            try learner.collect()
            _ = try learner.improve()
            if learner.updates * looks / updates > (learner.updates - 1) * looks / updates { found.append(look(learner.policy, learner.steps)) }
        }
        return found
    }
}
