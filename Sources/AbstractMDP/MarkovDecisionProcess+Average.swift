internal import RealModule

/// The best long-run pay a step, and a policy that earns it.
///
/// On a graph without chance it is Karp's maximum cycle mean (`maximumMeanCycle`).
public struct AverageSolution: Sendable {
    /// Mean pay a step of `policy` from the start state on.
    public let gain: Double
    /// No policy earns more a step, from any state.
    public let upperBound: Double
    /// Action of each state, [S].
    public let policy: [Int]
    /// Share of the steps that `policy` spends in each state, [S].
    public let visits: [Double]

    /// Mean of something paid by state and action, [S x A], a step of the policy.
    public func mean(of rewards: [Double], actions: Int) -> Double { policy.indices.reduce(0) { $0 + visits[$1] * rewards[$1 * actions + policy[$1]] } }
}

extension MarkovDecisionProcess {
    /// Chance a step that the lazy copy of a process moves at all: periods of the process itself must die out.
    static let pace = 0.9

    /// The policy of the largest mean pay a step: by relative value iteration on a lazy copy of the process
    /// (Puterman 1994, 8.5), whose bounds on the gain are the certificate. Every state is taken to be reachable from every other.
    public func maximumMean(from start: Int) -> AverageSolution {
        var values = [Double](repeating: 0, count: states), next = values
        var low = -Double.infinity, high = Double.infinity
        let scale = scale
        for _ in 0..<50_000 {
            (low, high) = (.infinity, -.infinity)
            for s in 0..<states {
                var best = -Double.infinity
                for a in 0..<actions where allows(a, in: s) {
                    best = max(best, rewards[s * actions + a] + Self.pace * expected(values, after: s * actions + a) + (1 - Self.pace) * values[s])
                }
                next[s] = best
                low = min(low, best - values[s])
                high = max(high, best - values[s])
            }
            let base = next[start]
            for s in 0..<states { values[s] = next[s] - base }
            if high - low <= 1e-11 * scale { break }
        }
        // The lazy copy's bias, times the pace, is the process's own.
        let policy = (0..<states).map { s -> Int in
            var top = -1, best = -Double.infinity
            for a in 0..<actions where allows(a, in: s) {
                let value = rewards[s * actions + a] + Self.pace * expected(values, after: s * actions + a)
                if top < 0 || value > best + 1e-10 * scale { (top, best) = (a, value) }
            }
            return top
        }
        let visits = visits(of: policy, from: start)
        let gain = (0..<states).reduce(0) { $0 + visits[$1] * rewards[$1 * actions + policy[$1]] }
        return AverageSolution(gain: gain, upperBound: high, policy: policy, visits: visits)
    }

    /// Share of the steps that a policy (one action a state) spends in each state in the long run, [S].
    public func visits(of policy: [Int], from start: Int) -> [Double] {
        var distribution = [Double](repeating: 0, count: states), shares = [Double](repeating: 0, count: states * actions)
        distribution[start] = 1
        for s in 0..<states { shares[s * actions + policy[s]] = 1 }
        return visits(shares, from: distribution)
    }

    /// Mean pay a step of a policy (one action a state) in the long run.
    public func gain(of policy: [Int], from start: Int) -> Double {
        let visits = visits(of: policy, from: start)
        return (0..<states).reduce(0) { $0 + visits[$1] * rewards[$1 * actions + policy[$1]] }
    }

    /// The cycle that a policy runs into from `start` when the likeliest thing always happens: its states and actions. Where that circles through states which differ only in
    /// how likely they are, it still ends, since there are finitely many.
    public func likeliestCycle(of policy: [Int], from start: Int) -> [(state: Int, action: Int)] {
        var seen: [Int: Int] = [:], trail: [(state: Int, action: Int)] = [], state = start
        while seen[state] == nil {
            seen[state] = trail.count
            let action = policy[state]
            trail.append((state, action))
            state = successors(state, action).max { $0.probability < $1.probability }?.state ?? state
        }
        return Array(trail[(seen[state] ?? 0)...])
    }
}

/// A directed edge of a graph whose cycles are judged by their mean reward.
public struct RewardEdge: Sendable {
    public let from: Int, to: Int
    public let reward: Double
    /// What the edge stands for (an action).
    public let label: Int

    public init(from: Int, to: Int, reward: Double, label: Int) {
        self.from = from
        self.to = to
        self.reward = reward
        self.label = label
    }
}

/// The cycle of the largest mean reward that can be reached from `source`, by Karp's theorem (1978): max over v of min over k of (F_n(v) - F_k(v)) / (n - k), F_k(v) the best
/// reward of k edges from `source` to v. Nil where no cycle can be reached. O(n m) for n nodes, m edges.
public func maximumMeanCycle(nodes n: Int, edges: [RewardEdge], from source: Int) -> (mean: Double, cycle: [RewardEdge])? {
    var best = Array(repeating: [Double](repeating: -.infinity, count: n), count: n + 1)
    var via = Array(repeating: [Int](repeating: -1, count: n), count: n + 1)
    best[0][source] = 0
    for k in 1...n {
        for (i, e) in edges.enumerated() where best[k - 1][e.from] > -.infinity {
            let value = best[k - 1][e.from] + e.reward
            if value > best[k][e.to] {
                best[k][e.to] = value
                via[k][e.to] = i
            }
        }
    }
    var top = -Double.infinity, end = -1
    for v in 0..<n where best[n][v] > -.infinity {
        var least = Double.infinity
        for k in 0..<n where best[k][v] > -.infinity { least = min(least, (best[n][v] - best[k][v]) / Double(n - k)) }
        if least > top { (top, end) = (least, v) }
    }
    guard end >= 0 else { return nil }
    // The walk of n edges that ends there holds a cycle of that mean.
    var walk: [RewardEdge] = [], v = end
    for k in stride(from: n, to: 0, by: -1) {
        let e = edges[via[k][v]]
        walk.append(e)
        v = e.from
    }
    walk.reverse()
    var found: (mean: Double, cycle: [RewardEdge])?
    for i in walk.indices {
        var sum = 0.0
        for j in i..<walk.count {
            sum += walk[j].reward
            guard walk[j].to == walk[i].from else { continue }
            let mean = sum / Double(j - i + 1)
            // The shortest of those that are best.
            if found == nil || mean > found!.mean + 1e-12 * max(1, abs(mean)) || (mean >= found!.mean - 1e-12 * max(1, abs(mean)) && j - i + 1 < found!.cycle.count) {
                found = (mean, Array(walk[i...j]))
            }
        }
    }
    return found.map { (top, $0.cycle) }
}
