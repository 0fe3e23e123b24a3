internal import MaskablePPO
internal import NetworkKernels
internal import NumericKernels
internal import Policies
package import Training

/// The training that a forecast is about, without a run folder: the same learner, environment and seeds as `assay train`, looked at on the way.
package enum ReferenceTraining {
    /// Trains one seed for `steps` and looks at the mix on the training bars at `looks` moments, evenly spaced, the last at the end.
    package static func run(_ inputs: TrainingInputs, seed: UInt64, steps: Int, looks: Int, threads: Int = 1) throws -> [MixSnapshot] {
        let experiment = inputs.experiment, team = ThreadTeam(threads: threads)
        let environment = inputs.makeEnvironment(seed: seed)
        let normalizer = RunningNormalizer(observations: nil, rewards: experiment.normalizesRewards, environments: experiment.environments)
        let learner = PPOLearner(
            environment, policy: inputs.makePolicy(seed: seed, team: team), settings: experiment.ppo, normalizer: normalizer, seed: seed, totalSteps: steps, team: team)
        let meter = MixMeter(inputs.market.table, rows: inputs.trainingRows, team: team)
        let updates = (steps + learner.rollout.count - 1) / learner.rollout.count
        var found: [MixSnapshot] = []
        while !learner.isFinished {
            try learner.collect()
            _ = try learner.improve()
            if learner.updates * looks / updates > (learner.updates - 1) * looks / updates { found.append(meter.look(learner.policy, step: learner.steps)) }
        }
        return found
    }
}
