import AbstractMDP
import NumericKernels
import Testing

/// Solvers of processes that are too large to eliminate, against what is known of them.
@Suite struct LargeProcessTests {
    /// A walk on 0..<n: action 0 steps down, 1 steps up, each the other way with chance `slip`; at the ends it stays. State n - 1 pays 1, state 0 `low`.
    static func walk(_ n: Int, slip: Double, low: Double) -> MarkovDecisionProcess {
        var rewards = [Double](repeating: 0, count: 2 * n)
        for a in 0..<2 {
            rewards[a] = low
            rewards[2 * (n - 1) + a] = 1
        }
        return MarkovDecisionProcess(states: n, actions: 2, allowed: [UInt32](repeating: 3, count: n), rewards: rewards) { s, a in
            let up = min(n - 1, s + 1), down = max(0, s - 1)
            return [(a == 1 ? up : down, 1 - slip), (a == 1 ? down : up, slip)]
        }
    }

    /// Largest gap between the values of a policy and what they say of each other.
    static func gap(_ process: MarkovDecisionProcess, _ policy: [Double], _ values: [Double], gamma: Double) -> Double {
        (0..<process.states).map { s in
            abs(values[s] - (0..<process.actions).reduce(0.0) { sum, a in
                let next = process.successors(s, a).reduce(0.0) { $0 + $1.probability * values[$1.state] }
                return policy[s * process.actions + a] > 0 ? sum + policy[s * process.actions + a] * (process.rewards[s * process.actions + a] + gamma * next) : sum
            })
        }.max() ?? 0
    }

    /// The best policy of a sure walk goes to the end whose pay, discounted by the way there, is larger: values in closed form.
    @Test(arguments: [0.9, 0.99, 0.999]) func hardValuesInClosedForm(_ gamma: Double) {
        let n = 601, low = 0.3, process = Self.walk(n, slip: 0, low: low), found = process.hard(gamma: gamma)
        #expect(found.residual <= 1e-10 && found.evaluationGap <= 1e-11 / (1 - gamma))
        for s in 0..<n {
            func power(_ k: Int) -> Double { (0..<k).reduce(1.0) { x, _ in x * gamma } }
            // Who leaves the lower end is paid there once.
            let expected = max(low * power(s) / (1 - gamma), power(n - 1 - s) / (1 - gamma) + (s == 0 ? low : 0))
            #expect(abs(found.values[s] - expected) < 1e-9 / (1 - gamma), "state \(s): \(found.values[s]), \(expected)")
        }
    }

    @Test(arguments: [0.9, 0.99, 0.999]) func allThreeSolutionsAreExact(_ gamma: Double) {
        let process = Self.walk(601, slip: 0.1, low: 0.5), temperature = 0.2
        for found in [process.hard(gamma: gamma), process.soft(gamma: gamma, temperature: temperature), process.fixedPoint(gamma: gamma, temperature: temperature)] {
            #expect(found.residual <= 1e-10)
            #expect(found.evaluationGap.isNaN || found.evaluationGap <= 1e-11 / (1 - gamma))
        }
        // The smooth maximum lies above the largest, by no more than temperature ln 2 a step.
        let hard = process.hard(gamma: gamma), soft = process.soft(gamma: gamma, temperature: temperature)
        for s in 0..<process.states {
            #expect(soft.values[s] >= hard.values[s] - 1e-9 / (1 - gamma) && soft.values[s] <= hard.values[s] + temperature * 0.693_148 / (1 - gamma))
        }
    }

    @Test func valuesOfAPolicy() {
        let process = Self.walk(601, slip: 0.3, low: -2), policy = (0..<1_202).map { $0 % 2 == 0 ? 0.35 : 0.65 }
        for gamma in [0.5, 0.97, 0.999] { #expect(Self.gap(process, policy, process.evaluate(policy, gamma: gamma), gamma: gamma) <= 2e-10) }
    }

    /// Stationary shares of a reflected walk that goes up with chance p: a geometric series of ratio p / (1 - p).
    @Test func sharesOfALongRun() {
        let n = 30, process = Self.walk(n, slip: 0, low: 0), p = 0.4, policy = (0..<2 * n).map { $0 % 2 == 0 ? 1 - p : p }
        var start = [Double](repeating: 0, count: n)
        start[n - 1] = 1
        let found = process.visits(policy, from: start), ratio = p / (1 - p), sum = (0..<n).reduce((total: 0.0, power: 1.0)) { at, _ in (at.total + at.power, at.power * ratio) }.total
        var power = 1.0
        for s in 0..<n {
            #expect(abs(found[s] - power / sum) < 1e-11)
            power *= ratio
        }
    }

    /// Two ends that are never left: where a fair walk stops depends on where it starts (gambler's ruin), and a cycle spends a third of its time in each of three states.
    @Test func severalClassesAndAPeriod() {
        let n = 11
        let ruin = MarkovDecisionProcess(states: n, actions: 1, allowed: [UInt32](repeating: 1, count: n), rewards: [Double](repeating: 0, count: n)) { s, _ in
            s == 0 || s == n - 1 ? [(s, 1)] : [(s - 1, 0.5), (s + 1, 0.5)]
        }
        for s in 0..<n {
            var start = [Double](repeating: 0, count: n)
            start[s] = 1
            let found = ruin.visits([Double](repeating: 1, count: n), from: start), up = Double(s) / Double(n - 1)
            #expect(abs(found[n - 1] - up) < 1e-11 && abs(found[0] - (1 - up)) < 1e-11, "from \(s): \(found)")
        }
        let cycle = MarkovDecisionProcess(states: 3, actions: 1, allowed: [1, 1, 1], rewards: [0, 0, 0]) { s, _ in [((s + 1) % 3, 1)] }
        #expect(cycle.visits([1, 1, 1], from: [1, 0, 0]).allSatisfy { abs($0 - 1.0 / 3) < 1e-12 })
    }

    /// A trap that is entered with chance q a step and never left: in the long run all of the time, in episodes of L steps on average q (L - 1) / (1 + q (L - 1)).
    @Test(arguments: [10.0, 390.0]) func anEpisodeKeepsATrapSmall(_ length: Double) {
        let q = 1e-4
        let process = MarkovDecisionProcess(states: 2, actions: 1, allowed: [1, 1], rewards: [0, 1]) { s, _ in s == 0 ? [(0, 1 - q), (1, q)] : [(1, 1)] }
        #expect(abs(process.visits([1, 1], from: [1, 0])[1] - 1) < 1e-9)
        let found = process.visits([1, 1], from: [1, 0], episode: length), expected = q * (length - 1) / (1 + q * (length - 1))
        #expect(abs(found[1] - expected) < 1e-12 && abs(found[0] - (1 - expected)) < 1e-12)
    }
}
