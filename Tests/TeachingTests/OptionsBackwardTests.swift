import Cloning
import ComponentKit
import Demonstrations
import Foundation
import OptionsEnvironment
import TestSupport
import Testing
import TradingTypes
import Training

import Teachers
import Teaching

/// Start states from demonstrations on options, from the recording to a run that starts there.
@Suite struct OptionsBackwardTests {
    static let experiment = """
        schema: 1
        name: back
        data:
          bars: synthetic:intraday,seed=3,days=12,setups=1,symbols=SPY
        environment:
          kind: options
        reward: REWARD
        policy:
          kind: mlp
          hidden: [16]
        ppo:
          environments: 2
          n_steps: 96
          batch_size: 64
          n_epochs: 2
        teacher:
          demonstrations: DEMOS
        cloning:
          epochs: 2
          critic: none
        curriculum: CURRICULUM
        steps: 960
        evaluate_every: 1
        seeds: [1]

        """

    static let curriculum = """
        schema: 1
        name: back
        environment: options
        order: backward
        stages:
          - id: near-exit
            start:
              steps_before_exit: 4
            knobs:
              episode_minutes: 10
              teacher_kl: 0.2
              reward.profit: 2
            promote_when: stage_steps >= 384
          - id: whole-days

        """

    /// Writes reward, curriculum and demonstrations of the experiment's market; returns its inputs.
    private func prepare(_ space: Workspace, demonstrated bars: String? = nil) throws -> (inputs: TrainingInputs, set: DemonstrationSet, teaching: OptionsTeaching) {
        let reward = "schema: 1\nname: test\nenvironment: options\nterms:\n  - id: profit\n    weight: 1\n    value: net_profit\n"
        try Data(reward.utf8).write(to: URL(fileURLWithPath: space.path + "/reward.yaml"))
        try Data(Self.curriculum.utf8).write(to: URL(fileURLWithPath: space.path + "/curriculum.yaml"))
        let text = Self.experiment.replacing("REWARD", with: space.path + "/reward.yaml").replacing("DEMOS", with: space.path + "/demos").replacing("CURRICULUM", with: space.path + "/curriculum.yaml")
        let inputs = try TrainingInputs(Experiment(file: "back.yaml", text: text))
        let shown = try bars.map { try TrainingInputs(Experiment(file: "back.yaml", text: text, overrides: [ExperimentOverride("data.bars=\($0)")])) } ?? inputs
        guard case .options(let market) = shown.world else { throw Missing() }
        let teaching = try OptionsTeaching(market.market, market.observation, shippedScript("gap-scalps"), market.stack, days: market.days(.train), isStrong: market.isStrong)
        let set = teaching.record(episodes: 14, seed: 4).set
        try DemonstrationFolder.write(set, to: space.path + "/demos")
        return (inputs, set, teaching)
    }

    private struct Missing: Error {}

    /// Every state belongs to a trade that paid: the recorded actions from there on end it with a profit within the steps asked for.
    @Test func statesLeadToAPaidExit() throws {
        let space = try Workspace(), (inputs, set, _) = try prepare(space)
        guard case .options(let market) = inputs.world else { throw Missing() }
        let data = try CloningData(set, heldOut: 0.2, contextRows: 0, file: "demos")
        let found = DemonstratedStates(data, market, days: market.days(.train), longest: 4)
        #expect(found.stranger == nil)
        let states = found.states(stepsBeforeExit: 4)
        #expect(states.count > 10 && Set(states.map { $0.words.description }).count == states.count)
        // By day and row, what was recorded from each visited state on.
        var recorded: [[Int64]: [[OptionAction]]] = [:]
        for e in 0..<data.episodes {
            let steps = data.firstSteps[e]..<data.firstSteps[e + 1]
            let day = try #require(market.market.days.firstIndex { "\($0.symbol) " == data.episodeNames[e].prefix(4) && DemonstratedStates.name($0) == data.episodeNames[e] })
            var session = OptionsSession(market.market, day: day)
            for step in steps {
                recorded[session.state.words, default: []].append(steps.suffix(from: step).prefix(5).map { OptionAction(rawValue: data.actions[$0])! })
                session.step(OptionAction(rawValue: data.actions[step])!)
            }
        }
        for state in states {
            // Several episodes may pass through one state; one of them at least goes on to a profit.
            let paid = try #require(recorded[state.words]).map { actions -> Double in
                // A short trade that lost may end on the way.
                var session = OptionsSession(market.market, state: state), best = 0.0
                for action in actions where !session.isOver {
                    let facts = session.step(action)
                    if facts.closed { best = max(best, facts.tradeReturn) }
                }
                return best
            }
            #expect((paid.max() ?? 0) > 0, "from row \(state.row)")
        }
    }

    /// A run begins in trades, changes to whole days, and ends with the same bytes when it is stopped after every update.
    @Test func aRunStartsThere() throws {
        let space = try Workspace(), (inputs, _, _) = try prepare(space)
        let whole = space.path + "/whole", parts = space.path + "/parts"
        #expect(try TrainingRun(inputs, seed: 5, folder: whole, version: "test", threads: 1, resuming: false).run() == .finished)
        var starts = 0
        while true {
            let run = try TrainingRun(inputs, seed: 5, folder: parts, version: "test", threads: 1, resuming: starts > 0)
            starts += 1
            var updates = 0
            if try run.run(shouldStop: { updates == 1 }, report: { _ in updates += 1 }) == .finished { break }
        }
        for name in ["curriculum.csv", "mix.csv", "ledger.csv", "scalping.csv"] { #expect(try space.text("whole/" + name) == space.text("parts/" + name), "\(name)") }
        let record = try space.text("whole/curriculum.csv")
        #expect(record.contains("reward.profit 1 -> 2") && record.contains("kl_coef as the experiment has it -> 0.2") && record.contains("episode_minutes whole days -> 10") && record.contains("start anywhere -> 4 steps before an exit"))
        #expect(record.contains("promoted,near-exit,whole-days"))
        let rows = try space.text("whole/scalping.csv").split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let flat = try #require(rows[0].firstIndex(of: "flat_decisions")), trade = try #require(rows[0].firstIndex(of: "trade_decisions")), episodes = try #require(rows[0].firstIndex(of: "episodes"))
        // 192 steps of episodes of ten minutes, each begun with contracts in hand.
        #expect((Int(rows[1][episodes]) ?? 0) >= 18 && (Int(rows[1][trade]) ?? 0) >= 18, "\(rows[1][flat]) flat, \(rows[1][trade]) in a trade, \(rows[1][episodes]) episodes")
        #expect((Int(rows.last?[episodes] ?? "") ?? 99) <= 2)
    }

    @Test func demonstrationsOfAnotherMarketAreRefused() throws {
        let space = try Workspace(), (inputs, _, _) = try prepare(space, demonstrated: "'synthetic:intraday,seed=4,days=12,setups=1,symbols=SPY'")
        let failure = #expect(throws: InputIssues.self) { _ = try TrainingRun(inputs, seed: 5, folder: space.path + "/run", version: "test", threads: 1, resuming: false) }
        #expect(failure?.issues.contains { $0.message.contains("does not play on this market as it was recorded") } == true)
    }
}
