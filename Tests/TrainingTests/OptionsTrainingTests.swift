import ComponentKit
import Expressions
import Foundation
import Intraday
import MaskablePPO
import NetworkKernels
import NumericKernels
import OptionPricing
import OptionsEnvironment
import Policies
import Rewards
import RunRecords
import TestSupport
import Testing
import TradingTypes
import Training

private let smallIntraday: LoadedIntraday = {
    do { return try IntradaySource.parse("synthetic:intraday,seed=3,days=8").load() } catch { fatalError("\(error)") }
}()

/// A reward for options of the given `terms:` lines.
private func optionsReward(_ terms: String) throws -> RewardDesign {
    let lines = terms.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    return try RewardDesign(
        file: "test.yaml", text: "schema: 1\nname: test\nenvironment: options\nterms:\n\(lines)\n", scope: OptionsTrainingMarket.scope, gamma: 0.92)
}

private func optionsMarket(_ terms: String, _ change: (inout OptionsSettings) -> Void = { _ in }) throws -> OptionsTrainingMarket {
    var settings = OptionsSettings()
    change(&settings)
    return OptionsTrainingMarket(smallIntraday, fractions: (60, 20, 20), settings, try optionsReward(terms), observesRegime: true)
}

@Suite struct OptionsVectorEnvironmentTests {
    struct Reward: Sendable, CustomTestStringConvertible {
        var testDescription: String, terms: String
    }

    static let rewards = [
        Reward(testDescription: "plain", terms: "- id: a\n  weight: 10\n  value: net_profit\n- id: b\n  weight: 0.02\n  when: action in [BUY_CALL, BUY_PUT]\n- id: c\n  weight: -0.02\n  when: action == HOLD and flat and setup_score >= 3"),
        Reward(testDescription: "sales", terms: "- id: a\n  weight: 1\n  value: tier(sale_return, 0.02 -> 0.3, 0.05 -> 0.5)\n  when: sold > 0\n- id: b\n  weight: 1\n  value: realized\n- id: c\n  weight: 3\n  value: trade_return\n  when: forced_exit"),
        Reward(testDescription: "a memory of the episode", terms: "- id: a\n  weight: 0.7\n  term: differential_sharpe\n  parameters:\n    rate: 0.05"),
        Reward(testDescription: "accrual episode", terms: "- id: a\n  weight: 2\n  value: 1 + trades\n  accrual: episode\n- id: b\n  weight: 1\n  value: delta * minutes_in_trade"),
        Reward(testDescription: "accrual open and close", terms: "- id: a\n  weight: 2\n  value: 1\n  accrual: open\n- id: b\n  weight: 3\n  value: premium_change\n  accrual: close"),
        Reward(testDescription: "potential", terms: "- id: a\n  weight: 5\n  term: potential\n  parameters:\n    phi: premium_change + 0.1 * position"),
    ]

