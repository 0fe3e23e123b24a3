import ComponentKit
import Foundation
import TestSupport
import Testing
import Training

@Suite struct CurriculumRunTests {
    /// Promotes, ramps a weight, demotes nothing, times out: several changes within a small run of 12 updates of 192 steps.
    static let stages = """
        schema: 1
        name: steps
        environment: spot
        smoothing: 0.5
        stages:
          - id: calm
            draw:
              regimes: [LOW_VOL, TRENDING]
            knobs:
              fee_multiplier: 0
              episode_bars: 20
              ent_coef: 0.1
            promote_when: stage_steps >= 384
          - id: dear
            knobs:
              fee_multiplier: 3
            reward:
              trade_cost: -0.5
            ramp_steps: 600
            promote_when: hold_share > 2
            timeout_steps: 768
            on_timeout: promote
          - id: whole

        """

    private func experiment(_ space: Workspace, _ curriculum: String, _ extra: [String] = []) throws -> Experiment {
        try Data(curriculum.utf8).write(to: URL(fileURLWithPath: space.path + "/curriculum.yaml"))
        let overrides = ["curriculum=\(space.path)/curriculum.yaml", "steps=2304", "environment.fee_bps=5", "normalize.rewards=true"] + extra
        return try Experiment(file: "small.yaml", text: TrainingRunTests.plain, overrides: overrides.map { try ExperimentOverride($0) })
    }

    private func table(_ path: String) throws -> [[String: String]] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    @Test func changesAreRecordedWithTheirSteps() throws {
        let space = try Workspace(), inputs = try TrainingInputs(experiment(space, Self.stages))
        let run = try TrainingRun(inputs, seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false)
        var shown: [String?] = []
        #expect(try run.run(report: { shown.append($0.stage) }) == .finished)
        let rows = try table(space.path + "/run/curriculum.csv")
        #expect(rows.map { $0["reason"] } == ["started", "promoted", "timed_out_promoted"])
        #expect(rows.map { $0["step"] } == ["0", "384", "1152"] && rows.map { $0["to"] } == ["calm", "dear", "whole"])
        #expect(rows[1]["changes"]?.contains("fee_multiplier 0 -> 3") == true && rows[1]["changes"]?.contains("reward.trade_cost") == true && rows[1]["changes"]?.contains("episode_bars 20 -> 60") == true)
        let timeline = try space.text("run/plots/curriculum-timeline.tsv").split(separator: "\n").map(String.init)
        #expect(timeline == ["from\tto\tlane\treason\tstage", "0\t384\t0\t0\tcalm", "384\t1152\t1\t1\tdear", "1152\t2304\t2\t4\twhole"])
        #expect(shown.first == "calm" && shown.last == "whole" && shown.contains("dear"))
    }

