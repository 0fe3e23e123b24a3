import Environments
import MaskablePPO
import NetworkKernels
import NumericKernels
import Rewards
import Testing
import TradingTypes
import Training

@Suite struct SpotVectorEnvironmentTests {
    private func market(_ design: RewardDesign, _ configuration: SpotConfiguration = SpotConfiguration(), observesRegime: Bool = true) -> SpotTrainingMarket {
        SpotTrainingMarket(smallMarket, configuration, design, observesRegime: observesRegime)
    }

    private func environment(_ market: SpotTrainingMarket, environments: Int = 3, episodeBars: Int = 50, seed: UInt64 = 7) -> SpotVectorEnvironment {
        let rows = smallMarket.split.train.clamped(to: 0..<market.environment.usableRows)
        return SpotVectorEnvironment(market, rows: rows, environments: environments, episodeBars: episodeBars, seed: seed)
    }

    /// Pay of one whole episode, scored at once along its own path: [T][K].
    private func scored(_ market: SpotTrainingMarket, first: Int, actions: [UInt8]) -> [[Double]] {
        let path = SpotPath(market.environment, rows: first..<first + actions.count, actions: actions)
        let outcomes = market.environment.outcomes(
            taken: path, actions: actions, market: market.prepared.columns(), needsNext: market.stack.needsNext)
        let ledger = market.stack.ledger(outcomes)
        return (0..<actions.count).map { t in ledger.map { $0[t] } }
    }

    /// Every finished episode's rewards against the whole episode scored at once; the number of steps compared.
    private func compare(_ market: SpotTrainingMarket, _ played: Played, location: SourceLocation = #_sourceLocation) -> Int {
        var steps = 0, worst = 0.0
        for n in played.rows.indices {
            for episode in played.finished(n) {
                let pay = scored(market, first: played.rows[n][episode.lowerBound], actions: Array(played.actions[n][episode]))
                for (t, i) in episode.enumerated() {
                    let total = pay[t].reduce(0, +)
                    worst = max(worst, abs(Double(played.rewards[n][i]) - total) / max(1, abs(total)))
                    steps += 1
                }
            }
        }
        // Rewards are single precision.
        #expect(worst < 1e-6, "rewards differ by \(worst)", sourceLocation: location)
        return steps
    }

    @Test(arguments: ["btc-s1", "btc-s2", "btc-s3"]) func payByTableIsTheLedger(_ name: String) throws {
        let market = market(try shippedReward(name))
        #expect(market.pay != nil)
        var random = RandomStream(seed: 1, purpose: "test")
        let played = Played(environment(market), rollouts: [1, 64, 7, 130, 64], &random)
        #expect(compare(market, played) >= 600)
    }

    static let settings: [SpotConfiguration] = [
        SpotConfiguration(fill: .nextOpen), SpotConfiguration(hold: .keep), SpotConfiguration(feeBasisPoints: 7, slippageBasisPoints: 2, hold: .keep, fill: .nextOpen),
    ]

    /// Where HOLD keeps the position, a reward without path names is paid along the path all the same.
    @Test(arguments: settings) func otherWaysOfTrading(_ configuration: SpotConfiguration) throws {
        let market = market(try shippedReward("btc-s3"), configuration)
        var random = RandomStream(seed: 2, purpose: "test")
        #expect(compare(market, Played(environment(market), rollouts: [64, 9, 128, 40], &random)) >= 450)
    }

    struct PathReward: Sendable, CustomTestStringConvertible {
        var testDescription: String, terms: String
    }

    static let pathRewards = [
        PathReward(testDescription: "differential Sharpe", terms: "- id: a\n  weight: 0.7\n  term: differential_sharpe\n  parameters:\n    rate: 0.05"),
        PathReward(testDescription: "accrual episode", terms: "- id: a\n  weight: 2\n  value: 1 + position\n  accrual: episode\n- id: b\n  weight: 1\n  value: direction * next_return"),
        PathReward(testDescription: "accrual open and close", terms: "- id: a\n  weight: 2\n  value: 1\n  accrual: open\n- id: b\n  weight: 3\n  value: unrealized\n  accrual: close"),
        PathReward(testDescription: "costs and profits", terms: "- id: a\n  weight: -100\n  value: cost\n- id: b\n  weight: 10\n  value: realized\n- id: c\n  weight: 1\n  value: drawdown\n- id: d\n  weight: 0.1\n  value: bars_in_position"),
        PathReward(testDescription: "potential of the path", terms: "- id: a\n  weight: 5\n  term: potential\n  parameters:\n    phi: unrealized + 0.1 * position"),
    ]

