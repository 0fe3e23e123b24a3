import AbstractMDP
import NumericKernels
import Testing

/// Solvers of finite processes against enumeration and hand-worked cases.
@Suite struct SolverTests {
    /// A process in which every state can be left for every other: uniform noise in transitions and pay.
    static func random(states: Int, actions: Int, seed: UInt64) -> MarkovDecisionProcess {
        var stream = RandomStream(seed: seed, purpose: "random process")
        let rewards = (0..<states * actions).map { _ in stream.gaussian() }
        let rows = (0..<states * actions).map { _ -> [(state: Int, probability: Double)] in
            let weights = (0..<states).map { _ in stream.uniform() }, sum = weights.reduce(0, +)
            return weights.enumerated().map { ($0.offset, $0.element / sum) }
        }
        return MarkovDecisionProcess(states: states, actions: actions, allowed: [UInt32](repeating: (1 << UInt32(actions)) - 1, count: states), rewards: rewards) { s, a in rows[s * actions + a] }
    }

    /// Every deterministic policy of 4 states and 3 actions.
    static func policies(states: Int, actions: Int) -> [[Int]] {
        (0..<(0..<states).reduce(1) { n, _ in n * actions }).map { code in
            var rest = code
            return (0..<states).map { _ in
                defer { rest /= actions }
                return rest % actions
            }
        }
    }

    @Test(arguments: 1...6) func hardEqualsTheBestOfAllPolicies(_ seed: Int) {
        let process = Self.random(states: 4, actions: 3, seed: UInt64(seed)), gamma = 0.9
        let solution = process.hard(gamma: gamma)
        #expect(solution.residual <= 1e-10 && solution.evaluationGap <= 1e-10)
        for policy in Self.policies(states: 4, actions: 3) {
            var shares = [Double](repeating: 0, count: 12)
            for s in 0..<4 { shares[s * 3 + policy[s]] = 1 }
            let values = process.evaluate(shares, gamma: gamma)
            for s in 0..<4 { #expect(values[s] <= solution.values[s] + 1e-9) }
        }
    }

    @Test(arguments: 1...6) func theLargestMeanEqualsTheBestOfAllPolicies(_ seed: Int) {
        let process = Self.random(states: 4, actions: 3, seed: UInt64(seed))
        let best = process.maximumMean(from: 0)
        let all = Self.policies(states: 4, actions: 3).map { process.gain(of: $0, from: 0) }.max() ?? 0
        #expect(abs(best.gain - all) < 1e-9)
        #expect(best.upperBound >= all - 1e-9 && best.upperBound < all + 1e-7)
    }

    /// Karp against the mean of every simple cycle, on random complete graphs.
    @Test(arguments: 1...6) func karpEqualsTheBestOfAllCycles(_ seed: Int) throws {
        var stream = RandomStream(seed: UInt64(seed), purpose: "random graph")
        let n = 4
        let edges = (0..<n).flatMap { a in (0..<n).map { b in RewardEdge(from: a, to: b, reward: stream.gaussian(), label: b) } }
        var best = -Double.infinity
        func walk(_ path: [Int], _ sum: Double) {
            for e in edges where e.from == path[path.count - 1] {
                if e.to == path[0] { best = max(best, (sum + e.reward) / Double(path.count)) }
                if !path.contains(e.to) { walk(path + [e.to], sum + e.reward) }
            }
        }
        for start in 0..<n { walk([start], 0) }
        let found = try #require(maximumMeanCycle(nodes: n, edges: edges, from: 0))
        #expect(abs(found.mean - best) < 1e-12)
        var sum = 0.0
        for edge in found.cycle { sum += edge.reward }
        #expect(abs(sum / Double(found.cycle.count) - best) < 1e-12)
        for (i, edge) in found.cycle.enumerated() { #expect(edge.to == found.cycle[(i + 1) % found.cycle.count].from) }
    }

    @Test func noCycleIsNone() {
        #expect(maximumMeanCycle(nodes: 3, edges: [RewardEdge(from: 0, to: 1, reward: 1, label: 0), RewardEdge(from: 1, to: 2, reward: 1, label: 0)], from: 0) == nil)
    }

    /// One state, actions paid 0 and d: h = 1 / (1 + 2 e^(d/alpha)) with two trades, whatever gamma.
    @Test(arguments: [0.0, 0.5, 0.99]) func oneStateIsABandit(_ gamma: Double) {
        let d = 0.03, alpha = 0.05
        let process = MarkovDecisionProcess(states: 1, actions: 3, allowed: [7], rewards: [0, d, d]) { _, _ in [(0, 1)] }
        let expected = 1 / (1 + 2 * 1.8221188003905089)  // e^0.6
        let soft = process.soft(gamma: gamma, temperature: alpha).policy[0], rest = process.fixedPoint(gamma: gamma, temperature: alpha).policy[0]
        // Values of order 1 / (1 - gamma) carry the tolerance of the sweeps.
        #expect(abs(soft - expected) < 1e-9)
        #expect(abs(rest - expected) < 1e-9)
    }

    @Test func forbiddenActionsAreNeverTaken() {
        let process = MarkovDecisionProcess(states: 2, actions: 2, allowed: [1, 3], rewards: [0, 100, 0, 1]) { _, a in [(a, 1)] }
        let soft = process.soft(gamma: 0.9, temperature: 10)
        #expect(soft.policy[1] == 0 && soft.q[1] == -.infinity)
        #expect(process.maximumMean(from: 0).gain == 0)
    }

    @Test func chainsCountWithAPrior() {
        let chain = regimeChain([0, 0, 0, 1, 1, 0] as [UInt8], regimes: 2, prior: 0.5)
        #expect(chain == [[0.625, 0.375], [0.5, 0.5]] as [[Double]])
    }
}
