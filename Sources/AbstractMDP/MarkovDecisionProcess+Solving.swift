internal import NumericKernels
internal import RealModule

extension MarkovDecisionProcess {
    /// Largest allowed residual of a solution.
    static let tolerance = 1e-10
    private static let newtonSteps = 60

    /// The optimal policy by policy iteration. Ties go to the action with the lower index. `gamma` in [0, 1).
    public func hard(gamma: Double) -> ProcessSolution {
        solve(gamma, start: nil) { q, row, out in
            var best = -Double.infinity, top = 0
            for a in 0..<actions {
                out[a] = 0
                if row >> UInt32(a) & 1 == 1, q[a] > best { (best, top) = (q[a], a) }
            }
            out[top] = 1
            return best
        } choose: { q, row, out in
            // Rounding may part what is equal: a later action must be better by more than that.
            var top = -1
            for a in 0..<actions where row >> UInt32(a) & 1 == 1 && (top < 0 || q[a] > q[top] + 1e-12 * max(1, abs(q[top]))) { top = a }
            for a in 0..<actions { out[a] = a == top ? 1 : 0 }
        }
    }

    /// Maximum-entropy optimum: V = temperature * ln sum exp(Q / temperature), entropy counted in the returns (Ziebart 2010; Haarnoja et al. 2017).
    public func soft(gamma: Double, temperature: Double) -> ProcessSolution {
        precondition(temperature > 0, "temperature \(temperature)")
        var solution = solve(gamma, start: nil) { q, row, out in
            let top = largest(q, row)
            var sum = 0.0
            for a in 0..<actions {
                out[a] = row >> UInt32(a) & 1 == 1 ? Double.exp((q[a] - top) / temperature) : 0
                sum += out[a]
            }
            for a in 0..<actions { out[a] /= sum }
            return top + temperature * Double.log(sum)
        } choose: { q, row, out in boltzmann(q, row, temperature, &out) }
        solution.evaluationGap = .nan
        return solution
    }

    /// What PPO with an entropy bonus comes to rest at: pi proportional to exp(A^pi / temperature), where the values are those of pi itself and entropy is in
    /// the loss, not in the returns (REWARD-ANALYSIS E.6). Followed from the uniform policy, as training is; where several such points exist, another start may end
    /// in another one, hence `start` (probabilities, [S x A]).
    public func fixedPoint(gamma: Double, temperature: Double, from start: [Double]? = nil) -> ProcessSolution {
        let uniform = (0..<states * actions).map { i in allows(i % actions, in: i / actions) ? 1 / Double(allowed[i / actions].nonzeroBitCount) : 0 }
        return fixedPoint(gamma: gamma, temperature: temperature, startingAt: evaluate(start ?? uniform, gamma: gamma))
    }

    /// The same from the values of a policy, [S]. `roughness` times the tolerance is good enough, and where it is above 1 the policy is not evaluated apart (`evaluationGap` NaN).
    func fixedPoint(gamma: Double, temperature: Double, startingAt values: [Double], roughness: Double = 1) -> ProcessSolution {
        precondition(temperature > 0, "temperature \(temperature)")
        // Followed by sweeps, as training goes, until it is near: Newton's steps from afar might end in another point.
        return solve(gamma, start: values, roughness: roughness, near: 1e-3) { q, row, out in
            boltzmann(q, row, temperature, &out)
            var mean = 0.0
            for a in 0..<actions where out[a] > 0 { mean += out[a] * q[a] }
            for a in 0..<actions where out[a] > 0 { out[a] *= 1 + (q[a] - mean) / temperature }
            return mean
        } choose: { q, row, out in boltzmann(q, row, temperature, &out) }
    }

    /// Values of a policy (probabilities, [S x A]), by elimination up to 400 states, beyond by GMRES to a hundredth of the tolerance or better.
    public func evaluate(_ policy: [Double], gamma: Double) -> [Double] {
        precondition(policy.count == states * actions && (0..<1).contains(gamma), "policy \(policy.count) for \(states) x \(actions), gamma \(gamma)")
        let own = (0..<states).map { s in (0..<actions).reduce(0.0) { policy[s * actions + $1] > 0 ? $0 + policy[s * actions + $1] * rewards[s * actions + $1] : $0 } }
        if states <= 400 {
            var matrix = [Double](repeating: 0, count: states * states)
            for s in 0..<states {
                matrix[s * states + s] = 1
                for a in 0..<actions where policy[s * actions + a] > 0 {
                    let pair = s * actions + a
                    for i in starts[pair]..<starts[pair + 1] { matrix[s * states + Int(targets[i])] -= gamma * policy[pair] * probabilities[i] }
                }
            }
            return eliminated(&matrix, own)
        }
        return PolicyChain(self, policy).values(own, discount: gamma, from: [Double](repeating: 0, count: states), tolerance: 1e-13 * scale)
    }

    /// Share of the time that a policy spends in each state, [S], started from `start` (a distribution over states): in the long run, or over episodes that last `episode` steps on average and all
    /// start there.
    public func visits(_ policy: [Double], from start: [Double], episode: Double = .infinity) -> [Double] {
        visits(policy, from: start, episode: episode, guess: nil)
    }

    /// The same from shares near the answer, to `roughness` times the tolerance.
    func visits(_ policy: [Double], from start: [Double], episode: Double, guess: [Double]?, roughness: Double = 1) -> [Double] {
        let sum = start.reduce(0, +)
        return PolicyChain(self, policy).visits(from: start.map { $0 / sum }, episode: episode, guess: guess, tolerance: 1e-14 * roughness)
    }

    var scale: Double { max(1, rewards.indices.reduce(0) { allows($1 % actions, in: $1 / actions) ? max($0, abs(rewards[$1])) : $0 }) }