    /// Rewards with a memory: the same pay whatever the lengths of the roll-outs that an episode is cut into.
    @Test(arguments: pathRewards, [[Int](repeating: 1, count: 160), [33, 64, 5, 58], [49, 50, 51, 10], [160]])
    func pathRewardsEqualTheWholeEpisode(_ reward: PathReward, rollouts: [Int]) throws {
        let market = market(try TrainingTests.reward(reward.terms), SpotConfiguration(feeBasisPoints: 5))
        #expect(market.pay == nil)
        var random = RandomStream(seed: 3, purpose: "test")
        #expect(compare(market, Played(environment(market), rollouts: rollouts, &random)) == 3 * 150)
    }

    @Test(arguments: ["cost_accrual", "activity_accrual"]) func switchesOfBTCS3(_ name: String) throws {
        let market = market(try shippedReward("btc-s3", choices: [name: "change"]))
        #expect(market.pay == nil)
        var random = RandomStream(seed: 4, purpose: "test")
        #expect(compare(market, Played(environment(market), rollouts: [31, 64, 64, 12], &random)) >= 450)
    }

    @Test func feesNeverRaiseProfit() throws {
        var random = RandomStream(seed: 5, purpose: "test")
        let rows = smallMarket.split.train
        let actions = rows.map { _ in UInt8(random.below(3)) }
        var last = Double.infinity
        for fee in [0.0, 1, 5, 20, 80] {
            let result = TradingResult(SpotEnvironment(smallMarket.bars, SpotConfiguration(feeBasisPoints: fee)), rows: rows, actions: actions)
            #expect(result.netReturn < last)
            last = result.netReturn
        }
        // The same episodes and actions, paid after costs: no step earns more with fees, and those that change the position earn less.
        let design = try reward("- id: a\n  weight: 1\n  value: direction * next_return - cost")
        var paid: [[Float]] = []
        for fee in [0.0, 10] {
            var random = RandomStream(seed: 6, purpose: "test")
            paid.append(Played(environment(market(design, SpotConfiguration(feeBasisPoints: fee))), rollouts: [100, 100], &random).rewards.flatMap { $0 })
        }
        #expect(zip(paid[0], paid[1]).allSatisfy { $0 >= $1 })
        #expect(zip(paid[0], paid[1]).contains { $0 > $1 + 9e-4 })
    }

