internal import ComponentKit
package import MaskablePPO
package import NetworkKernels
internal import NumericKernels
package import Policies
internal import RealModule

/// Where the reward of a stage drives the policy that is about to enter it: HOLD's advantage over trading against the collapse fold of the mean field.
///
/// The policy plays the stage before it is trained on it, in an environment of its own: its HOLD share, the gap d of its advantages between HOLD and trading, their deviation sigma_T, and so
/// x = d / (c sigma_T) with the stage's entropy coefficient c. Past the fold are an x above .94, which leaves no stable mixture, and a smaller one that runs away from so high a HOLD share all the same
/// (`MeanField.collapses`). Judged is x less two standard errors, so that noise does not stop a run. A term that holds the policy to a teacher is not counted in.
///
/// Clipped PPO collapses well below the fold at times: not past it is no promise.
package struct FoldJudgement: Sendable, Equatable {
    /// Of the policy's decisions in the stage, in [0, 1]; on options of those taken flat.
    package let holdShare: Double
    /// Mean over the roll-outs played, with its standard error; nil without entropy coefficient, or where HOLD or trading never occurred.
    package let x: (estimate: Double, standardError: Double)?
    package let entropyCoefficient: Double
    package let rollouts: Int

    package init(holdShare: Double, x: (estimate: Double, standardError: Double)?, entropyCoefficient: Double, rollouts: Int = 1) {
        self.holdShare = holdShare
        self.x = x
        self.entropyCoefficient = entropyCoefficient
        self.rollouts = rollouts
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.holdShare == b.holdShare && a.x?.estimate == b.x?.estimate && a.x?.standardError == b.x?.standardError && a.entropyCoefficient == b.entropyCoefficient && a.rollouts == b.rollouts
    }

    /// Roll-outs at most: of a policy that sees one bar at a time, and of one that reads a long context.
    static let most = 32, mostInContext = 4
    /// Standard error of x that is small enough.
    static let precision = 0.1

    /// Plays `environment`, which is the caller's to throw away, with `policy`; neither the policy nor `normalizer` is changed.
    package init(
        _ policy: any ActorCritic, in environment: any TrainingEnvironment, _ settings: PPOSettings, normalizer: RunningNormalizer, entropyCoefficient c: Double, isOptions: Bool, seed: UInt64,
        team: ThreadTeam
    ) throws(TrainingFailure) {
        let collector = RolloutCollector(environment, settings, normalizer: normalizer)
        var monitor = CollapseMonitor(), held = 0.0, decisions = 0.0, played = 0
        let most = policy.contextRows > 1 ? Self.mostInContext : Self.most
        repeat {
            var random = RandomStream(seed: seed, purpose: "collapse fold", index: UInt64(played))
            try collector.collect(policy, &random, team: team)
            let facts = RolloutFacts(collector.rollout, kind: isOptions ? .options : .spot)
            held += facts.mix.counts.reduce(0) { $0 + $1[0] }
            decisions += facts.mix.total
            if let x = facts.x(entropyCoefficient: c) { monitor.take(x) }
            played += 1
        } while played < most && !(played >= 4 && monitor.meanX.map { $0.standardError < Self.precision } ?? (c <= 0))
        self.init(holdShare: decisions > 0 ? held / decisions : 0, x: monitor.meanX, entropyCoefficient: c, rollouts: played)
    }

    /// Whether PPO would run from this mix to HOLD alone.
    package var isPast: Bool {
        guard let x else { return false }
        let low = x.estimate - 2 * x.standardError
        return low > 0 && MeanField.collapses(x: low, from: max(1e-6, min(1 - 1e-6, holdShare)))
    }

    /// Smallest entropy coefficient at which the policy would not: the same gap and noise as judged.
    package var sufficientEntropy: Double? {
        guard let x, isPast else { return nil }
        let low = x.estimate - 2 * x.standardError
        // The largest x that this mix comes back from.
        let limit = holdShare > 1 - MeanField.fold.tradeShare ? MeanField.x(tradeShare: max(1e-6, 1 - holdShare)) : MeanField.fold.x
        return entropyCoefficient * low / limit
    }

    /// What is wrong, and what to do; nil where nothing is.
    package var warning: String? {
        guard let x, isPast, let enough = sufficientEntropy else { return nil }
        let hysteresis = x.estimate - 2 * x.standardError < MeanField.fold.x ? ", which a policy that holds this much does not come back from" : ", past the collapse fold at 0.94"
        return "HOLD is worth so much more than trading that x = \(rounded(x.estimate)) (standard error \(rounded(x.standardError)))\(hysteresis): from a HOLD share of \(rounded(100 * holdShare))% PPO runs to HOLD alone; an ent_coef above \(rounded(enough)) (it is \(rounded(entropyCoefficient))) or a smaller gap would keep a mixture"
    }

    private func rounded(_ x: Double) -> String {
        guard x.isFinite, x != 0 else { return "0" }
        let scale = Double.pow(10, 2 - Double.log10(abs(x)).rounded(.down))
        return shortNumber((x * scale).rounded() / scale)
    }
}
