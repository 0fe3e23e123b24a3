package import Policies

/// How a step ended.
package enum StepEnding: UInt8, Sendable {
    case goesOn
    /// The task is over: what follows is worth nothing.
    case terminated
    /// We stopped watching: what would have followed is estimated by the critic.
    case truncated
}

/// What one policy did in N environments for S steps: the data of one PPO update.
///
/// Sample `t * environments + n` is step t of environment n. Observations stay in a table and are named by row, so that market features
/// are never copied; masks have one bit an action, 1 = allowed.
package final class Rollout {
    package let steps: Int
    package let environments: Int
    package let actionCount: Int
    package var count: Int { steps * environments }

    package var table: ObservationTable
    package var rows: [Int32]
    package var actions: [UInt8]
    package var masks: [UInt32]
    package var regimes: [UInt8]
    /// [S N], single precision as in Stable-Baselines3.
    package var rewards, values, logProbabilities, advantages, returns: [Float]
    /// Whether step t of environment n is the first of an episode.
    package var isFirst: [Bool]
    /// Whether the episode ended with the last step, [N].
    package var endedLast: [Bool]
    /// Value of the observation after the last step, [N].
    package var lastValues: [Float]
    /// Whether any action was forbidden in any step.
    package var hasMasks = false

    package init(steps: Int, environments: Int, actionCount: Int, table: ObservationTable) {
        precondition(steps > 0 && environments > 0 && (2...32).contains(actionCount), "roll-out of \(steps) steps, \(environments) environments, \(actionCount) actions")
        self.steps = steps
        self.environments = environments
        self.actionCount = actionCount
        self.table = table
        let count = steps * environments
        rows = [Int32](repeating: 0, count: count)
        actions = [UInt8](repeating: 0, count: count)
        masks = [UInt32](repeating: MaskedCategorical.everything(actionCount), count: count)
        regimes = [UInt8](repeating: 0, count: count)
        rewards = [Float](repeating: 0, count: count)
        values = rewards
        logProbabilities = rewards
        advantages = rewards
        returns = rewards
        isFirst = [Bool](repeating: false, count: count)
        endedLast = [Bool](repeating: false, count: environments)
        lastValues = [Float](repeating: 0, count: environments)
    }

    /// Generalised advantage estimation: advantages and returns [S x N] from rewards and values.
    ///
    /// delta_t = r_t + gamma V_{t+1} - V_t, A_t = delta_t + gamma lambda A_{t+1}, both cut where an episode ends; return = A + V. A truncated
    /// step must already carry `gamma V(terminal observation)` in its reward. Source: Schulman et al. 2016, equation 16.
    package func estimateAdvantages(gamma: Double, lambda: Double) {
        let g = Float(gamma), gl = Float(gamma * lambda)
        for n in 0..<environments {
            var running: Float = 0
            for t in stride(from: steps - 1, through: 0, by: -1) {
                let i = t * environments + n
                let ended = t == steps - 1 ? endedLast[n] : isFirst[i + environments]
                let next = t == steps - 1 ? lastValues[n] : values[i + environments]
                let open: Float = ended ? 0 : 1
                let delta = rewards[i] + g * next * open - values[i]
                running = delta + gl * open * running
                advantages[i] = running
                returns[i] = running + values[i]
            }
        }
    }

    /// 1 - Var(returns - values) / Var(returns), population variances; NaN when the returns are all equal.
    package var explainedVariance: Double {
        func variance(_ value: (Int) -> Double) -> Double {
            var mean = 0.0
            for i in 0..<count { mean += value(i) }
            mean /= Double(count)
            var sum = 0.0
            for i in 0..<count { sum += (value(i) - mean) * (value(i) - mean) }
            return sum / Double(count)
        }
        let total = variance { Double(returns[$0]) }
        return total == 0 ? .nan : 1 - variance { Double(returns[$0]) - Double(values[$0]) } / total
    }
}
