import Environments
import Foundation
import MaskablePPO
import NetworkKernels
import NumericKernels
import Rewards
import TestSupport
import Testing
import TradingTypes
import Training

/// Policies that observe their own position.
@Suite struct SpotAgentsEnvironmentTests {
    private func environment(_ terms: String, _ configuration: SpotConfiguration, environments: Int = 3, episodeBars: Int = 90) throws -> SpotVectorEnvironment {
        let market = SpotTrainingMarket(smallMarket, configuration, try reward(terms), observesRegime: true, observedState: SpotState.allCases)
        return SpotVectorEnvironment(
            market, rows: smallMarket.split.train.clamped(to: 0..<market.environment.usableRows), environments: environments, episodeBars: episodeBars, seed: 7)
    }

    static let table = "- id: a\n  weight: 100\n  value: direction * next_return"
    static let path = "- id: a\n  weight: 100\n  value: direction * next_return - cost\n- id: b\n  weight: 2\n  value: unrealized\n- id: c\n  weight: 1\n  term: differential_sharpe"

    /// Rewards are those of the environment that shows no state, for the same actions; what is shown is the state that `SpotPath` walks to.
    @Test(arguments: [table, path], [SpotConfiguration(), SpotConfiguration(feeBasisPoints: 4, hold: .keep, fill: .nextOpen)])
    func showsTheStateThatActionsLedTo(_ terms: String, _ configuration: SpotConfiguration) throws {
        let N = 3, rollouts = [300, 7, 600], plain = try environment(terms, configuration), agents = SpotAgentsEnvironment(try environment(terms, configuration))
        let market = plain.market, base = market.table.features.columns, F = agents.observationCount
        #expect(F == base + 5 && market.observationNames.suffix(5) == ["position", "bars_in_position", "bars_flat", "unrealized", "drawdown"])
        var random = RandomStream(seed: 1, purpose: "test")
        let played = Played(plain, rollouts: rollouts, &random)
        let now = FloatBlock(count: N * F), after = FloatBlock(count: N * F)
        let view = now.matrix(rows: N, columns: F), terminal = after.matrix(rows: N, columns: F)
        var masks = [UInt32](repeating: 0, count: N), regimes = [UInt8](repeating: 9, count: N)
        var rewards = [Float](repeating: 9, count: N), endings = [StepEnding](repeating: .goesOn, count: N)
        var seen = [[[Float]]](repeating: [], count: N), last = [[Int: [Float]]](repeating: [:], count: N), step = 0
        for steps in rollouts {
            for _ in 0..<steps {
                agents.observe(into: view, masks: &masks, regimes: &regimes)
                for n in 0..<N {
                    seen[n].append((0..<F).map { view[n, $0] })
                    #expect(view[n, 3] == market.table.features[played.rows[n][step], 3] && regimes[n] == market.table.regimes[played.rows[n][step]])
                }
                agents.step((0..<N).map { played.actions[$0][step] }, rewards: &rewards, endings: &endings, terminal: terminal)
                #expect(rewards == [0, 0, 0])
                for n in 0..<N where endings[n] == .truncated { last[n][step] = (base..<F).map { terminal[n, $0] } }
                step += 1
            }
            var paid = [Float](repeating: .nan, count: steps * N)
            agents.score(steps: steps, rewards: &paid)
            let expected = (0..<steps * N).map { played.rewards[$0 % N][step - steps + $0 / N] }
            #expect(zip(paid, expected).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
        }
        var compared = 0
        for n in 0..<N {
            for episode in played.finished(n) {
                let first = played.rows[n][episode.lowerBound]
                // One bar more, whose state is what is seen when the episode is cut off.
                let walked = SpotPath(market.environment, rows: first..<first + episode.count + 1, actions: Array(played.actions[n][episode]) + [0])
                func state(_ k: Int) -> [Double] {
                    [
                        walked.position[k], Foundation.log(1 + walked.barsInPosition[k]) / 5, Foundation.log(1 + walked.barsFlat[k]) / 5, 10 * walked.unrealized[k],
                        10 * walked.drawdown[k],
                    ]
                }
                for (k, i) in episode.enumerated() {
                    #expect(zip(seen[n][i][base...], state(k)).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "environment \(n), step \(i)")
                    compared += 1
                }
                let cut = try #require(last[n][episode.upperBound - 1])
                #expect(zip(cut, state(episode.count)).allSatisfy { abs(Double($0) - $1) < 1e-5 })
            }
        }
        #expect(compared == N * 900)
    }