    /// The same pay whatever the lengths of the roll-outs that an episode is cut into: that of the whole episode scored at once.
    @Test(arguments: rewards, [[Int](repeating: 1, count: 130), [33, 64, 5, 28], [130], [29, 31, 30, 40]])
    func payEqualsTheWholeEpisode(_ reward: Reward, rollouts: [Int]) throws {
        let market = try optionsMarket(reward.terms) { $0.episodeMinutes = 30 }
        let environment = OptionsVectorEnvironment(market, days: market.days(.train), environments: 3, seed: 5)
        var random = RandomStream(seed: 4, purpose: "test")
        var played = (0..<3).map { _ in [(before: AgentState, facts: StepFacts, reward: Float)]() }
        let block = FloatBlock(count: 3 * environment.observationCount), after = FloatBlock(count: 3 * environment.observationCount)
        let seen = block.matrix(rows: 3, columns: environment.observationCount), terminal = after.matrix(rows: 3, columns: environment.observationCount)
        var masks = [UInt32](repeating: 0, count: 3), regimes = [UInt8](repeating: 0, count: 3), endings = [StepEnding](repeating: .goesOn, count: 3), none = [Float](repeating: 0, count: 3)
        var ledgerTotal = 0.0, paidTotal = 0.0
        for steps in rollouts {
            for _ in 0..<steps {
                environment.observe(into: seen, masks: &masks, regimes: &regimes)
                let actions = masks.map { mask -> UInt8 in
                    let allowed = (0..<5).filter { mask >> UInt32($0) & 1 == 1 }
                    return random.below(2) == 0 ? 0 : UInt8(allowed[Int(random.below(UInt64(allowed.count)))])
                }
                let before = environment.batch.states
                // The same step on a copy tells what happened.
                let facts = (0..<3).map { n -> StepFacts in
                    var session = OptionsSession(market.market, state: before[n])
                    return session.step(OptionAction(rawValue: actions[n])!)
                }
                environment.step(actions, rewards: &none, endings: &endings, terminal: terminal)
                for n in 0..<3 {
                    played[n].append((before[n], facts[n], .nan))
                    #expect(endings[n] == (facts[n].episode == 0 ? .goesOn : facts[n].episode == 1 ? .terminated : .truncated))
                }
            }
            var rewards = [Float](repeating: .nan, count: steps * 3)
            environment.score(steps: steps, rewards: &rewards)
            for t in 0..<steps { for n in 0..<3 { played[n][played[n].count - steps + t].reward = rewards[t * 3 + n] } }
            let ledger = environment.takeLedger()
            ledgerTotal += stride(from: 0, to: ledger.sums.count, by: market.payWidth).reduce(0.0) { $0 + Double(ledger.sums[$1]) }
            paidTotal += rewards.reduce(0.0) { $0 + Double($1) }
            #expect(ledger.steps.reduce(0, +) == steps * 3)
        }
        #expect(abs(ledgerTotal - paidTotal) < 1e-3 * max(1, abs(paidTotal)))
        var compared = 0, worst = 0.0, something = false
        for n in 0..<3 {
            var start = 0
            for (i, step) in played[n].enumerated() where step.facts.episode != 0 {
                var trajectory = OptionsTrajectory()
                let episode = played[n][start...i].map { RecordedStep(before: $0.before, facts: $0.facts) }
                var last = OptionsSession(market.market, state: step.before)
                last.step(OptionAction(rawValue: step.facts.chosen)!)
                trajectory.append(episode[...], after: last.state)
                let pay = market.stack.ledger(market.market.outcomes(of: trajectory, names: market.stack.names, needsNext: market.stack.needsNext))
                for t in episode.indices {
                    let total = pay.reduce(0) { $0 + $1[t] }
                    worst = max(worst, abs(Double(played[n][start + t].reward) - total) / max(1, abs(total)))
                    something = something || total != 0
                    compared += 1
                }
                start = i + 1
            }
        }
        #expect(compared >= 300 && something)
        #expect(worst < 1e-6, "rewards differ by \(worst)")
    }

    /// After the day's end a potential is worth nothing; after a truncation it keeps its worth.
    @Test func potentialAtTheEnd() throws {
        let market = try optionsMarket("- id: a\n  weight: 1\n  term: potential\n  parameters:\n    phi: 1 + minutes_to_close")
        let table = market.market, end = table.days[0].rows.upperBound - 1
        func pay(_ session: OptionsSession) -> [Double] {
            let trajectory = OptionsTrajectory(session, actions: [.hold, .hold])
            return market.stack.ledger(table.outcomes(of: trajectory, names: market.stack.names, needsNext: true))[0]
        }
        // Minutes to the close 2, 1, 0: potentials 3, 2 and, the day being over, nothing.
        let over = pay(OptionsSession(table, day: 0, firstRow: end - 2)), cut = pay(OptionsSession(table, day: 0, firstRow: end - 5, minutes: 2))
        #expect(abs(over[0] - (0.92 * 2 - 3)) < 1e-12 && over[1] == -2)
        #expect(abs(cut[1] - (0.92 * 4 - 5)) < 1e-12)
    }

