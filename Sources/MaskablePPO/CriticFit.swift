internal import NumericKernels
internal import Policies

/// How the critic of a cloned policy is brought to where the policy's returns are, before PPO moves the policy.
public struct CriticFitSettings: Sendable, Equatable {
    /// Roll-outs of the cloned policy to learn from.
    public var rollouts = 8
    /// Passes over each.
    public var epochs = 10
    public var learningRate = 1e-3

    public init() {}
}

/// What a critic pre-fit did. Explained variance: 1 - Var(returns - values) / Var(returns); NaN where the returns do not vary.
public struct CriticFitReport: Sendable, Equatable {
    /// Of the fresh critic on the first roll-out, and of the fitted one on a last roll-out that it never learned from.
    public var before = Double.nan
    public var after = Double.nan
    /// Environment steps taken for it, which count towards no run's total.
    public var steps = 0

    public init() {}
}

extension PPOLearner {
    /// Fits the critic to the discounted returns (lambda 1, bootstrapped where an episode is cut) of roll-outs of the policy as it is.
    ///
    /// The actor keeps its weights to the bit; environment and episode records are put back, so that training starts where it would have; the
    /// statistics of normalised rewards are kept. Source: critic pre-fit on the cloned policy's own roll-outs, arXiv 2602.23804.
    package func fitCritic(_ settings: CriticFitSettings) throws(TrainingFailure) -> CriticFitReport {
        var report = CriticFitReport()
        let start = collector.environment.snapshot(), starts = collector.startsEpisode, episodes = collector.episodes
        var fitting = updater.settings
        fitting.learningRate = .constant(settings.learningRate)
        fitting.epochs = settings.epochs
        fitting.valueClipRange = nil
        fitting.targetKL = nil
        let fitter = PPOUpdater(fitting, actionCount: collector.environment.actionCount)
        policy.resetOptimizer()
        for round in 0...settings.rollouts {
            var random = RandomStream(seed: seed, purpose: "critic fit actions", index: UInt64(round))
            try collector.collect(policy, &random, team: team)
            rollout.estimateAdvantages(gamma: fitting.gamma, lambda: 1)
            report.steps += rollout.count
            if round == 0 { report.before = rollout.explainedVariance }
            if round == settings.rollouts {
                report.after = rollout.explainedVariance
                break
            }
            let count = rollout.count, seed = seed
            _ = try fitter.update(policy, on: rollout, remaining: 1, parts: .critic, team: team) { epoch in
                var random = RandomStream(seed: seed, purpose: "critic fit minibatches", index: UInt64(round) << 16 | UInt64(epoch))
                return randomPermutation(count, &random)
            }
        }
        policy.resetOptimizer()
        collector.environment.restore(start)
        collector.startsEpisode = starts
        collector.episodes = episodes
        if collector.normalizer.returns != nil { collector.normalizer.discounted = [Double](repeating: 0, count: starts.count) }
        return report
    }
}
