internal import RealModule
internal import TradingTypes

/// What a policy does with nothing in hand and with something, in the long run. G regimes, A actions.
public struct SituationMix: Sendable, Equatable {
    /// Shares of the actions while flat and while something is held, [G][A]; zeros where that never happens.
    public var flat, held: [[Double]]
    /// Share of a regime's steps with something in hand, [G].
    public var heldShare: [Double]
    /// Positions closed or turned over, a step.
    public var roundTrips: Double

    /// Shares of the actions by regime, flat or not, [G][A].
    public var all: [[Double]] { heldShare.indices.map { g in zip(flat[g], held[g]).map { (1 - heldShare[g]) * $0 + heldShare[g] * $1 } } }
}

/// Where PPO comes to rest on an abstract process (REWARD-ANALYSIS E.6).
public struct RestingPoint: Sendable {
    public let solution: ProcessSolution
    /// Entropy coefficient times the deviation of the advantages that this policy meets.
    public let temperature: Double
    public let mix: SituationMix
    /// Share of the time in each state, [S].
    public let visits: [Double]
}

extension AbstractModel {
    /// What a policy ([G x P x A]) does flat and with a position, states weighted by how long it stays in them: in the long run, or over episodes that last `episode` steps on average.
    public func situations(of policy: [Double], episode: Double = .infinity) -> SituationMix { situations(of: policy, visits: visits(policy, of: process, episode)) }

    private func situations(of policy: [Double], visits: [Double]) -> SituationMix {
        let none = Array(repeating: [Double](repeating: 0, count: actions), count: regimes)
        var mix = SituationMix(flat: none, held: none, heldShare: [Double](repeating: 0, count: regimes), roundTrips: 0)
        for g in 0..<regimes {
            var time = (flat: 0.0, held: 0.0)
            for p in path.indices {
                let s = index(regime: g, path: p), isFlat = path[p].position == 0
                if isFlat { time.flat += visits[s] } else { time.held += visits[s] }
                for a in 0..<actions where policy[s * actions + a] > 0 {
                    let mass = visits[s] * policy[s * actions + a]
                    if isFlat {
                        mix.flat[g][a] += mass
                    } else {
                        mix.held[g][a] += mass
                        mix.roundTrips += mass * kernel[g][p * actions + a].reduce(0) { path[$1.state].position != path[p].position ? $0 + $1.probability : $0 }
                    }
                }
            }
            if time.flat > 0 { mix.flat[g] = mix.flat[g].map { $0 / time.flat } }
            if time.held > 0 { mix.held[g] = mix.held[g].map { $0 / time.held } }
            mix.heldShare[g] = time.flat + time.held > 0 ? time.held / (time.flat + time.held) : 0
        }
        return mix
    }

    private func visits(
        _ policy: [Double], of process: MarkovDecisionProcess, _ episode: Double = .infinity, guess: [Double]? = nil, roughness: Double = 1
    ) -> [Double] {
        var start = [Double](repeating: 0, count: regimes * path.count)
        for g in 0..<regimes { start[index(regime: g, path: self.start)] = shares[g] }
        return process.visits(policy, from: start, episode: episode, guess: guess, roughness: roughness)
    }

    /// Deviation of the generalised advantages that a solution's own policy meets, its values taken as the critic's.
    ///
    /// One-step errors r + gamma V(s') - Q(s, a) are uncorrelated in time, so that lambda-weighted sums of them have 1 / (1 - (gamma lambda)^2) times their variance; the
    /// differences between actions come on top. Pay and value are taken as independent within a step.
    public func advantageDeviation(_ solution: ProcessSolution, gamma: Double, lambda: Double) -> Double {
        let process = process
        return advantageDeviation(solution, process, visits(solution.policy, of: process), gamma: gamma, lambda: lambda)
    }

    private func advantageDeviation(_ solution: ProcessSolution, _ process: MarkovDecisionProcess, _ visits: [Double], gamma: Double, lambda: Double) -> Double {
        let P = path.count
        var errors = 0.0, between = 0.0
        for s in 0..<process.states where visits[s] > 0 {
            var value = 0.0
            for a in 0..<actions where solution.policy[s * actions + a] > 0 { value += solution.policy[s * actions + a] * solution.q[s * actions + a] }
            for a in 0..<actions where solution.policy[s * actions + a] > 0 {
                let mass = visits[s] * solution.policy[s * actions + a]
                let next = process.expected(solution.values, after: s * actions + a)
                var square = 0.0
                for (state, probability) in process.successors(s, a) { square += probability * (solution.values[state] - next) * (solution.values[state] - next) }
                errors += mass * (noise[s / P][(s % P) * actions + a] + gamma * gamma * square)
                between += mass * (solution.q[s * actions + a] - value) * (solution.q[s * actions + a] - value)
            }
        }
        return (errors / (1 - gamma * lambda * gamma * lambda) + between).squareRoot()
    }

    /// Where PPO with normalised advantages comes to rest: pi proportional to exp(A^pi / temperature), temperature = entropy coefficient x the deviation of the
    /// advantages under pi itself, followed from the uniform policy until the two agree to 1%.
    ///
    /// `gamma` in [0, 1), `entropyCoefficient` above 0, `episode` steps on average (infinite: in the long run). A counted process may hold states that were tried once or twice and seem never to be
    /// left: an episode's length keeps such a trap as small as it is in fact. Where HOLD feeds back on its own noise (E.6) the deviation keeps falling: after `rounds` the last is taken.
    public func resting(gamma: Double, lambda: Double, entropyCoefficient: Double, episode: Double = .infinity, rounds: Int = 30) -> RestingPoint {
        let process = process
        let uniform = (0..<process.states * actions).map { process.allows($0 % actions, in: $0 / actions) ? 1 / Double(process.allowed[$0 / actions].nonzeroBitCount) : 0 }
        let values = process.evaluate(uniform, gamma: gamma)
        let q = (0..<process.states * actions).map { process.allows($0 % actions, in: $0 / actions) ? process.rewards[$0] + gamma * process.expected(values, after: $0) : -.infinity }
        let first = ProcessSolution(values: values, q: q, policy: uniform, residual: .nan, evaluationGap: .nan)
        var time = visits(uniform, of: process, episode), temperature = entropyCoefficient * advantageDeviation(first, process, time, gamma: gamma, lambda: lambda)
        var found = first, last: (at: Double, change: Double)?
        for _ in 0..<max(1, rounds) {
            // Solved roughly on the way, exactly at the end.
            found = process.fixedPoint(gamma: gamma, temperature: max(1e-9, temperature), startingAt: found.values, roughness: 1e6)
            time = visits(found.policy, of: process, episode, guess: time, roughness: 1e3)
            let next = entropyCoefficient * advantageDeviation(found, process, time, gamma: gamma, lambda: lambda)
            if abs(next - temperature) <= 0.01 * temperature { break }
            // On a logarithmic scale: the secant's step where the change shrinks along it, at most five times the plain one.
            let at = Double.log(max(1e-12, temperature)), change = Double.log(max(1e-12, next)) - at
            var step = change
            if let last, at != last.at, (change - last.change) / (at - last.at) < 0 { step = -change * (at - last.at) / (change - last.change) }
            step = min(5 * abs(change), max(-5 * abs(change), step))
            temperature *= Double.exp(step)
            last = (at, change)
        }
        found = process.fixedPoint(gamma: gamma, temperature: max(1e-9, temperature), startingAt: found.values)
        time = visits(found.policy, of: process, episode, guess: time)
        return RestingPoint(solution: found, temperature: temperature, mix: situations(of: found.policy, visits: time), visits: time)
    }
}