    /// A strong setup is what the score says, or what a condition on the market says, minute by minute; the agent's own names are refused.
    @Test func strongSetups() throws {
        func experiment(_ setup: String) throws -> Experiment {
            try Experiment(file: "x.yaml", text: "schema: 1\nname: x\nreward: r.yaml\ndata:\n  bars: synthetic:intraday\nenvironment:\n  kind: options\n  strong_setup: \(setup)\n")
        }
        let found = try experiment("setup_score >= 5 and gap_pct > 0 or minutes_since_open < 3").options
        #expect(found.strongCondition?.text == "setup_score >= 5 and gap_pct > 0 or minutes_since_open < 3")
        let market = try optionsMarket(Self.rewards[0].terms) { $0 = found }
        let score = try #require(market.market.column("setup_score")), gap = try #require(market.market.column("gap_pct")), minutes = try #require(market.market.column("minutes_since_open"))
        let expected = score.indices.map { score[$0] >= 5 && gap[$0] > 0 || minutes[$0] < 3 }
        #expect(market.isStrong == expected && expected.contains(true) && expected.contains(false))
        #expect(try experiment("5").options.strongSetup == 5 && experiment("5").options.strongCondition == nil)
        for (setup, word) in [("premium_change > 0", "premium_change"), ("action == HOLD", "action"), ("net_profit > 0", "net_profit"), ("7", "7")] {
            let failure = #expect(throws: InputIssues.self) { _ = try experiment(setup) }
            #expect(failure?.issues.contains { $0.message.contains(word) } == true, "\(setup): \(failure?.issues.map(\.message) ?? [])")
        }
    }

    @Test func statisticsAndSnapshot() throws {
        let market = try optionsMarket(Self.rewards[2].terms) { $0.strongSetup = 5 }
        func make() -> OptionsVectorEnvironment { OptionsVectorEnvironment(market, days: market.days(.train), environments: 4, seed: 9) }
        var settings = PPOSettings()
        settings.stepsPerRollout = 96
        func learner(_ environment: OptionsVectorEnvironment) -> PPOLearner {
            PPOLearner(environment, policy: MLPPolicy(observations: environment.observationCount, actions: 5, seed: 1), settings: settings, seed: 3, totalSteps: 100_000, team: ThreadTeam(threads: 1))
        }
        let first = make(), a = learner(first)
        for _ in 0..<3 { try a.collect() }
        // Chosen actions are all allowed, and the statistics count what the roll-outs show.
        var flat = [Double](repeating: 0, count: 5), inTrade = flat
        for i in 0..<a.rollout.count {
            let mask = a.rollout.masks[i]
            #expect(mask >> UInt32(a.rollout.actions[i]) & 1 == 1)
            if mask & 0b110 != 0 { flat[Int(a.rollout.actions[i])] += 1 } else if mask.nonzeroBitCount > 1 { inTrade[Int(a.rollout.actions[i])] += 1 }
        }
        let saved = first.snapshot()
        _ = first.takeStatistics()
        try a.collect()
        flat = [Double](repeating: 0, count: 5)
        inTrade = flat
        var strong = 0.0, strongBuys = 0.0
        for i in 0..<a.rollout.count {
            let mask = a.rollout.masks[i]
            if mask & 0b110 != 0 { flat[Int(a.rollout.actions[i])] += 1 } else if mask.nonzeroBitCount > 1 { inTrade[Int(a.rollout.actions[i])] += 1 }
        }
        let found = first.takeStatistics()
        #expect(found.flat == flat && found.inTrade == inTrade && found.flatDecisions + inTrade.reduce(0, +) <= 384)
        strong = found.strongDecisions
        strongBuys = found.strongBuys
        // Calls and puts mirror each other: of six conditions three hold for one of them nearly always.
        for level in [3.0, 4, 5, 6] {
            let calls = market.market.column("setup_score")!, puts = market.market.column("setup_score_put")!
            print("setup score \(level) or more: \(calls.indices.filter { max(calls[$0], puts[$0]) >= level }.count) of \(calls.count) minutes")
        }
        #expect(strong > 0 && strong < found.flatDecisions && strongBuys <= flat[1] + flat[2])
        let audit = try #require(found.auditShares)
        #expect(abs(audit.reduce(0, +) - 1) < 1e-12 && abs(audit[0] - (flat[0] + inTrade[0]) / (flat[0] + inTrade[0] + flat[1] + flat[2])) < 1e-12)
        #expect(found.trades > 3 && found.expectancy! < 0 && found.endings.reduce(0, +) == found.trades)
        // Restored, the environment does the same again, the episode's memory included.
        let second = make()
        second.restore(saved)
        #expect(second.snapshot() == saved)
        var x = [Float](repeating: 0, count: 4), y = x, endings = [StepEnding](repeating: .goesOn, count: 4)
        let block = FloatBlock(count: 4 * first.observationCount), terminal = block.matrix(rows: 4, columns: first.observationCount)
        first.restore(saved)
        for t in 0..<40 {
            first.step([UInt8(t % 5), 1, 0, 2], rewards: &x, endings: &endings, terminal: terminal)
            second.step([UInt8(t % 5), 1, 0, 2], rewards: &y, endings: &endings, terminal: terminal)
        }
        x = [Float](repeating: 0, count: 160)
        y = x
        first.score(steps: 40, rewards: &x)
        second.score(steps: 40, rewards: &y)
        #expect(x == y && x.contains { $0 != 0 } && first.snapshot() == second.snapshot())
    }
}