    @Test(arguments: [table, path]) func snapshotAndBack(_ terms: String) throws {
        let first = SpotAgentsEnvironment(try environment(terms, SpotConfiguration(feeBasisPoints: 2))), second = SpotAgentsEnvironment(try environment(terms, SpotConfiguration(feeBasisPoints: 2)))
        let N = 3, F = first.observationCount, block = FloatBlock(count: N * F)
        let view = block.matrix(rows: N, columns: F)
        var random = RandomStream(seed: 2, purpose: "test")
        func play(_ environment: SpotAgentsEnvironment, _ actions: [[UInt8]]) -> (seen: [Float], paid: [Float]) {
            var masks = [UInt32](repeating: 0, count: N), regimes = [UInt8](repeating: 0, count: N)
            var rewards = [Float](repeating: 0, count: N), endings = [StepEnding](repeating: .goesOn, count: N), seen: [Float] = []
            let after = FloatBlock(count: N * F)
            for chosen in actions {
                environment.observe(into: view, masks: &masks, regimes: &regimes)
                seen += view.values
                environment.step(chosen, rewards: &rewards, endings: &endings, terminal: after.matrix(rows: N, columns: F))
            }
            var paid = [Float](repeating: 0, count: actions.count * N)
            environment.score(steps: actions.count, rewards: &paid)
            return (seen, paid)
        }
        func actions(_ steps: Int) -> [[UInt8]] { (0..<steps).map { _ in (0..<N).map { _ in UInt8(random.below(3)) } } }
        _ = play(first, actions(130))
        let words = first.snapshot(), next = actions(140)
        let a = play(first, next)
        _ = play(second, actions(33))
        second.restore(words)
        #expect(second.snapshot() == words)
        let b = play(second, next)
        #expect(a.seen == b.seen && a.paid == b.paid)
        #expect(first.snapshot() == second.snapshot())
    }

    /// A reward for doing the opposite of what one has just done: with the position in sight it is learnt, without it no policy gets more than half.
    @Test func whatOneSeesOneCanLearn() throws {
        func share(_ observe: String) throws -> Double {
            let folder = try Workspace()
            let text = """
                schema: 1
                name: alternate
                data:
                  bars: synthetic:btc-hourly,bars=2500
                reward: \(folder.path)/alternate.yaml
                policy:
                  hidden: [16, 16]
                environment:
                  episode_bars: 60
                \(observe)
                ppo:
                  environments: 8
                  n_steps: 64
                  gamma: 0
                  learning_rate: 0.001
                  ent_coef: 0.05
                steps: 60000

                """
            try "schema: 1\nname: alternate\nenvironment: spot\nterms:\n  - id: a\n    weight: 1\n    when: (position == 0 and action == LONG) or (position == 1 and action == HOLD)\n"
                .write(toFile: folder.path + "/alternate.yaml", atomically: true, encoding: .utf8)
            let inputs = try TrainingInputs(Experiment(file: "alternate.yaml", text: text, overrides: []))
            let run = try TrainingRun(inputs, seed: 3, folder: folder.path + "/run", version: "test", threads: 2, resuming: false)
            _ = try run.run()
            let seen = run.evaluation(.train), rows = inputs.trainingRows.count
            // Round trips of LONG, HOLD, LONG, HOLD ...: one every two bars.
            return Double(2 * seen.argmaxResult.roundTrips) / Double(rows)
        }
        let seeing = try share("  observe: [position]"), blind = try share("  observe: []")
        #expect(seeing > 0.9 && blind < 0.8, "\(seeing) with the position in sight, \(blind) without")
    }
}
