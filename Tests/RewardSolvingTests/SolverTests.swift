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

    /// Trainings lead the mix into bands that it misses, and fresh seeds confirm it.
    @Test func theLoopCloses() throws {
        var settings = SolveSettings()
        settings.searchSeeds = 2
        settings.freshSeeds = [1, 2, 3]
        settings.rounds = 8
        let target = "bands:\n  LOW_VOL:\n    HOLD: [20%, 50%]\n  CRISIS:\n    HOLD: [60%, 85%]\nmove: [crisis_hold]\nadd: [hold_bonus]\n"
        let solver = try solver(target, settings: settings)
        let result = try #require(try solver.solve())
        #expect(result.status == .solved && result.conflicts.isEmpty)
        #expect(!(0.6...0.85).contains(result.rounds[0].mean[3]))
        #expect(result.inside(.train, solver.target) == 3)
        #expect((result.confidence ?? 0) >= settings.confidence && result.entropyCoefficient == 0.2)
        // The forecast is of these seeds.
        let crisis = try #require(result.forecast[3]), trained = try #require(result.verified.first).hold.map { $0[3] }
        #expect(trained.allSatisfy { abs($0 - crisis.hold) < 0.12 })
        // Nothing found depends on the threads.
        settings.threads = 1
        let again = try #require(try self.solver(target, settings: settings).solve())
        #expect(again.weights == result.weights && again.rounds.map(\.hold) == result.rounds.map(\.hold))
    }

    @Test func faultsOfTheTarget() throws {
        let issues = try #require(throws: InputIssues.self) { try solver("bands:\n  CRISIS:\n    HOLD: [70%, 80%]\nmove: [crisis_hld]\nbounds:\n  cots: [0, 1]\n", settings: analytic) }
        #expect(issues.description.contains("did you mean 'crisis_hold'?") && issues.description.contains("did you mean 'cost'?"))
    }
}
