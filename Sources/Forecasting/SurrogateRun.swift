internal import Environments
package import MaskablePPO
package import NetworkKernels
internal import NumericKernels
package import Policies
package import Training

/// What is trained: a market with its pay, the bars to train on, and how.
package struct SurrogateProblem {
    package var market: SpotTrainingMarket
    package var rows: Range<Int>
    package var environments: Int
    package var episodeBars: Int
    package var ppo: PPOSettings

    package init(_ inputs: TrainingInputs) {
        if case .regimeTransformer = inputs.experiment.policy {
            // The Transformer is told the regime by an embedding, the perceptron that stands for it by columns.
            market = SpotTrainingMarket(inputs.prepared, inputs.experiment.spot, inputs.design, observesRegime: true)
        } else { market = inputs.market }
        rows = inputs.trainingRows
        environments = inputs.experiment.environments
        episodeBars = inputs.experiment.episodeBars
        ppo = inputs.experiment.ppo
    }
}

/// A run that moves an actor as PPO would, for less, on bars that do not react to it: a whole roll-out is asked for at once.
package final class SurrogateRun {
    package var policy: MLPPolicy { learner.policy }
    private let learner: SurrogateLearner
    private let environment: SpotVectorEnvironment
    private let settings: SurrogateSettings
    private let rollout: Rollout
    private let seed: UInt64
    private let team: ThreadTeam
    private var regimeValues: [Float]
    private let logits, logProbabilities, probabilities, values: FloatBlock

    package init(_ problem: SurrogateProblem, _ settings: SurrogateSettings, hidden: [Int], batchNorm: Bool, seed: UInt64, team: ThreadTeam) {
        self.settings = settings
        self.seed = seed
        self.team = team
        environment = SpotVectorEnvironment(problem.market, rows: problem.rows, environments: problem.environments, episodeBars: problem.episodeBars, seed: seed)
        learner = SurrogateLearner(
            problem.ppo, environments: problem.environments, settings, observations: environment.observationCount, actions: environment.actionCount, hidden: hidden,
            batchNorm: batchNorm, seed: seed, team: team)
        let steps = learner.ppo.stepsPerRollout, count = steps * problem.environments
        rollout = Rollout(steps: steps, environments: problem.environments, actionCount: environment.actionCount, table: environment.table)
        regimeValues = [Float](repeating: 0, count: 256)
        let A = environment.actionCount, width = MaskedCategorical.padded(count)
        logits = FloatBlock(count: count * A)
        logProbabilities = FloatBlock(count: width * A)
        probabilities = FloatBlock(count: width * A)
        values = FloatBlock(count: 2 * count + problem.environments)
    }

    /// Makes the fresh policy hold with probability `share` on every bar.
    package func hold(_ share: Double) throws(TensorMismatch) { try learner.hold(share) }

    /// Runs `updates` updates and calls `look` after each.
    package func run(updates: Int, look: (Int) -> Void) throws(TrainingFailure) {
        for update in 0..<updates {
            collect(update)
            try learner.improve(on: rollout, update, of: updates)
            look(update + 1)
        }
    }

    private func collect(_ update: Int) {
        let ppo = learner.ppo, N = environment.environments, A = environment.actionCount, steps = ppo.stepsPerRollout, count = steps * N
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
        if learner.hasCritic {
            let all = foreseen.rows + foreseen.nextRows + foreseen.terminalRows
            let found = values.matrix(rows: all.count, columns: 1)
            policy.infer(environment.table, rows: all.span, logits: nil, values: found, team: team)
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
}