    @Test(arguments: [2, 50, 719, 100_000], [1, 5]) func episodesNeverLeaveTheSplit(episodeBars: Int, environments: Int) throws {
        let market = market(try shippedReward("btc-s1"))
        let environment = environment(market, environments: environments, episodeBars: episodeBars), rows = smallMarket.split.train
        var random = RandomStream(seed: 8, purpose: "test")
        let played = Played(environment, rollouts: [900, 900, 900], &random)
        for seen in played.foreseen {
            for row in seen.rows + seen.terminalRows + seen.nextRows { #expect(rows.contains(Int(row))) }
            #expect(seen.terminalRows.count == seen.endings.count { $0 == .truncated } && !seen.endings.contains(.terminated))
        }
        let length = min(episodeBars, rows.count - 1)
        for n in 0..<environments {
            for episode in played.finished(n) {
                #expect(episode.count == length)
                for i in episode.dropFirst() where played.rows[n][i] != played.rows[n][i - 1] + 1 { Issue.record("bars \(played.rows[n][i - 1]), \(played.rows[n][i]) follow each other") }
            }
        }
        // Both ends of the split are reached where many episodes fit.
        if episodeBars == 50, environments == 5 {
            let all = played.rows.flatMap { $0 }
            #expect(all.min()! < rows.lowerBound + 60 && all.max()! > rows.upperBound - 60)
        }
    }

    @Test(arguments: [true, false]) func stepsEqualPlay(fromTable: Bool) throws {
        let market = market(try shippedReward("btc-s3", choices: fromTable ? [:] : ["cost_accrual": "change"]))
        let whole = environment(market), stepped = environment(market), N = 3, steps = 130
        let seen = whole.foresee(steps: steps)
        var random = RandomStream(seed: 9, purpose: "test")
        let actions = (0..<steps * N).map { _ in UInt8(random.below(3)) }
        var all = [Float](repeating: 0, count: steps * N)
        whole.play(actions, steps: steps, rewards: &all)
        let now = FloatBlock(count: N * whole.observationCount), after = FloatBlock(count: N * whole.observationCount)
        let view = now.matrix(rows: N, columns: whole.observationCount), terminal = after.matrix(rows: N, columns: whole.observationCount)
        var masks = [UInt32](repeating: 0, count: N), regimes = [UInt8](repeating: 9, count: N)
        var rewards = [Float](repeating: 0, count: N), endings = [StepEnding](repeating: .terminated, count: N), truncated = 0
        func row(_ view: MatrixView, _ r: Int) -> [Float] { (0..<view.columns).map { view[r, $0] } }
        for t in 0..<steps {
            stepped.observe(into: view, masks: &masks, regimes: &regimes)
            for n in 0..<N {
                let bar = Int(seen.rows[t * N + n])
                #expect(row(view, n) == row(market.table.features, bar) && regimes[n] == market.table.regimes[bar] && masks[n] == 7)
            }
            stepped.step(Array(actions[t * N..<(t + 1) * N]), rewards: &rewards, endings: &endings, terminal: terminal)
            #expect(rewards == Array(all[t * N..<(t + 1) * N]))
            #expect(endings == Array(seen.endings[t * N..<(t + 1) * N]))
            for n in 0..<N where endings[n] == .truncated {
                #expect(row(terminal, n) == row(market.table.features, Int(seen.terminalRows[truncated])))
                truncated += 1
            }
        }
        #expect(truncated == 6)
        // The same state; the ledger's sums were added up in another order.
        let state = 3 * 4 + (fromTable ? 0 : 3 * 30)
        #expect(whole.snapshot().prefix(state + 12) == stepped.snapshot().prefix(state + 12))
        #expect(zip(whole.takeLedger().sums, stepped.takeLedger().sums).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test(arguments: [true, false]) func snapshotAndBack(fromTable: Bool) throws {
        let market = market(try shippedReward("btc-s3", choices: fromTable ? [:] : ["cost_accrual": "change"]))
        let first = environment(market), second = environment(market, seed: 7)
        var random = RandomStream(seed: 10, purpose: "test")
        _ = Played(first, rollouts: [77, 20], &random)
        let words = first.snapshot()
        var again = random
        let expected = Played(first, rollouts: [40, 61], &random)
        #expect(second.snapshot() != words)
        second.restore(words)
        #expect(second.snapshot() == words)
        let found = Played(second, rollouts: [40, 61], &again)
        #expect(found.rewards == expected.rewards && found.rows == expected.rows && found.isFirst == expected.isFirst)
        #expect(first.takeLedger().sums == second.takeLedger().sums)
        #expect(first.takeLedger().steps.reduce(0, +) == 0)
    }

    @Test(arguments: [true, false]) func ledgerRowsSumToRewards(fromTable: Bool) throws {
        let market = market(try shippedReward("btc-s3", choices: fromTable ? [:] : ["cost_accrual": "change"]))
        let environment = environment(market)
        var random = RandomStream(seed: 11, purpose: "test")
        let played = Played(environment, rollouts: [100, 31, 90], &random)
        let (sums, steps) = environment.takeLedger()
        var expected = [Double](repeating: 0, count: 12), counts = [Int](repeating: 0, count: 12)
        for n in played.rows.indices {
            for i in played.rows[n].indices {
                let cell = Int(market.table.regimes[played.rows[n][i]]) * 3 + Int(played.actions[n][i])
                expected[cell] += Double(played.rewards[n][i])
                counts[cell] += 1
            }
        }
        #expect(steps == counts && counts.reduce(0, +) == 3 * 221)
        for cell in 0..<12 {
            let row = Array(sums[cell * market.payWidth..<(cell + 1) * market.payWidth]).map(Double.init)
            #expect(abs(row[0] - expected[cell]) < 1e-4)
            #expect(abs(row[1...market.termNames.count].reduce(0, +) - row[0]) < 1e-4)
            #expect(row.dropFirst(1 + market.termNames.count).allSatisfy { $0 == 0 })
        }
    }

    /// Observations are the standardised features of the bar, then the regime as four indicators.
    @Test func observations() throws {
        let with = market(try shippedReward("btc-s1")), without = market(try shippedReward("btc-s1"), observesRegime: false)
        #expect(with.observationNames.count == 48 && with.table.features.columns == 48 && without.table.features.columns == 44)
        let bar = smallMarket.split.train.lowerBound + 17
        for c in 0..<44 { #expect(with.table.features[bar, c] == without.table.features[bar, c]) }
        #expect((44..<48).map { with.table.features[bar, $0] } == (0..<4).map { $0 == Int(smallMarket.regimes.labels[bar]) ? 1 : 0 })
    }
}