    /// Solves V(s) = `join` of Q(s, .), which also gives its derivatives by Q(s, a): Newton's steps as long as they help, then sweeps V(s) <- `join` until no backup moves by more than the tolerance.
    ///
    /// Newton's steps are policy iteration where `join` is the largest Q, and soft policy iteration where it is the smooth maximum. They begin when a sweep moves values by no more than `near` times
    /// the scale.
    private func solve(
        _ gamma: Double, start: [Double]?, roughness: Double = 1, near: Double = .infinity, join: (_ q: [Double], _ allowed: UInt32, _ slopes: inout [Double]) -> Double,
        choose: (_ q: [Double], _ allowed: UInt32, _ out: inout [Double]) -> Void
    ) -> ProcessSolution {
        precondition((0..<1).contains(gamma), "gamma \(gamma)")
        var values = start ?? [Double](repeating: 0, count: states)
        var row = [Double](repeating: 0, count: actions), scratch = row
        let scale = scale, enough = roughness * Self.tolerance / 100 * scale
        func fill(_ s: Int, _ values: [Double], _ row: inout [Double]) {
            for a in 0..<actions { row[a] = allows(a, in: s) ? rewards[s * actions + a] + gamma * expected(values, after: s * actions + a) : -.infinity }
        }
        /// What rounding leaves of a backup of the largest value.
        func rounding() -> Double { 8 * Double.ulpOfOne * values.reduce(0) { max($0, abs($1)) } }
        /// Newton's steps from `values`: the best of them stays.
        func approach() {
            var slopes = [Double](repeating: 0, count: states * actions), gaps = [Double](repeating: 0, count: states)
            var best = values, least = Double.infinity, now = values
            for _ in 0..<Self.newtonSteps {
                var largest = 0.0
                for s in 0..<states {
                    fill(s, now, &row)
                    gaps[s] = join(row, allowed[s], &scratch) - now[s]
                    largest = max(largest, abs(gaps[s]))
                    for a in 0..<actions { slopes[s * actions + a] = scratch[a] }
                }
                // The first steps of policy iteration may part from the equation before they come to it.
                guard largest.isFinite, largest < least || near == .infinity && largest > 1e-6 * scale else { break }
                if largest < least { (best, least) = (now, largest) }
                if largest <= max(enough, rounding()) { break }
                let step = PolicyChain(self, slopes).values(gaps, discount: gamma, from: gaps, tolerance: max(0.1 * enough, 1e-6 * largest))
                for s in 0..<states { now[s] += step[s] }
            }
            values = best
        }
        // The fixed point's sweep is no contraction: a step that stops shrinking is shortened.
        var length = 1.0, last = Double.infinity, stalled = 0, isNear = near == .infinity
        if isNear { approach() }
        for _ in 0..<400_000 {
            var change = 0.0
            for s in 0..<states {
                fill(s, values, &row)
                let value = join(row, allowed[s], &scratch)
                change = max(change, abs(value - values[s]))
                values[s] += length * (value - values[s])
            }
            if change <= enough || change <= rounding() { break }
            if !isNear, change <= near * scale {
                isNear = true
                approach()
            }
            stalled = change >= last ? stalled + 1 : 0
            if stalled > 50 {
                length = max(0.05, length / 2)
                stalled = 0
            }
            last = change
        }
        var residual = 0.0
        var q = [Double](repeating: 0, count: states * actions), policy = q
        for s in 0..<states {
            fill(s, values, &row)
            residual = max(residual, abs(join(row, allowed[s], &scratch) - values[s]))
            choose(row, allowed[s], &scratch)
            for a in 0..<actions {
                q[s * actions + a] = row[a]
                policy[s * actions + a] = scratch[a]
            }
        }
        let gap = roughness > 1 ? .nan : zip(evaluate(policy, gamma: gamma), values).reduce(0) { max($0, abs($1.0 - $1.1)) }
        return ProcessSolution(values: values, q: q, policy: policy, residual: residual / scale, evaluationGap: gap / scale)
    }

    private func largest(_ q: [Double], _ row: UInt32) -> Double {
        var top = -Double.infinity
        for a in 0..<actions where row >> UInt32(a) & 1 == 1 { top = max(top, q[a]) }
        return top
    }

    private func boltzmann(_ q: [Double], _ row: UInt32, _ temperature: Double, _ out: inout [Double]) {
        let top = largest(q, row)
        var sum = 0.0
        for a in 0..<actions {
            out[a] = row >> UInt32(a) & 1 == 1 ? Double.exp((q[a] - top) / temperature) : 0
            sum += out[a]
        }
        for a in 0..<actions { out[a] /= sum }
    }

    /// Solution of `matrix` x = b, [S x S], by elimination with row exchanges.
    private func eliminated(_ matrix: inout [Double], _ b: [Double]) -> [Double] {
        let n = b.count
        var x = b
        for k in 0..<n {
            var pivot = k
            for i in k + 1..<max(k + 1, n) where abs(matrix[i * n + k]) > abs(matrix[pivot * n + k]) { pivot = i }
            if pivot != k {
                for j in k..<n { matrix.swapAt(k * n + j, pivot * n + j) }
                x.swapAt(k, pivot)
            }
            let head = matrix[k * n + k]
            for i in k + 1..<max(k + 1, n) where matrix[i * n + k] != 0 {
                let factor = matrix[i * n + k] / head
                for j in k..<n { matrix[i * n + j] -= factor * matrix[k * n + j] }
                x[i] -= factor * x[k]
            }
        }
        for k in stride(from: n - 1, through: 0, by: -1) {
            for j in k + 1..<max(k + 1, n) { x[k] -= matrix[k * n + j] * x[j] }
            x[k] /= matrix[k * n + k]
        }
        return x
    }
}
