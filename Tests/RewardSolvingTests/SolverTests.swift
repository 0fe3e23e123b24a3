import ComponentKit
import Foundation
import RewardSolving
import TestSupport
import Testing
import TradingTypes
import Training

@Suite struct SolverTests {
    /// REWARD-ANALYSIS E.7: the HOLD bonuses that give HOLD shares of .50 / .30 / .65 / .75 beside S3's trade terms at a temperature of .05, at hit rate 1/2.
    @Test func theClosedFormOfTheThreeRewards() {
        let trade = [0.015, 0.065, 0.015, -0.005], share = [0.5, 0.3, 0.65, 0.75], expected = [0.0497, 0.0573, 0.0806, 0.0846]
        let variables = (0..<4).map { WeightProblem.Variable(id: "hold \($0)", present: 0, scale: 0.05) }
        var demands: [WeightProblem.Demand] = []
        for g in 0..<4 {
            let unit = (0..<4).map { $0 == g ? 1.0 : 0 }, gap = 0.05 * log(2 * share[g] / (1 - share[g]))
            demands.append(.init("least", unit, atLeast: trade[g] + gap))
            demands.append(.init("most", unit.map { -$0 }, atLeast: -(trade[g] + gap)))
        }
        guard case .weights(let found) = WeightProblem(variables: variables, demands: demands).solve() else {
            Issue.record("no weights")
            return
        }
        for g in 0..<4 { #expect(abs(found[g] - expected[g]) < 5e-5) }
    }

    let folder: Workspace
    init() throws { folder = try Workspace() }

    func experiment(_ more: String = "", steps: Int = 40_960) throws -> Experiment {
        try Experiment(
            file: "e.yaml",
            text: """
                schema: 1
                name: e
                data:
                  bars: synthetic:btc-hourly,bars=5000
                reward: r.yaml
                policy:
                  hidden: [16]
                environment:
                  episode_bars: 200
                ppo:
                  environments: 8
                  n_steps: 128
                  batch_size: 128
                  n_epochs: 5
                  gamma: 0
                  learning_rate: 0.001
                  ent_coef: 0.2
                steps: \(steps)
                \(more)
                """)
    }

    let reward = """
        schema: 1
        name: r
        environment: spot
        terms:
          - id: base
            weight: 100
            value: direction * next_return
          - id: cost
            weight: -0.01
            when: action != HOLD
          - id: crisis_hold
            weight: 0.02
            when: action == HOLD and regime == CRISIS

        """

    func solver(_ target: String, reward: String? = nil, settings: SolveSettings, experiment other: Experiment? = nil) throws -> RewardSolver {
        try RewardSolver(other ?? experiment(), rewardText: reward ?? self.reward, target: SolveTarget(file: "t.yaml", text: "schema: 1\n" + target), settings: settings)
    }

    var analytic: SolveSettings {
        var settings = SolveSettings()
        settings.isAnalytic = true
        return settings
    }

    /// A bonus is added where a regime has none, and only there; the forecast lies in the bands; nothing else moves.
    @Test func theNearestWeights() throws {
        let target = "bands:\n  LOW_VOL:\n    HOLD: [45%, 55%]\n  CRISIS:\n    HOLD: [70%, 80%]\nadd: [hold_bonus]\nmove: [crisis_hold]\n"
        let solver = try solver(target, settings: analytic)
        #expect(solver.added.map(\.id) == ["low_vol_hold"])
        let result = try #require(try solver.solve())
        #expect(result.status == .solved && result.weights["base"] == 100 && result.weights["cost"] == -0.01)
        #expect((result.weights["low_vol_hold"] ?? 0) > 0 && (result.weights["crisis_hold"] ?? 0) > 0.02)
        let low = try #require(result.forecast[0]), crisis = try #require(result.forecast[3])
        #expect((0.45...0.55).contains(low.hold) && (0.7...0.8).contains(crisis.hold) && result.forecast[1] == nil)
        let text = try solver.solvedFile(result, name: "solved", command: "assay solve")
        #expect(text.contains("name: solved") && text.contains("  - id: low_vol_hold\n    weight: \(result.weights["low_vol_hold"] ?? 0)\n    when: action == HOLD and regime == LOW_VOL\n"))
    }

    /// 'certain' moves what is known when the action is chosen, by whatever name, and nothing else; the shipped target fits each of the case's three rewards.
    @Test func certainPayMoves() throws {
        let bands = "bands:\n  CRISIS:\n    HOLD: [70%, 80%]\n"
        let word = try #require(try solver(bands + "move: [certain, ppo.ent_coef]\n", settings: analytic).solve())
        let named = try #require(try solver(bands + "move: [cost, crisis_hold, ppo.ent_coef]\n", settings: analytic).solve())
        #expect(word.weights == named.weights && word.weights["base"] == 100 && word.weights["crisis_hold"] != 0.02)
        let target = try SolveTarget(file: packageRoot + "/rewards/targets/btc.yaml")
        for (name, status, moved) in [("s1", SolveResult.Status.solved, "crisis_hold"), ("s2", .infeasible, ""), ("s3", .solved, "trending_hold")] {
            let text = try String(contentsOfFile: packageRoot + "/rewards/btc-\(name).yaml", encoding: .utf8)
            let solver = try RewardSolver(experiment(), rewardText: text, target: target, settings: analytic), result = try #require(try solver.solve())
            #expect(result.status == status, "btc-\(name)")
            #expect(status == .solved ? solver.moved(result).contains { $0.names.contains(moved) } : result.conflicts.contains { $0.hasPrefix("TRENDING holds at most 40.0%") }, "btc-\(name): \(result.conflicts)")
        }
    }

    /// The other lever: the same target by what trading costs.
    @Test func costsInsteadOfBonuses() throws {
        let target = "bands:\n  CRISIS:\n    HOLD: [70%, 80%]\nadd: [trade_cost]\nmove: [cost, crisis_hold]\n"
        var settings = analytic
        settings.preference = .cost
        let byCost = try #require(try solver(target, settings: settings).solve())
        let byBonus = try #require(try solver(target, settings: analytic).solve())
        #expect((byCost.weights["crisis_trade"] ?? 0) < 0)
        #expect((byCost.weights["crisis_hold"] ?? 0) < (byBonus.weights["crisis_hold"] ?? 0))
    }

    /// With bounds that leave no room, the demand and the bounds are named, and nothing that is innocent.
    @Test func conflictsAreNamed() throws {
        let target = "bands:\n  LOW_VOL:\n    HOLD: [30%, 60%]\n  CRISIS:\n    HOLD: [70%, 80%]\nmove: [crisis_hold, cost]\nbounds:\n  crisis_hold: [0, 0.01]\n  cost: [-0.02, 0]\n"
        let result = try #require(try solver(target, settings: analytic).solve())
        #expect(result.status == .infeasible && result.conflicts.count == 3)
        #expect(result.conflicts.contains { $0.hasPrefix("CRISIS holds at least 70.0%: HOLD pays at least") })
        #expect(result.conflicts.contains("crisis_hold is at most 0.01") && result.conflicts.contains("cost is at least -0.02"))
    }

    /// A band that stands against the farm condition leaves its middle; a band that has nothing to do with it stays where it is without it.
    @Test func onlyWhatIsInTheWayIsLoosened() throws {
        let crisis = "  CRISIS:\n    HOLD: [70%, 80%]\nmove: [crisis_hold]\nadd: [hold_bonus]\n"
        let alone = try #require(try solver("bands:\n" + crisis, settings: analytic).solve())
        let both = try #require(try solver("bands:\n  LOW_VOL:\n    HOLD: [20%, 36%]\n" + crisis, settings: analytic).solve())
        #expect(both.status == .solved)
        // A third is where HOLD pays as much as a trade: half of the way from 28% to the upper end lies below it, three quarters above.
        let low = try #require(both.forecast[0]).hold
        #expect(low > 1.0 / 3 - 1e-3 && low < 0.345, "\(low)")
        let (expected, found) = (try #require(alone.forecast[3]).hold, try #require(both.forecast[3]).hold)
        #expect(abs(found - expected) < 0.002, "\(found) beside \(expected)")
    }

    /// A coin-flipper's limit: the certain pay of a trade at a hit rate of one half.
    @Test func coinFlipsAndFarms() throws {
        let generous = reward.replacing("weight: -0.01", with: "weight: 0.05")
        let target = "bands:\n  CRISIS:\n    HOLD: [40%, 60%]\nmove: [crisis_hold, cost]\ncoin_flip_at_most: -0.03\nno_farm: false\n"
        let result = try #require(try solver(target, reward: generous, settings: analytic).solve())
        #expect(result.status == .solved && abs((result.weights["cost"] ?? 0) + 0.03) < 1e-6)
        let farm = "bands:\n  CRISIS:\n    HOLD: [40%, 60%]\nmove: [crisis_hold, cost]\n"
        let clean = try #require(try solver(farm, reward: generous, settings: analytic).solve())
        // Trading may pay nothing for certain where HOLD pays nothing.
        #expect((clean.weights["cost"] ?? 1) <= 1e-9)
        let fixed = try #require(try solver("bands:\n  CRISIS:\n    HOLD: [40%, 60%]\nmove: [crisis_hold]\n", reward: generous, settings: analytic).solve())
        #expect(fixed.status == .infeasible && fixed.conflicts.contains { $0.contains("pays no more for certain than HOLD does") })
    }

    /// Two hit rates: the gap lies in the band's range at both.
    @Test func severalHitRates() throws {
        let wide = "bands:\n  CRISIS:\n    HOLD: [60%, 85%]\nmove: [crisis_hold]\nhit_rates: [0.5, 0.51]\n"
        #expect(try #require(try solver(wide, settings: analytic).solve()).status == .solved)
        let apart = "bands:\n  CRISIS:\n    HOLD: [70%, 72%]\nmove: [crisis_hold]\nhit_rates: [0.5, 0.6]\n"
        let result = try #require(try solver(apart, settings: analytic).solve())
        #expect(result.status == .infeasible && result.conflicts.contains { $0.contains("at a hit rate of 60.0%") } && result.conflicts.contains { $0.contains("at a hit rate of 50.0%") })
    }

    /// Forecasts and trainings lead the mix into bands that it misses, and fresh seeds confirm it.
    @Test(arguments: [true, false]) func theLoopCloses(_ usesForecast: Bool) throws {
        var settings = SolveSettings()
        settings.searchSeeds = 2
        settings.freshSeeds = [1, 2, 3]
        settings.rounds = 8
        settings.usesForecast = usesForecast
        let target = "bands:\n  LOW_VOL:\n    HOLD: [20%, 50%]\n  CRISIS:\n    HOLD: [60%, 85%]\nmove: [crisis_hold]\nadd: [hold_bonus]\n"
        let solver = try solver(target, settings: settings)
        let result = try #require(try solver.solve())
        #expect(result.status == .solved && result.conflicts.isEmpty)
        let present = try #require(result.present)
        #expect(!(0.6...0.85).contains(present.mean[3][0]) && present.weights == ["base": 100, "cost": -0.01, "crisis_hold": 0.02, "low_vol_hold": 0])
        #expect(result.inside(.train, solver.target) == 3 && result.verified.map(\.split) == [.train, .validation, .test] && result.verified.allSatisfy { $0.seeds == [1, 2, 3] })
        #expect((result.confidence ?? 0) >= settings.confidence && result.entropyCoefficient == 0.2 && result.reasons.isEmpty)
        #expect(result.rounds.contains { $0.source == .forecast } == usesForecast)
        // Every training has a seed of its own, and the verification others.
        let used = result.rounds.filter { $0.source == .training }.flatMap(\.seeds)
        #expect(Set(used).count == used.count && Set(used).isDisjoint(with: [1, 2, 3]) && result.rounds.allSatisfy { $0.seeds.count == 2 || $0.seeds.count == 4 })
        // At least one round more than the reward as it was, the last of them nearer to the middle of every band than that.
        let means = result.rounds.filter { $0.source == .training }.map(\.mean), last = try #require(means.last)
        #expect(means.count > 2 && abs(last[3][0] - 0.725) < 0.08 && abs(last[0][0] - 0.35) < 0.08)
        // The middles are asked for, not just anything inside; the forecast is of the fresh seeds.
        for (regime, centre) in [(0, 0.35), (3, 0.725)] {
            let expected = try #require(result.forecast[regime]), found = try #require(result.verified.first).mixes.map { $0[regime][0] }
            let band = try #require(expected.bands90[0])
            #expect(abs(expected.hold - centre) < 0.02 && band.contains(expected.hold) && abs(expected.sampled.reduce(0, +) - 1) < 1e-9, "\(expected)")
            #expect(found.allSatisfy { abs($0 - expected.hold) < 0.1 } && abs(found.reduce(0, +) / 3 - centre) < 0.06, "\(found)")
        }
        // Nothing found depends on the threads.
        settings.threads = 1
        let again = try #require(try self.solver(target, settings: settings).solve())
        #expect(again.weights == result.weights && again.rounds.map(\.mixes) == result.rounds.map(\.mixes))
    }

    /// A bonus for one side brings LONG to its band where HOLD stays in its own; without a weight that tells the sides apart the conflict says so.
    @Test func oneSidedBands() throws {
        let bands = "bands:\n  CRISIS:\n    HOLD: [50%, 60%]\n    LONG: [5%, 10%]\nno_farm: false\n"
        let solver = try solver(bands + "add: [long_bonus]\nmove: [crisis_hold]\n", settings: analytic)
        #expect(solver.added.map(\.id) == ["crisis_long"] && solver.added.map(\.when) == ["action == LONG and regime == CRISIS"])
        let result = try #require(try solver.solve()), mix = try #require(result.forecast[3]).sampled
        #expect(result.status == .solved && (result.weights["crisis_long"] ?? 0) < 0)
        // The shares are of a soft-max: LONG is held back, and SHORT takes what is left.
        #expect((0.5...0.6).contains(mix[0]) && (0.05...0.1).contains(mix[1]) && mix[2] > 0.25)
        #expect(solver.moved(result).map(\.lever) == [.bonus, .side])
        let refused = try #require(try self.solver(bands + "move: [crisis_hold, cost]\n", settings: analytic).solve())
        #expect(refused.status == .infeasible)
        for text in ["CRISIS holds at most 60.0%", "LONG in CRISIS takes at most 10.0%", "no weight that may move tells LONG from SHORT: add long_bonus"] {
            #expect(refused.conflicts.contains { $0.hasPrefix(text) }, "\(text) in \(refused.conflicts)")
        }
    }

    /// Trainings bring a one-sided band about.
    @Test func oneSidedTrainings() throws {
        var settings = SolveSettings()
        settings.searchSeeds = 2
        settings.freshSeeds = [1, 2]
        let solver = try solver("bands:\n  LOW_VOL:\n    LONG: [55%, 75%]\nadd: [long_bonus]\nmove: [crisis_hold]\nno_farm: false\n", settings: settings)
        let result = try #require(try solver.solve())
        #expect(result.status == .solved && result.inside(.train, solver.target) == 2 && (result.weights["low_vol_long"] ?? 0) > 0)
        #expect(try #require(result.present).mean[0][1] < 0.5)
    }

    /// Each lever moves what it says, and only where the others are not needed.
    @Test func preferencesMoveDifferentLevers() throws {
        let target = "bands:\n  CRISIS:\n    HOLD: [70%, 80%]\nadd: [trade_cost]\nmove: [crisis_hold, ppo.ent_coef]\nbounds:\n  ppo.ent_coef: [0.05, 0.4]\n"
        var found: [SolvePreference: (change: [String: Double], entropy: Double, levers: [SolveLever])] = [:]
        for preference in SolvePreference.allCases {
            var settings = analytic
            settings.preference = preference
            let solver = try solver(target, settings: settings), result = try #require(try solver.solve())
            #expect(result.status == .solved)
            found[preference] = (result.weights, result.entropyCoefficient, solver.moved(result).map(\.lever))
        }
        let bonus = try #require(found[.bonus]), cost = try #require(found[.cost]), entropy = try #require(found[.entropy])
        #expect(bonus.entropy == 0.2 && cost.entropy == 0.2 && bonus.levers == [.bonus] && cost.levers == [.cost])
        // One lever suffices, so the other stays where it was; both make the same gap.
        let bonusHold = try #require(bonus.change["crisis_hold"]), costTrade = try #require(cost.change["crisis_trade"])
        #expect(bonus.change["crisis_trade"] == 0 && cost.change["crisis_hold"] == 0.02 && abs(bonusHold - 0.02 + costTrade) < 1e-3 * bonusHold && costTrade < 0)
        // At the lowest coefficient what HOLD is paid is enough as it is.
        #expect(entropy.entropy == 0.05 && entropy.levers == [.entropy] && entropy.change["crisis_hold"] == 0.02 && entropy.change["crisis_trade"] == 0)
        // Where a lever does not reach, the answer says so and what else moved.
        var settings = analytic
        settings.preference = .cost
        let bounded = try #require(try solver(target + "  crisis_trade: [-0.001, 0]\n", settings: settings).solve())
        #expect(bounded.status == .solved && bounded.weights["crisis_trade"] == -0.001 && bounded.reasons == ["costs of trading alone cannot meet every demand: crisis_hold moved too"], "\(bounded.reasons)")
        settings.preference = .entropy
        let far = try #require(try solver(target.replacing("[0.05, 0.4]", with: "[0.15, 0.4]"), settings: settings).solve())
        #expect(far.status == .solved && far.entropyCoefficient == 0.15 && far.reasons.count == 2 && (far.weights["crisis_hold"] ?? 0) > 0.02)
        #expect(far.reasons.last?.hasPrefix("the entropy coefficient alone does not reach the bands, by analysis CRISIS ") == true && far.reasons.last?.hasSuffix(": the weights do the rest") == true, "\(far.reasons)")
        settings.preference = .cost
        let issues = try #require(throws: InputIssues.self) { try solver("bands:\n  CRISIS:\n    HOLD: [70%, 80%]\nmove: [crisis_hold]\n", settings: settings) }
        #expect(issues.description.contains("no weight that may move is one") && issues.description.contains("add 'trade_cost'"))
    }

    let churning = """
        schema: 1
        name: churn
        environment: spot
        terms:
          - id: base
            weight: 100
            value: direction * next_return
          - id: activity
            weight: 0.5
            when: changed
          - id: crisis_hold
            weight: 0.02
            when: action == HOLD and regime == CRISIS

        """

    /// Pay for every change of position is a farm that bars alone do not show: the answer names it as a story, at once where nothing that may move pays it.
    @Test func farmsOnThePathAreTold() throws {
        let target = "bands:\n  CRISIS:\n    HOLD: [40%, 60%]\nmove: [crisis_hold]\n"
        let result = try #require(try solver(target, reward: churning, settings: analytic).solve())
        #expect(result.status == .infeasible && result.conflicts.count == 1 && result.weights["crisis_hold"] == 0.02)
        let story = try #require(result.conflicts.first)
        for text in ["a cycle is paid without skill: ", "repeat: +", "for certain", "what pays it may not move: activity", "to stop it: "] { #expect(story.contains(text), "\(text) in \(story)") }
        var settings = SolveSettings()
        settings.freshSeeds = []
        let trained = try #require(try solver(target, reward: churning, settings: settings).solve())
        #expect(trained.status == .infeasible && trained.rounds.isEmpty && trained.conflicts == result.conflicts)
        #expect(try #require(try solver(target + "no_farm: false\n", reward: churning, settings: analytic).solve()).status == .solved)
        // A cost on change is no farm.
        let sound = churning.replacing("weight: 0.5", with: "weight: -0.01")
        #expect(try #require(try solver(target, reward: sound, settings: analytic).solve()).status == .solved)
    }

    /// Where seeds differ by more than the bands allow, the training is made steadier by what the target lets move.
    @Test func seedsThatDifferMoveTheLevers() throws {
        var settings = SolveSettings()
        settings.searchSeeds = 2
        settings.freshSeeds = []
        settings.rounds = 5
        let narrow = "bands:\n  CRISIS:\n    HOLD: [50%, 53%]\n"
        let moving = try solver(narrow + "move: [crisis_hold, ppo.ent_coef, ppo.learning_rate]\nbounds:\n  ppo.ent_coef: [0.1, 0.3]\n", settings: settings)
        let result = try #require(try moving.solve())
        #expect(result.learningRateFalls && result.entropyCoefficient > 0.2 && result.entropyCoefficient <= 0.3 && !result.reasons.isEmpty)
        #expect(moving.moved(result).map(\.lever).suffix(2) == [.entropy, .learningRate])
        #expect(moving.trainingSettings(result) == ["ppo.ent_coef=\(result.entropyCoefficient)", "ppo.learning_rate=0.001 -> 0"])
        let fixed = try solver(narrow + "move: [crisis_hold]\n", settings: settings), held = try #require(try fixed.solve())
        #expect(!held.learningRateFalls && held.entropyCoefficient == 0.2 && fixed.trainingSettings(held).isEmpty)
    }

    @Test func optionsAreRefusedWithAWayOn() throws {
        let options = try Experiment(file: "e.yaml", text: "schema: 1\nname: o\ndata:\n  bars: synthetic:intraday,days=3\nenvironment:\n  kind: options\nreward: r.yaml\n")
        let issues = try #require(throws: InputIssues.self) { try solver("bands:\n  CRISIS:\n    HOLD: [40%, 60%]\n", settings: analytic, experiment: options) }
        #expect(issues.description.contains("this reward is for 'options'") && issues.description.contains("assay sweep EXPERIMENT --vary") && issues.description.contains("assay check REWARD --explain"))
    }

    @Test func faultsOfTheTarget() throws {
        let issues = try #require(throws: InputIssues.self) { try solver("bands:\n  CRISIS:\n    HOLD: [70%, 80%]\nmove: [crisis_hld]\nbounds:\n  cots: [0, 1]\n", settings: analytic) }
        #expect(issues.description.contains("did you mean 'crisis_hold'?") && issues.description.contains("did you mean 'cost'?"))
        let rate = try #require(throws: InputIssues.self) { try solver("bands:\n  CRISIS:\n    HOLD: [70%, 80%]\nmove: [ppo.learning_rat]\nbounds:\n  ppo.learning_rate: [0, 1]\n", settings: analytic) }
        #expect(rate.description.contains("the learning rate has no bounds"))
    }
}
