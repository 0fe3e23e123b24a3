import AbstractMDP
import Rewards
import Testing
import TradingTypes

/// The twelve-state example of REWARD-ANALYSIS E.5 under its three accruals.
@Suite struct WorkedExampleTests {
    struct Accruals: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let choices: [String: String]
        /// Greedy action by regime, HOLD or TRADE.
        let greedy: [String]
        /// Soft HOLD shares at alpha .05, in percent.
        let soft: [Double]?
        let fixedPoint: [Double]?
    }

    static let cases = [
        Accruals(testDescription: "cost per bar", choices: [:], greedy: ["TRADE", "TRADE", "HOLD", "HOLD"], soft: [27.0, 5.8, 35.6, 50.2], fixedPoint: nil),
        Accruals(
            testDescription: "cost on change", choices: ["cost_accrual": "change"], greedy: ["TRADE", "TRADE", "TRADE", "HOLD"], soft: [22.1, 4.0, 30.8, 46.9],
            // E.5 prints 21.5 for the first; a NumPy solution of the same twelve states gives 21.58 / 3.92 / 30.61 / 48.08.
            fixedPoint: [21.58, 3.92, 30.61, 48.08]),
    ]

    @Test(arguments: cases) func theExampleReproduces(_ example: Accruals) throws {
        let model = try WorkedProcess.abstraction("btc-s3", choices: example.choices).model()
        #expect(model.path.count * model.regimes == 12)
        for g in 0..<4 { #expect(abs(model.chain[g][g] - 0.95) < 0.003) }
        let process = model.process
        let hard = process.hard(gamma: 0.99), soft = process.soft(gamma: 0.99, temperature: 0.05), rest = process.fixedPoint(gamma: 0.99, temperature: 0.05)
        for solution in [hard, soft, rest] { #expect(solution.residual <= 1e-10) }
        #expect(hard.evaluationGap <= 1e-10)
        #expect(rest.evaluationGap <= 1e-10)
        for g in 0..<4 {
            let mix = model.mix(of: hard.policy)[g]
            #expect((mix[0] > 0.5 ? "HOLD" : "TRADE") == example.greedy[g], "regime \(g): \(mix)")
        }
        if let expected = example.soft {
            let shares = model.mix(of: soft.policy).map { 100 * $0[0] }
            for (share, wanted) in zip(shares, expected) { #expect(abs(share - wanted) < 0.06, "soft \(shares)") }
        }
        if let expected = example.fixedPoint {
            let shares = model.mix(of: rest.policy).map { 100 * $0[0] }
            for (share, wanted) in zip(shares, expected) { #expect(abs(share - wanted) < 0.06, "fixed point \(shares)") }
        }
    }

    /// Cost and activity bonus on change: in a trend, turning over on every bar earns .02 - .01 a bar for certain.
    @Test func churningATrendIsAFarm() throws {
        let model = try WorkedProcess.abstraction("btc-s3", choices: ["cost_accrual": "change", "activity_accrual": "change"]).model()
        let trending = model.frozen(1, paying: model.pay.certain[1])
        let best = trending.maximumMean(from: model.start)
        #expect(abs(best.gain - 0.01) < 1e-12)
        #expect(best.upperBound - best.gain < 1e-9)
        let cycle = trending.likeliestCycle(of: best.policy, from: model.start)
        #expect(Set(cycle.map(\.action)) == [1, 2] && cycle.count == 2)
        let edges = (0..<trending.states).flatMap { s in (0..<3).map { RewardEdge(from: s, to: trending.successors(s, $0)[0].state, reward: trending.rewards[s * 3 + $0], label: $0) } }
        let karp = try #require(maximumMeanCycle(nodes: trending.states, edges: edges, from: model.start))
        #expect(abs(karp.mean - 0.01) < 1e-12)
        #expect(karp.cycle.map(\.label).sorted() == [1, 2])
        // The optimum of the whole process turns over there too.
        let hard = model.process.hard(gamma: 0.99)
        for p in model.path.indices where model.path[p].position != 0 {
            let row = model.index(regime: 1, path: p) * 3, against = model.path[p].position > 0 ? 2 : 1
            #expect(hard.policy[row + against] == 1)
        }
    }
}
