import ComponentKit
import Foundation
import MaskablePPO
import NetworkKernels
import TestSupport
import Testing
import Training

/// A stage is judged against the collapse fold before a policy is trained on it.
@Suite struct CollapseFoldTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var holdShare: Double, x: Double, error: Double, isPast: Bool
    }

    /// The fold lies at x = .9406 and 84.3% HOLD; from 95% HOLD a policy collapses at .9 already (REWARD-ANALYSIS E.6).
    static let cases = [
        Case(testDescription: "half the fold", holdShare: 0.4, x: 0.5, error: 0.01, isPast: false), Case(testDescription: "just below", holdShare: 0.4, x: 0.93, error: 0.001, isPast: false),
        Case(testDescription: "just above", holdShare: 0.4, x: 0.95, error: 0.001, isPast: true), Case(testDescription: "above, but not known to be", holdShare: 0.4, x: 1.1, error: 0.1, isPast: false),
        Case(testDescription: "far above", holdShare: 0.05, x: 3, error: 0.5, isPast: true), Case(testDescription: "below, from a policy that holds", holdShare: 0.95, x: 0.9, error: 0.001, isPast: true),
        Case(testDescription: "far below, from a policy that holds", holdShare: 0.95, x: 0.3, error: 0.001, isPast: false), Case(testDescription: "trading is worth more", holdShare: 0.999, x: -1, error: 0.1, isPast: false),
        Case(testDescription: "nothing but HOLD", holdShare: 1, x: 0.2, error: 0.01, isPast: true),
    ]

    @Test(arguments: cases) func whatLiesPastTheFold(_ given: Case) {
        let judgement = FoldJudgement(holdShare: given.holdShare, x: (given.x, given.error), entropyCoefficient: 0.05)
        #expect(judgement.isPast == given.isPast)
        #expect((judgement.warning != nil) == given.isPast)
        guard let enough = judgement.sufficientEntropy else { return }
        // With more entropy than that the same gap is x * c / c' and comes back; with less it does not.
        func judged(_ c: Double) -> Bool { FoldJudgement(holdShare: given.holdShare, x: ((given.x - 2 * given.error) * 0.05 / c, 0), entropyCoefficient: c).isPast }
        #expect(!judged(1.01 * enough) && judged(0.99 * enough))
        #expect(enough > 0.05)
    }

    @Test func whatIsUnknownIsNotPast() { #expect(!FoldJudgement(holdShare: 0.5, x: nil, entropyCoefficient: 0).isPast) }

    // MARK: In a run

    private static let reward = """
        schema: 1
        name: rest
        environment: spot
        terms:
          - id: base
            weight: 200
            value: direction * next_return
          - id: rest
            weight: 0
            when: action == HOLD

        """

    private static func stages(_ gate: String, rest: Double, entropy: Double = 0.05) -> String {
        """
        schema: 1
        name: fold
        environment: spot
        gate: \(gate)
        stages:
          - id: fair
            promote_when: stage_steps >= 384
          - id: resting
            reward:
              rest: \(rest)
            knobs:
              ent_coef: \(entropy)
            ramp_steps: 400

        """
    }

    private func inputs(_ space: Workspace, _ gate: String, rest: Double, entropy: Double = 0.05) throws -> TrainingInputs {
        try space.write("reward.yaml", Self.reward)
        try space.write("curriculum.yaml", Self.stages(gate, rest: rest, entropy: entropy))
        let overrides = ["curriculum=\(space.path)/curriculum.yaml", "reward=\(space.path)/reward.yaml", "steps=1152", "ppo.gamma=0", "ppo.ent_coef=0.02"]
        return try TrainingInputs(Experiment(file: "small.yaml", text: TrainingRunTests.plain, overrides: overrides.map { try ExperimentOverride($0) }))
    }

    private func table(_ path: String) throws -> [[String: String]] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    /// Deviation of what trades pay over the training bars: with gamma 0 the advantages' noise, but for what the critic adds.
    private func deviation(_ inputs: TrainingInputs) throws -> Double {
        let market = inputs.market, pay = try #require(market.pay), values = pay.values
        let trades = inputs.trainingRows.flatMap { t in [1, 2].map { Double(values[((t - market.firstPaid) * 3 + $0) * market.payWidth]) } }
        let mean = trades.reduce(0, +) / Double(trades.count)
        return (trades.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(trades.count)).squareRoot()
    }

    /// HOLD is worth .4 more in the second stage: x = .4 / (.05 sigma), judged with the whole weight although it is ramped.
    @Test func aStagePastTheFoldIsToldAndRecorded() throws {
        let space = try Workspace(), inputs = try inputs(space, "warn", rest: 0.4)
        let run = try TrainingRun(inputs, seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false)
        var notices: [String] = []
        #expect(try run.run(report: { notices += $0.notices }) == .finished)
        let rows = try table(space.path + "/run/curriculum.csv")
        #expect(rows.map { $0["fold"] } == ["clear", "past"])
        let expected = try 0.4 / (0.05 * deviation(inputs)), x = try #require(rows[1]["fold_x"].flatMap(Double.init)), error = try #require(rows[1]["fold_x_error"].flatMap(Double.init))
        // The critic of a few updates adds some noise, which lowers x.
        #expect(x < expected + 4 * error && x > 0.7 * expected - 4 * error && error < 3, "\(x) +- \(error), expected \(expected)")
        let first = try #require(rows[0]["fold_x"].flatMap(Double.init)), firstError = try #require(rows[0]["fold_x_error"].flatMap(Double.init))
        #expect(abs(first) < 4 * firstError)
        // A policy of a few hundred steps still acts at random.
        #expect(try abs(#require(rows[0]["fold_hold_share"].flatMap(Double.init)) - 1.0 / 3) < 0.05)
        #expect(notices.count == 1 && notices[0].contains("stage 'resting' begins past the collapse fold") && notices[0].contains("ent_coef above"), "\(notices)")
    }

    @Test func strictStopsTheRunThere() throws {
        let space = try Workspace()
        // In a scope of its own: a run holds its folder's lock as long as it lives.
        do {
            let run = try TrainingRun(inputs(space, "strict", rest: 0.4), seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false)
            let error = #expect(throws: CurriculumFold.self) { try run.run() }
            #expect(error?.stage == "resting" && error?.step == 384)
            #expect(error?.description.contains("'gate: strict' ends the run") == true)
        }
        let rows = try table(space.path + "/run/curriculum.csv")
        #expect(rows.count == 2 && rows[1]["fold"] == "past" && rows[1]["to"] == "resting")
        // The update before is safe, and going on stops at the same place.
        let again = try TrainingRun(inputs(space, "strict", rest: 0.4), seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: true)
        #expect(again.steps == 192)
        #expect(throws: CurriculumFold.self) { try again.run() }
        #expect(try table(space.path + "/run/curriculum.csv") == rows)
    }

    /// The stage's own entropy coefficient counts: twenty times as much leaves a mixture.
    @Test func entropyKeepsAMixture() throws {
        let space = try Workspace()
        let run = try TrainingRun(inputs(space, "strict", rest: 0.4, entropy: 1), seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false)
        #expect(try run.run() == .finished)
        let row = try #require(try table(space.path + "/run/curriculum.csv").last), x = try #require(row["fold_x"].flatMap(Double.init))
        #expect(row["fold"] == "clear" && x > 0.1 && x < 0.5, "\(row)")
    }

    @Test func aSoundStagePassesTheStrictGate() throws {
        let space = try Workspace()
        let run = try TrainingRun(inputs(space, "strict", rest: 0.01), seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false)
        var notices: [String] = []
        #expect(try run.run(report: { notices += $0.notices }) == .finished)
        #expect(try table(space.path + "/run/curriculum.csv").map { $0["fold"] } == ["clear", "clear"] && notices.isEmpty)
    }

    /// Judging leaves no trace: policy, normaliser and the next roll-out are what they would have been.
    @Test func judgingChangesNothing() throws {
        let space = try Workspace(), inputs = try inputs(space, "warn", rest: 0.4), team = ThreadTeam(threads: 1)
        func rollout(judging: Bool) throws -> (actions: [UInt8], values: [Float], rewards: [Float], fold: FoldJudgement?) {
            let environment = inputs.makeEnvironment(seed: 1)
            let normalizer = RunningNormalizer(observations: environment.observationCount, rewards: true, environments: environment.environments)
            let learner = PPOLearner(
                environment, policy: inputs.makePolicy(seed: 1, team: team), settings: inputs.experiment.ppo, normalizer: normalizer, seed: 1, totalSteps: inputs.experiment.steps, team: team)
            try learner.collect()
            _ = try learner.improve()
            var fold: FoldJudgement?
            if judging {
                fold = try FoldJudgement(
                    learner.policy, in: inputs.makeEnvironment(seed: 9), inputs.experiment.ppo, normalizer: learner.collector.normalizer, entropyCoefficient: 0.05, isOptions: false, seed: 4, team: team)
            }
            try learner.collect()
            return (learner.rollout.actions, learner.rollout.values, learner.rollout.rewards, fold)
        }
        let plain = try rollout(judging: false), judged = try rollout(judging: true)
        #expect(plain.actions == judged.actions && plain.values == judged.values && plain.rewards == judged.rewards)
        #expect(judged.fold?.rollouts == 32)
    }
}