    /// Stopped after every update and gone on with, a run under a curriculum ends with the bytes of one never stopped: stages, ramps, turns, starts.
    @Test(arguments: ["fixed", "turns", "backward"]) func stoppedAfterEveryUpdate(_ kind: String) throws {
        let turns = "schema: 1\nname: turns\nenvironment: spot\norder: learning_progress\nturn_steps: 192\nstages:\n"
            + ["LOW_VOL", "TRENDING", "HIGH_VOL"].map { "  - id: \($0.lowercased())\n    draw:\n      regimes: [\($0)]\n" }.joined()
        let backward = "schema: 1\nname: back\nenvironment: spot\norder: backward\nstages:\n  - id: near\n    start:\n      steps_before_exit: 3\n    knobs:\n      episode_bars: 10\n      kl_coef: 0.3\n"
            + "    promote_when: stage_steps >= 576\n  - id: anywhere\n"
        let space = try Workspace()
        let extra = kind == "backward" ? teacherOverrides + ["cloning.kl_coef=0.1"] : []
        let inputs = try TrainingInputs(experiment(space, ["fixed": Self.stages, "turns": turns][kind] ?? backward, extra))
        let whole = space.path + "/whole", parts = space.path + "/parts"
        #expect(try TrainingRun(inputs, seed: 5, folder: whole, version: "test", threads: 1, resuming: false).run() == .finished)
        var starts = 0
        while true {
            let run = try TrainingRun(inputs, seed: 5, folder: parts, version: "test", threads: 1 + starts % 2, resuming: starts > 0)
            starts += 1
            var updates = 0
            if try run.run(shouldStop: { updates == 1 }, report: { _ in updates += 1 }) == .finished { break }
        }
        #expect(starts == 12)
        for name in ["curriculum.csv", "mix.csv", "ledger.csv"] { #expect(try space.text("whole/" + name) == space.text("parts/" + name), "\(name)") }
        #expect(try withoutClock(whole + "/progress.csv") == withoutClock(parts + "/progress.csv"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: whole + "/policy.safetensors")) == Data(contentsOf: URL(fileURLWithPath: parts + "/policy.safetensors")))
        #expect(try table(whole + "/curriculum.csv").count >= 2)
    }

    /// Episodes start where the stage says: in its regimes, and near the exits of trades that paid.
    @Test func stagesDrawWhatTheySay() throws {
        let space = try Workspace(), inputs = try TrainingInputs(experiment(space, Self.stages))
        let environment = SpotVectorEnvironment(inputs.market, rows: inputs.trainingRows, environments: 16, episodeBars: 60, seed: 3)
        environment.draw(episodeBars: 20, regimes: [1], preferred: [], share: 0)
        environment.beginEpisodes()
        let seen = environment.foresee(steps: 60)
        let first = seen.rows.indices.filter { seen.isFirst[$0] }.map { Int(seen.rows[$0]) }
        #expect(first.count == 48 && first.allSatisfy { inputs.market.table.regimes[$0] == 1 })
        let rows = inputs.trainingRows, wanted = [Int32(rows.lowerBound + 30), Int32(rows.lowerBound + 31), Int32(rows.upperBound - 5)]
        environment.draw(episodeBars: 20, regimes: nil, preferred: wanted, share: 1)
        environment.beginEpisodes()
        let again = environment.foresee(steps: 60), starts = again.rows.indices.filter { again.isFirst[$0] }.map { again.rows[$0] }
        // The last one leaves no room for an episode.
        #expect(Set(starts) == Set(wanted.prefix(2)))
    }

    /// Costs and weights of a stage are what the environment pays: three times the fee, and a term's weight replaced.
    @Test func stagesPayWhatTheySay() throws {
        let space = try Workspace(), inputs = try TrainingInputs(experiment(space, Self.stages))
        var dear = inputs.experiment.spot
        dear.feeBasisPoints *= 3
        let changed = SpotTrainingMarket(inputs.market, dear, inputs.design.reweighted(["trade_cost": -0.5, "base_return": 0]))
        func pay(_ market: SpotTrainingMarket) -> [Float] {
            let environment = SpotVectorEnvironment(market, rows: inputs.trainingRows, environments: 1, episodeBars: 30, seed: 3)
            var rewards = [Float](repeating: 0, count: 30)
            environment.play([UInt8](repeating: 1, count: 30), steps: 30, rewards: &rewards)
            return rewards
        }
        #expect(pay(changed) != pay(inputs.market) && changed.environment.configuration.feeBasisPoints == 15)
        #expect(pay(SpotTrainingMarket(inputs.market, inputs.experiment.spot, inputs.design)) == pay(inputs.market))
        let weights = changed.stack.design.terms.map { ($0.id, $0.weight) }
        #expect(weights.contains { $0 == ("trade_cost", -0.5) } && weights.contains { $0 == ("base_return", 0) })
    }

    @Test func aStageThatMustBePassedEndsTheRun() throws {
        let space = try Workspace()
        let strict = Self.stages.replacing("on_timeout: promote", with: "on_timeout: fail")
        let run = try TrainingRun(TrainingInputs(experiment(space, strict)), seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false)
        let error = #expect(throws: CurriculumFailure.self) { try run.run() }
        #expect(error?.stage == "dear" && error?.steps == 768)
        #expect(try table(space.path + "/run/curriculum.csv").last?["reason"] == "timed_out_failed")
    }

    @Test(arguments: [
        ("environment: spot", "environment: options", "is for the options environment"), ("ent_coef: 0.1", "kl_coef: 0.1", "has no teacher"),
        ("    draw:\n      regimes: [LOW_VOL, TRENDING]", "    start:\n      steps_before_exit: 4", "starts from demonstrations"),
    ]) func whatDoesNotFitTheRunIsSaid(_ old: String, _ new: String, _ word: String) throws {
        let space = try Workspace()
        let text = Self.stages.replacing(old, with: new).replacing(new.contains("options") ? "      episode_bars: 20\n" : "no such line", with: "")
        let inputs = try TrainingInputs(experiment(space, text))
        let error = #expect(throws: InputIssues.self) { try TrainingRun(inputs, seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
}
