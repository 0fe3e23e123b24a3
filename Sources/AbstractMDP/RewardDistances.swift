internal import NumericKernels
internal import RealModule

/// Pearson distance sqrt((1 - rho) / 2) of two samples, in [0, 1]: 0 where one is a positive multiple of the other plus a constant, 1 where a negative one. Nil where either does not vary
/// (its deviation is below 1e-12 of its size).
public func pearsonDistance(_ x: [Double], _ y: [Double], weights: [Double]? = nil) -> Double? {
    precondition(x.count == y.count && (weights.map { $0.count == x.count } ?? true), "samples \(x.count), \(y.count)")
    let w = weights ?? [Double](repeating: 1, count: x.count), total = w.reduce(0, +)
    guard total > 0 else { return nil }
    func mean(_ z: [Double]) -> Double { zip(z, w).reduce(0) { $0 + $1.0 * $1.1 } / total }
    let a = mean(x), b = mean(y)
    func spread(_ z: [Double], _ m: Double) -> Double { (zip(z, w).reduce(0) { $0 + $1.1 * ($1.0 - m) * ($1.0 - m) } / total).squareRoot() }
    let s = spread(x, a), t = spread(y, b)
    guard s > 1e-12 * (x.map(abs).max() ?? 0), t > 1e-12 * (y.map(abs).max() ?? 0) else { return nil }
    // (1 - rho) / 2 is a quarter of the mean square of the difference of the standard scores, which does not cancel near rho = 1.
    var sum = 0.0
    for i in x.indices {
        let difference = (x[i] - a) / s - (y[i] - b) / t
        sum += w[i] * difference * difference
    }
    return min(1, (sum / total / 4).squareRoot())
}

/// A reward table canonicalised for EPIC (Gleave et al. 2021, definition 4.1): C(s, a, s') = R(s, a, s') + gamma m(s') - m(s) - gamma mean(m), where m(s) is the mean of R(s, A, S') over
/// actions and next states drawn from `actionShares` and `stateShares`, whatever the dynamics allow. Potential-based shaping drops out.
///
/// - Parameter reward: [S x A x S].
public func canonicalReward(_ reward: [Double], states: Int, actions: Int, gamma: Double, stateShares: [Double], actionShares: [Double]) -> [Double] {
    precondition(reward.count == states * actions * states && stateShares.count == states && actionShares.count == actions, "reward \(reward.count) for \(states) states of \(actions) actions")
    let mean = (0..<states).map { s in
        (0..<actions).reduce(0.0) { sum, a in sum + actionShares[a] * (0..<states).reduce(0.0) { $0 + stateShares[$1] * reward[(s * actions + a) * states + $1] } }
    }
    let all = zip(mean, stateShares).reduce(0) { $0 + $1.0 * $1.1 }
    return reward.indices.map { i in reward[i] + gamma * mean[i % states] - mean[i / (actions * states)] - gamma * all }
}

/// EPIC distance of two reward tables, [S x A x S]: the Pearson distance of their canonical forms over independent states, actions and next states. Nil where a canonical form is constant.
public func epicDistance(_ a: [Double], _ b: [Double], states: Int, actions: Int, gamma: Double, stateShares: [Double], actionShares: [Double]) -> Double? {
    func canonical(_ r: [Double]) -> [Double] { canonicalReward(r, states: states, actions: actions, gamma: gamma, stateShares: stateShares, actionShares: actionShares) }
    let weights = a.indices.map { stateShares[$0 / (actions * states)] * actionShares[$0 / states % actions] * stateShares[$0 % states] }
    return pearsonDistance(canonical(a), canonical(b), weights: weights)
}

/// EPIC over transitions of an environment: a reward's values for every action of each step of one trajectory under a random policy, its potentials left out.
///
/// With the returns that follow a bar taken as part of its state, what a step pays is b(s, a) + gamma phi(s') - phi(s); then the canonical form is b(s, a) + gamma mean_A b(s', A) - mean_A b(s, A)
/// and a constant, and the potential is gone: so it need not be evaluated. T steps; actions that a step does not allow are NaN.
///
/// - Parameters:
///   - pay: b of every action, [A][T].
///   - taken: action of each step, [T].
public func canonicalTransitions(_ pay: [[Double]], taken: [UInt8], gamma: Double, starts: Set<Int> = []) -> [Double] {
    let n = taken.count
    let mean = (0..<n).map { t -> Double in
        let values = pay.map { $0[t] }.filter { !$0.isNaN }
        return values.reduce(0, +) / Double(max(1, values.count))
    }
    // What follows an episode's last step is unknown: the mean over all steps, so that a constant stays a constant.
    let everywhere = mean.reduce(0, +) / Double(max(1, n))
    return (0..<n).map { t in pay[Int(taken[t])][t] - mean[t] + gamma * (t + 1 < n && !starts.contains(t + 1) ? mean[t + 1] : everywhere) }
}

extension MarkovDecisionProcess {
    /// STARC distance to another reward on the same process (Skalse et al. 2023): each is canonicalised by the value of the uniform policy (what is left is that policy's advantage), scaled to
    /// length 1; half the length of the difference, in [0, 1]. Lengths weigh a state by the uniform policy's visits from `start`. Nil where a canonical form is zero.
    public func starcDistance(to rewards: [Double], gamma: Double, from start: [Double]) -> Double? {
        let uniform = (0..<states * actions).map { i in allows(i % actions, in: i / actions) ? 1 / Double(allowed[i / actions].nonzeroBitCount) : 0 }
        let visits = visits(uniform, from: start)
        func scaled(_ process: MarkovDecisionProcess) -> [Double]? {
            let values = process.evaluate(uniform, gamma: gamma)
            var advantage = [Double](repeating: 0, count: states * actions)
            for s in 0..<states {
                for a in 0..<actions where allows(a, in: s) {
                    let pair = s * actions + a
                    advantage[pair] = (process.rewards[pair] + gamma * expected(values, after: pair) - values[s]) * (visits[s] * uniform[pair]).squareRoot()
                }
            }
            let length = advantage.reduce(0) { $0 + $1 * $1 }.squareRoot()
            // Advantages of a reward that separates no actions are what rounding leaves of its values.
            return length > 1e-11 * max(1e-300, values.map(abs).max() ?? 0) ? advantage.map { $0 / length } : nil
        }
        guard let a = scaled(self), let b = scaled(paying(rewards)) else { return nil }
        return 0.5 * zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
}

extension AbstractModel {
    /// STARC distance of two rewards on the same abstract states.
    public func starcDistance(_ other: AbstractModel, gamma: Double) -> Double? {
        precondition(path == other.path && regimes == other.regimes && actions == other.actions, "models of \(path.count) and \(other.path.count) path states cannot be compared")
        var start = [Double](repeating: 0, count: regimes * path.count)
        for g in 0..<regimes { start[index(regime: g, path: self.start)] = shares[g] }
        return process.starcDistance(to: other.process.rewards, gamma: gamma, from: start)
    }
}
