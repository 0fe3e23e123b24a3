import AbstractMDP
import Rewards
import Testing
import TradingTypes

/// How rewards become processes.
@Suite struct SpotAbstractionTests {
    private func model(_ terms: String, hitRate: Double = 0.5) throws -> AbstractModel {
        let text = "schema: 1\nname: x\nenvironment: spot\nterms:\n" + terms
        let design = try RewardDesign(file: "x.yaml", text: text, scope: WorkedProcess.scope, gamma: 0.99)
        return SpotAbstraction(RewardStack(design), WorkedProcess.market()).model(hitRate: hitRate)
    }

    @Test func onlyWhatTheRewardReadsIsToldApart() throws {
        #expect(try model("  - id: a\n    weight: 1\n    value: direction * next_return\n").path.count == 3)
        #expect(try model("  - id: a\n    weight: 1\n    value: bars_flat\n").path.count == 30)
        #expect(try model("  - id: a\n    weight: 1\n    value: unrealized\n").path.count == 1 + 2 * 15)
        #expect(try model("  - id: a\n    weight: 1\n    value: realized\n  - id: b\n    weight: 1\n    value: bars_in_position\n").path.count == 10 + 2 * 10 * 15)
    }

    /// A position's profit is a martingale at a coin's hit rate, away from the grid's ends: the pay of 'unrealized' does not drift.
    @Test func profitsAreAMartingale() throws {
        let model = try model("  - id: a\n    weight: 1\n    value: unrealized\n")
        let process = model.process
        for (p, state) in model.path.enumerated() where state.position == 1 && abs(state.profit) < 0.05 {
            for g in 0..<4 {
                let mean = process.successors(model.index(regime: g, path: p), 1).reduce(0) { $0 + $1.probability * model.path[$1.state % model.path.count].profit }
                #expect(abs(mean - state.profit) < 1e-12, "\(state)")
            }
        }
    }

    /// E|r| = .75 sigma: at a hit rate p a long bar is worth 200 * .75 sigma (2p - 1).
    @Test(arguments: [0.0, 0.5, 0.6, 1.0]) func theHitRateMovesTheBase(_ p: Double) throws {
        let model = try model("  - id: a\n    weight: 200\n    value: direction * next_return\n", hitRate: p)
        for (g, sigma) in [0.0030, 0.0055, 0.0085, 0.0140].enumerated() {
            let pay = model.pay.at(hitRate: p, regime: g, pair: 1)
            #expect(abs(pay - 200 * 0.75 * sigma * (2 * p - 1)) < 1e-9)
        }
    }

    /// Potentials leave the best policy as it is (Ng, Harada and Russell 1999).
    @Test func shapingChangesNoPolicy() throws {
        let base = "  - id: a\n    weight: 1\n    value: direction * next_return - 0.001 * abs(direction - position)\n  - id: b\n    weight: 0.002\n    when: action == HOLD and regime in [HIGH_VOL, CRISIS]\n"
        let shaping = "  - id: s\n    weight: 0.5\n    term: potential\n    parameters:\n      phi: position * 0.3 + if(regime == CRISIS, 1, 0)\n"
        let plain = try model(base).process.hard(gamma: 0.99), shaped = try model(base + shaping).process.hard(gamma: 0.99)
        #expect(plain.policy == shaped.policy)
        #expect(plain.values != shaped.values)
    }

    /// Who stays flat grows a bar older on every bar: a bucket of w ages lasts w bars on average, and the last one for ever.
    @Test func agesPassAsBarsDo() throws {
        let model = try model("  - id: a\n    weight: 1\n    value: bars_flat\n"), process = model.process
        for (p, state) in model.path.enumerated() where state.position == 0 {
            let width = state.age.upperBound == Int.max ? Double.infinity : Double(state.age.count)
            let after = process.successors(model.index(regime: 0, path: p), 0)
            let stays = after.reduce(0) { $1.state % model.path.count == p ? $0 + $1.probability : $0 }
            #expect(abs(stays - (1 - 1 / width)) < 1e-12, "\(state)")
            // What is left goes to the next bucket, and a trade starts at the first.
            let older = after.reduce(0) { model.path[$1.state % model.path.count].age.lowerBound == state.age.upperBound &+ 1 ? $0 + $1.probability : $0 }
            #expect(abs(stays + older - 1) < 1e-12)
            #expect(process.successors(model.index(regime: 0, path: p), 1).allSatisfy { model.path[$0.state % model.path.count].age.lowerBound == 1 })
        }
    }

    /// A machine of one state remembers nothing: paid 1 for a long that wins and charged .5 for a short, it is paid that in every state, whatever the path it is averaged over.
    @Test func memoriesArePaidTheirMean() throws {
        func machine(_ id: String, _ when: String, _ reward: Double) -> String {
            "  - id: \(id)\n    weight: 2\n    term: reward_machine\n    parameters:\n      states: [A, B]\n      edges:\n        - from: A\n          to: A\n          when: \(when)\n          reward: \(reward)\n"
        }
        let model = try model(machine("won", "direction > 0 and next_return > 0", 1) + machine("short", "direction < 0", -0.5))
        let pays: [(high: Double, low: Double)] = [(0, 0), (2, 0), (-1, -1)]
        for g in 0..<4 {
            for p in model.path.indices {
                for (a, expected) in pays.enumerated() {
                    let pair = p * 3 + a
                    #expect(abs(model.pay.at(hitRate: 1, regime: g, pair: pair) - expected.high) < 1e-12 && abs(model.pay.at(hitRate: 0, regime: g, pair: pair) - expected.low) < 1e-12, "\(g), \(p), \(a)")
                }
            }
        }
    }

    @Test func memoriesAreNamed() throws {
        let model = try model("  - id: dsr\n    weight: 1\n    term: differential_sharpe\n")
        #expect(model.averaged == ["dsr"])
    }
}