@Suite struct OptionsExperimentTests {
    private func experiment(_ text: String, _ overrides: [String] = []) throws -> Experiment {
        try Experiment(file: "x.yaml", text: "schema: 1\nname: x\nreward: r.yaml\n" + text, overrides: overrides.map { try ExperimentOverride($0) })
    }

    @Test func keys() throws {
        let text = """
            environment:
              kind: options
              days_to_expiry: 0
              delta: 0.4
              contracts: 4
              trim_fraction: 0.5
              stop: 0.2
              fee: 1
              fill_delay: 1
              episode_minutes: 60
              fee_multiplier: 0.5
              volatility: realized
            features:
              set: scalp-audited
            """
        let found = try experiment(text)
        var expected = OptionsConfiguration(daysToExpiry: 0, strike: .delta(0.4), level: .realized, contracts: 4, trimFraction: 0.5, stop: 0.2, feePerContract: 1, fillDelay: 1)
        #expect(found.kind == .options && found.options.configuration == expected && found.bars == "synthetic:intraday")
        #expect(found.options.episodeMinutes == 60 && found.options.rules.feeMultiplier == 0.5 && found.options.observations == .audited)
        // The written experiment reads back as the same.
        let again = try Experiment(file: "again.json", text: JSONValue.object(found.parameters.object!.merging(["schema": 1, "about": ""]) { $1 }).document)
        #expect(again.options == found.options && again.kind == .options && again.parameters == found.parameters)
        expected = OptionsConfiguration()
        #expect(try experiment("environment:\n  kind: options\n").options.configuration == expected)
        #expect(try experiment("environment:\n  kind: options\n", ["environment.moneyness=0.01"]).options.configuration.strike == .moneyness(0.01))
        #expect(try experiment("environment:\n  kind: spot\n  fee_bps: 3\n").kind == .spot)
        let several = try experiment("environment:\n  kind: options\ndata:\n  bars:\n    SPY: a.csv\n    QQQ: b.csv\n")
        #expect(several.bars == "SPY: a.csv, QQQ: b.csv")
    }

    @Test(arguments: [
        ("environment:\n  kind: options\n  fee_bps: 3\n", "fee_bps"),
        ("environment:\n  kind: options\n  delta: 0.5\n  moneyness: 0\n", "not by both"),
        ("environment:\n  kind: options\n  stop: 2\n", "stop"),
        ("environment:\n  kind: options\nfeatures:\n  set: scalp-ful\n", "did you mean 'scalp-full'?"),
        ("environment:\n  kind: options\npolicy:\n  kind: regime_transformer\n", "kind: mlp"),
        ("environment:\n  kind: options\ndata:\n  from: 2024-01-01\n", "days=60"),
        ("environment:\n  kind: futures\n", "futures"),
    ])
    func faults(_ text: String, _ part: String) throws {
        do {
            _ = try experiment(text)
            Issue.record("accepted")
        } catch let issues as InputIssues {
            #expect("\(issues)".contains(part), "\(issues)")
        }
    }
}

