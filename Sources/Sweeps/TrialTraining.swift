internal import Foundation
internal import MaskablePPO
internal import NetworkKernels
package import Training
package import TradingTypes

/// What a trial came to: the policy on every split, and the noise of its advantages.
package struct TrialOutcome: Sendable {
    /// Training, validation and test bars.
    package var evaluations: [(split: SplitName, evaluation: PolicyEvaluation)]
    package var steps: Int
    /// Standard deviation of the raw advantages over the last tenth of the updates (sigma_A), and of those of trading steps (sigma_T).
    package var advantageDeviation: Double
    package var tradeAdvantageDeviation: Double

    package subscript(split: SplitName) -> PolicyEvaluation? { evaluations.first { $0.split == split }?.evaluation }
}

/// One training on one thread, without a run folder; the same policy, to the bit, as `TrainingRun` of the same experiment and seed makes.
package enum TrialTraining {
    package static let splits: [SplitName] = [.train, .validation, .test]

    /// Trains to the end. nil when `shouldStop` said so between two updates. A curriculum or a cloned start goes through a run in a temporary folder.
    /// Throws `TrainingFailure` (a loss that is not finite), and what reading demonstrations throws.
    package static func run(_ inputs: TrainingInputs, seed: UInt64, shouldStop: () -> Bool = { false }) throws -> TrialOutcome? {
        if inputs.experiment.curriculum != nil || inputs.experiment.cloning != nil { return try runInFolder(inputs, seed: seed, shouldStop: shouldStop) }
        let experiment = inputs.experiment
        let team = ThreadTeam(threads: 1)
        let environment = inputs.makeEnvironment(seed: seed)
        let normalizer = RunningNormalizer(
            observations: experiment.normalizesObservations ? environment.observationCount : nil, rewards: experiment.normalizesRewards, environments: experiment.environments)
        let learner = PPOLearner(
            environment, policy: inputs.makePolicy(seed: seed, team: team), settings: experiment.ppo, normalizer: normalizer, seed: seed, totalSteps: experiment.steps, team: team)
        let updates = (experiment.steps + learner.rollout.count - 1) / learner.rollout.count
        var noise = (all: 0.0, trade: 0.0, count: 0.0)
        while !learner.isFinished {
            if shouldStop() { return nil }
            try learner.collect()
            if learner.updates >= updates - max(1, updates / 10) {
                let facts = RolloutFacts(learner.rollout, kind: experiment.kind)
                noise = (noise.all + facts.advantageDeviation, noise.trade + facts.tradeAdvantageDeviation, noise.count + 1)
            }
            _ = try learner.improve()
        }
        let found = splits.map { split in
            (split: split, evaluation: inputs.evaluate(learner.policy, split, normalizer: learner.collector.normalizer, seed: seed, team: team))
        }
        return TrialOutcome(
            evaluations: found, steps: learner.steps, advantageDeviation: noise.all / max(1, noise.count), tradeAdvantageDeviation: noise.trade / max(1, noise.count))
    }

    private static func runInFolder(_ inputs: TrainingInputs, seed: UInt64, shouldStop: () -> Bool) throws -> TrialOutcome? {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-trial-\(UInt64.random(in: 0...UInt64.max))").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try TrainingRun(inputs, seed: seed, folder: folder, version: "trial", threads: 1, resuming: false)
        guard try run.run(shouldStop: shouldStop) == .finished else { return nil }
        return TrialOutcome(
            evaluations: splits.map { (split: $0, evaluation: run.evaluation($0)) }, steps: run.steps, advantageDeviation: .nan, tradeAdvantageDeviation: .nan)
    }
}
