internal import Environments
package import MaskablePPO
package import NetworkKernels
internal import NeuralNetworks
internal import NumericKernels
package import Policies
package import Training

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
}

/// What is trained: a market with its pay, the bars to train on, and how.
package struct SurrogateProblem {
    package var market: SpotTrainingMarket
    package var rows: Range<Int>
    package var environments: Int
    package var episodeBars: Int
    package var ppo: PPOSettings

    package init(_ inputs: TrainingInputs) {
        market = inputs.market
        rows = inputs.trainingRows
        environments = inputs.experiment.environments
        episodeBars = inputs.experiment.episodeBars
        ppo = inputs.experiment.ppo
    }
}

/// A run that moves an actor as PPO would, for less: the actor alone is a network, in larger minibatches.
package final class SurrogateRun {
    package let policy: MLPPolicy
    private let market: SpotTrainingMarket
    private let environment: SpotVectorEnvironment
    private let settings: SurrogateSettings
    private let ppo: PPOSettings
    private let rollout: Rollout
    private let updater: PPOUpdater, criticUpdater: PPOUpdater?
    private let critic: MLPPolicy?
    private let seed: UInt64
    private let team: ThreadTeam
    private var regimeValues: [Float]
    private let logits, logProbabilities, probabilities, values: FloatBlock

    package init(_ problem: SurrogateProblem, _ settings: SurrogateSettings, hidden: [Int], batchNorm: Bool, seed: UInt64, team: ThreadTeam) {
        market = problem.market
        self.settings = settings
        self.seed = seed
        self.team = team
        var ppo = problem.ppo
        ppo.stepsPerRollout = max(8, Int((Double(ppo.stepsPerRollout) * settings.rolloutShare).rounded()))
        let count = ppo.stepsPerRollout * problem.environments
        ppo.batchSize = min(count, ppo.batchSize * settings.batchFactor)
        ppo.epochs = max(1, Int((Double(ppo.epochs) * settings.epochShare).rounded()))
        ppo.learningRate = ppo.learningRate.scaled(by: settings.rateFactor)
        self.ppo = ppo
        environment = SpotVectorEnvironment(market, rows: problem.rows, environments: problem.environments, episodeBars: problem.episodeBars, seed: seed)
        policy = MLPPolicy(observations: environment.observationCount, actions: environment.actionCount, hidden: hidden, batchNorm: batchNorm, seed: seed)
        updater = PPOUpdater(ppo, actionCount: environment.actionCount)
        if case .network(let epochs, let batchFactor, let rateFactor) = settings.critic {
            var taught = ppo
            taught.epochs = epochs
            taught.batchSize = min(count, problem.ppo.batchSize * batchFactor)
            taught.learningRate = problem.ppo.learningRate.scaled(by: rateFactor)
            taught.targetKL = nil
            criticUpdater = PPOUpdater(taught, actionCount: environment.actionCount)
            critic = MLPPolicy(observations: environment.observationCount, actions: environment.actionCount, hidden: hidden, batchNorm: batchNorm, seed: seed)
        } else {
            (criticUpdater, critic) = (nil, nil)
        }
        rollout = Rollout(steps: ppo.stepsPerRollout, environments: problem.environments, actionCount: environment.actionCount, table: environment.table)
        regimeValues = [Float](repeating: 0, count: 256)
        let A = environment.actionCount, width = MaskedCategorical.padded(count)
        logits = FloatBlock(count: count * A)
        logProbabilities = FloatBlock(count: width * A)
        probabilities = FloatBlock(count: width * A)
        values = FloatBlock(count: 2 * count + problem.environments)
    }

    /// Makes the fresh policy hold with probability `share` on every bar, by the bias of its last layer: (0, 1) -> logits ln(2 share / (1 - share)), 0, 0.
    package func hold(_ share: Double) throws(TensorMismatch) {
        var named: [String: NamedTensor] = [:]
        for tensor in policy.tensors() { named[tensor.name] = tensor }
        let name = "action_net.bias"
        guard var bias = named[name] else { preconditionFailure("the policy has no \(name)") }
        bias.values[0] = Float(ForecastCalibration.logit(share) + 0.693_147_180_559_945)
        named[name] = bias
        try policy.load(named, includingOptimizer: false)
    }

    /// Runs `updates` updates and calls `look` after each.
    package func run(updates: Int, look: (Int) -> Void) throws(TrainingFailure) {
        for update in 0..<updates {
            collect(update)
            try improve(update, of: updates)
            look(update + 1)
        }
    }

    private func collect(_ update: Int) {
        let N = environment.environments, A = environment.actionCount, steps = ppo.stepsPerRollout, count = steps * N
        let foreseen = environment.foresee(steps: steps)
        rollout.rows = foreseen.rows
        rollout.isFirst = foreseen.isFirst
        let regimes = environment.table.regimes
        for i in 0..<count { rollout.regimes[i] = regimes[Int(foreseen.rows[i])] }
        let scores = logits.matrix(rows: count, columns: A), width = MaskedCategorical.padded(count)
        policy.infer(environment.table, rows: foreseen.rows.span, logits: scores, values: nil, team: team)
        let logP = logProbabilities.matrix(rows: A, columns: width), p = probabilities.matrix(rows: A, columns: width)
        MaskedCategorical.logProbabilities(scores, masks: nil, into: logP)
        exponentials(logP, into: p)
        var random = RandomStream(seed: seed, purpose: "actions", index: UInt64(update))
        for i in 0..<count {
            let action = MaskedCategorical.sample(p, row: i, uniform: Float(random.next() >> 40) * 0x1p-24)
            rollout.actions[i] = UInt8(action)
            rollout.logProbabilities[i] = logP[action, i]
        }
        environment.play(rollout.actions, steps: steps, rewards: &rollout.rewards)
        let gamma = Float(ppo.gamma)
        if let critic {
            let all = foreseen.rows + foreseen.nextRows + foreseen.terminalRows
            let found = values.matrix(rows: all.count, columns: 1)
            critic.infer(environment.table, rows: all.span, logits: nil, values: found, team: team)
            for i in 0..<count { rollout.values[i] = found[i, 0] }
            for n in 0..<N { rollout.lastValues[n] = found[count + n, 0] }
            var truncated = 0
            for i in 0..<count where foreseen.endings[i] == .truncated {
                rollout.rewards[i] += gamma * found[count + N + truncated, 0]
                truncated += 1
            }
        } else {
            for i in 0..<count { rollout.values[i] = regimeValues[Int(rollout.regimes[i])] }
            for n in 0..<N { rollout.lastValues[n] = regimeValues[Int(regimes[Int(foreseen.nextRows[n])])] }
            var truncated = 0
            for i in 0..<count where foreseen.endings[i] == .truncated {
                rollout.rewards[i] += gamma * regimeValues[Int(regimes[Int(foreseen.terminalRows[truncated])])]
                truncated += 1
            }
        }
        for n in 0..<N { rollout.endedLast[n] = foreseen.endings[count - N + n] != .goesOn }
        rollout.estimateAdvantages(gamma: ppo.gamma, lambda: ppo.gaeLambda)
        guard case .regimeMeans(let rate) = settings.critic else { return }
        var sums = [Double](repeating: 0, count: 256), counts = sums
        for i in 0..<count {
            sums[Int(rollout.regimes[i])] += Double(rollout.returns[i])
            counts[Int(rollout.regimes[i])] += 1
        }
        for g in 0..<256 where counts[g] > 0 { regimeValues[g] += Float(update == 0 ? 1 : rate) * (Float(sums[g] / counts[g]) - regimeValues[g]) }
    }

    private func improve(_ update: Int, of updates: Int) throws(TrainingFailure) {
        let count = rollout.count, seed = seed, remaining = 1 - Double(update + 1) / Double(updates)
        func order(_ purpose: String, _ epoch: Int) -> [Int32] {
            var random = RandomStream(seed: seed, purpose: purpose, index: UInt64(update) << 16 | UInt64(epoch))
            return randomPermutation(count, &random)
        }
        if let critic, let criticUpdater {
            let metrics = try criticUpdater.update(critic, on: rollout, remaining: remaining, parts: .critic, team: team) { order("critic minibatches", $0) }
            // Actor and critic are clipped together: where the critic's gradient is large, the actor's is scaled down with it, and Adam's epsilon is then no longer small beside it.
            updater.settings.adamEpsilon = ppo.adamEpsilon * max(1, metrics.gradientNorm / ppo.maxGradientNorm)
        }
        _ = try updater.update(policy, on: rollout, remaining: remaining, parts: .actor, team: team) { order("minibatches", $0) }
    }
}

extension Schedule {
    /// The same course, times `factor`.
    func scaled(by factor: Double) -> Schedule { Schedule(shape, from: from * factor, to: to * factor, warmUp: warmUp) }
}
