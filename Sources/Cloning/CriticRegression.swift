package import MaskablePPO
package import NetworkKernels
internal import NumericKernels
package import Policies

/// Fits a critic to the discounted returns that the teacher was paid.
///
/// The clone is not the teacher, so this critic describes other returns than the policy's own; it is here to compare with the fit on roll-outs.
package enum CriticRegression {
    /// Squared error of values against targets, mean over the minibatch.
    private final class SquaredError: MinibatchLoss {
        var targets: [Float] = []
        func turnIntoGradient(logits: MatrixView, rows: Range<Int>, slot: Int) { logits.fill(0) }
        func turnIntoGradient(values: MatrixView, rows: Range<Int>, slot: Int) {
            let factor = 2 / Float(targets.count)
            for r in 0..<rows.count { values[r, 0] = factor * (values[r, 0] - targets[rows.lowerBound + r]) }
        }
        func permitsStep() -> Bool { true }
    }

    /// `settings.epochs` passes over the learned steps in minibatches of 64; the tail of an episode that was cut is estimated by the critic itself, anew
    /// each epoch. The actor keeps its weights. Throws `TrainingFailure` when the gradient is not finite.
    package static func fit(
        _ policy: any ActorCritic, to data: CloningData, gamma: Double, _ settings: CriticFitSettings, seed: UInt64, team: ThreadTeam
    ) throws(TrainingFailure) -> CriticFitReport {
        var report = CriticFitReport(), optimiser = OptimiserSettings(learningRate: settings.learningRate)
        optimiser.parts = .critic
        policy.resetOptimizer()
        let loss = SquaredError(), batch = 64
        for epoch in 0...settings.epochs {
            let targets = returns(policy, data, gamma: gamma, team: team)
            // Judged on steps that it does not learn from.
            let explained = explainedVariance(policy, data, targets, samples: data.heldOut, team: team)
            if epoch == 0 { report.before = explained }
            if epoch == settings.epochs {
                report.after = explained
                break
            }
            var random = RandomStream(seed: seed, purpose: "critic regression", index: UInt64(epoch))
            let order = randomPermutation(data.training.count, &random)
            var start = 0
            while start < order.count {
                let part = order[start..<min(order.count, start + batch)].map { data.training[Int($0)] }
                loss.targets = part.map { targets[Int($0)] }
                let rows = part.map { data.rows[Int($0)] }
                guard case .taken = policy.update(data.table, rows: rows.span, loss: loss, optimiser, team: team) else {
                    throw TrainingFailure.notFinite(term: "value loss", epoch: epoch, minibatch: start / batch)
                }
                start += batch
            }
        }
        policy.resetOptimizer()
        return report
    }

    /// Discounted returns of every step, [N].
    private static func returns(_ policy: any ActorCritic, _ data: CloningData, gamma: Double, team: ThreadTeam) -> [Float] {
        let tails = data.cutRows.isEmpty ? [] : values(policy, data, rows: data.cutRows.map(\.row), team: team)
        var tailOf: [Int: Float] = [:]
        for (cut, value) in zip(data.cutRows, tails) { tailOf[cut.episode] = value }
        var targets = [Float](repeating: 0, count: data.rewards.count)
        for e in 0..<data.episodes {
            var running = Double(tailOf[e] ?? 0)
            for i in (data.firstSteps[e]..<data.firstSteps[e + 1]).reversed() {
                running = Double(data.rewards[i]) + gamma * running
                targets[i] = Float(running)
            }
        }
        return targets
    }

    private static func values(_ policy: any ActorCritic, _ data: CloningData, rows: [Int32], team: ThreadTeam) -> [Float] {
        let block = FloatBlock(count: rows.count)
        policy.infer(data.table, rows: rows.span, logits: nil, values: block.matrix(rows: rows.count, columns: 1), team: team)
        return block.values
    }

    private static func explainedVariance(_ policy: any ActorCritic, _ data: CloningData, _ targets: [Float], samples: [Int32], team: ThreadTeam) -> Double {
        let guesses = values(policy, data, rows: samples.map { data.rows[Int($0)] }, team: team)
        func variance(_ x: [Double]) -> Double {
            let mean = x.reduce(0, +) / Double(x.count)
            return x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        }
        let truth = samples.map { Double(targets[Int($0)]) }, total = variance(truth)
        return total == 0 ? .nan : 1 - variance(zip(truth, guesses).map { $0 - Double($1) }) / total
    }
}