@Suite struct OptionsRunTests {
    static let text = """
        schema: 1
        name: scalp
        data:
          bars: synthetic:intraday,seed=3,days=8
        environment:
          kind: options
        reward: REWARD
        policy:
          hidden: [16, 16]
        ppo:
          environments: 4
          n_steps: 48
          batch_size: 32
          n_epochs: 2
          gamma: 0.92
        steps: 1000
        evaluate_every: 2

        """

    static let reward = """
        schema: 1
        name: test
        environment: options
        terms:
          - id: profit
            weight: 10
            value: net_profit
          - id: sharpe
            weight: 0.1
            term: differential_sharpe
            parameters:
              rate: 0.05

        """

    /// Trained in one go or stopped after every update: the same bytes; and what the folder says afterwards is what the policy did.
    @Test(arguments: [[], ["normalize.observations=true", "normalize.rewards=true", "environment.episode_minutes=40", "environment.fill_delay=1"]])
    func stoppedAfterEveryUpdate(_ overrides: [String]) throws {
        let folder = try Workspace()
        let file = folder.path + "/reward.yaml"
        try Self.reward.write(toFile: file, atomically: true, encoding: .utf8)
        let inputs = try TrainingInputs(Experiment(file: "x.yaml", text: Self.text.replacing("REWARD", with: file), overrides: overrides.map { try ExperimentOverride($0) }))
        let whole = folder.path + "/whole", parts = folder.path + "/parts"
        let reference = try TrainingRun(inputs, seed: 5, folder: whole, version: "test", threads: 1, resuming: false)
        #expect(try reference.run() == .finished)
        var starts = 0
        while true {
            let run = try TrainingRun(inputs, seed: 5, folder: parts, version: "test", threads: 1 + starts % 2, resuming: starts > 0)
            starts += 1
            var updates = 0
            if try run.run(shouldStop: { updates == 1 }, report: { _ in updates += 1 }) == .finished { break }
        }
        #expect(starts == 6)
        #expect(try Data(contentsOf: URL(fileURLWithPath: whole + "/policy.safetensors")) == Data(contentsOf: URL(fileURLWithPath: parts + "/policy.safetensors")))
        for name in ["mix.csv", "ledger.csv", "scalping.csv"] { #expect(try folder.text("whole/" + name) == folder.text("parts/" + name)) }
        let rows = try folder.text("whole/scalping.csv").split(separator: "\n")
        #expect(rows.count == 4 && rows[0].hasPrefix("step,flat_decisions,flat_HOLD"))
        let trained = try TrainedPolicy(folder: whole, threads: 2)
        let found = trained.evaluate(.test)
        #expect(found == reference.evaluation(.test))
        let scalp = try #require(found.scalp)
        #expect(Int(scalp.trades) == found.sampledResult.roundTrips && scalp.trades > 5)
        #expect(abs(scalp.profit - (found.sampledResult.premiumReturn ?? 0)) < 1e-9)
        #expect(found.sampledResult.maxDrawdown > 0 && found.sampledResult.maxDrawdown < 1 && found.sampledResult.netReturn > -1)
        #expect(abs(found.sampled.total - scalp.flatDecisions) < 0.5 && found.sampled.actions.count == 5)
        // The zoo: who holds trades nothing; who buys and sells each minute loses about spread and fees a trade.
        let zoo = Dictionary(uniqueKeysWithValues: trained.zoo(.test).map { ($0.name, $0.result) })
        #expect(zoo["always_hold"]!.roundTrips == 0 && zoo["always_hold"]!.netReturn == 0)
        #expect(zoo["buy_exit"]!.roundTrips > 100 && zoo["buy_exit"]!.premiumReturn! < -1 && zoo["buy_exit"]!.netReturn > -1)
    }
}
