import ComponentKit
import Foundation
import MaskablePPO
import RunRecords
import TestSupport
import Testing
import TradingTypes
import Training

/// progress.csv without its two wall-clock columns.
func withoutClock(_ path: String) throws -> [[Substring]] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let kept = (lines.first ?? []).indices.filter { !["time/fps", "time/time_elapsed"].contains(lines[0][$0]) }
    return lines.map { row in kept.map { row[$0] } }
}

@Suite struct TrainingRunTests {
    static let plain = """
        schema: 1
        name: small
        data:
          bars: synthetic:btc-hourly,bars=2500
        reward: \(packageRoot)/rewards/btc-s3.yaml
        policy:
          hidden: [16, 16]
        environment:
          episode_bars: 60
        ppo:
          environments: 4
          n_steps: 48
          batch_size: 32
          n_epochs: 3
        steps: 1500
        evaluate_every: 3

        """

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String, overrides: [String]
    }

    static let cases = [
        Case(testDescription: "as shipped", overrides: []),
        Case(
            testDescription: "everything that has a state",
            overrides: [
                "normalize.observations=true", "normalize.rewards=true", "ppo.entropy_target=0.7", "ppo.ent_coef=0.02", "ppo.learning_rate=0.003 -> 0",
                "ppo.normalize_advantage=regime", "ppo.target_kl=0.01", "ppo.clip_range_vf=0.3", "switches.cost_accrual=change", "environment.fee_bps=3",
            ]),
        Case(
            testDescription: "position observed",
            overrides: ["environment.observe=[position, bars_in_position, unrealized]", "switches.cost_accrual=change", "environment.fee_bps=3", "normalize.observations=true"]),
        Case(testDescription: "batch normalisation", overrides: ["policy.batch_norm=true", "steps=1152"]),
        Case(
            testDescription: "Transformer with dropout",
            overrides: [
                "policy={kind: regime_transformer, context: 6, width: 16, layers: 2, heads: 2, feed_forward: 24, head_hidden: 12, dropout: 0.1}", "steps=960", "ppo.n_epochs=1",
            ]),
        Case(
            testDescription: "from a teacher, held to it",
            overrides: teacherOverrides + ["cloning.critic_warmup=1", "cloning.kl_coef=0.5 -> 0", "cloning.kl_decay=0.9", "cloning.replay_coef=0.2", "cloning.replay_batch=8"]),
        Case(
            testDescription: "a Transformer from a teacher",
            overrides: ["teacher.demonstrations=\(demonstrationsFolder)-plain"] + teacherOverrides.dropFirst() + [
                "policy={kind: regime_transformer, context: 6, width: 16, layers: 2, heads: 2, feed_forward: 24, head_hidden: 12}", "steps=960", "ppo.n_epochs=1",
                "cloning.kl_coef=0.5", "cloning.replay_coef=0.2", "cloning.critic_warmup=2",
            ]),
        Case(testDescription: "hold keeps", overrides: ["environment.hold=keep", "environment.fill=next_open", "ppo.normalize_advantage=rollout", "steps=1344"]),
    ]

    private func inputs(_ overrides: [String]) throws -> TrainingInputs {
        try TrainingInputs(Experiment(file: "small.yaml", text: Self.plain, overrides: overrides.map { try ExperimentOverride($0) }))
    }

    /// A run stopped after every single update, each part in a fresh object and on other threads, against one that is never stopped.
    @Test(arguments: cases) func stoppedAfterEveryUpdate(_ item: Case) throws {
        let folder = try Workspace(), inputs = try inputs(item.overrides)
        let whole = folder.path + "/whole", parts = folder.path + "/parts"
        let reference = try TrainingRun(inputs, seed: 5, folder: whole, version: "test", threads: 1, resuming: false)
        #expect(try reference.run() == .finished)
        var starts = 0
        while true {
            let run = try TrainingRun(inputs, seed: 5, folder: parts, version: "test", threads: 1 + starts % 2, resuming: starts > 0)
            starts += 1
            var updates = 0
            let end = try run.run(shouldStop: { updates == 1 }, report: { _ in updates += 1 })
            #expect(updates <= 1 && run.warnings.isEmpty)
            if end == .finished { break }
            #expect(end == .interrupted)
        }
        #expect(starts == (inputs.experiment.steps + 191) / 192)
        #expect(try Data(contentsOf: URL(fileURLWithPath: whole + "/policy.safetensors")) == Data(contentsOf: URL(fileURLWithPath: parts + "/policy.safetensors")))
        for name in ["mix.csv", "ledger.csv"] { #expect(try folder.text("whole/" + name) == folder.text("parts/" + name)) }
        let rows = try withoutClock(whole + "/progress.csv")
        #expect(try rows == withoutClock(parts + "/progress.csv"))
        #expect(rows.count == starts + 2 && rows[0].contains("train/value_loss"))
        func events(_ path: String) throws -> [String: [String]] {
            var tags = try EventLog(file: #require(RunFolder.open(path).eventFile)).scalars
            tags["time/fps"] = nil
            return tags.mapValues { $0.map { "\($0.step) \($0.value)" } }
        }
        #expect(try events(whole) == events(parts))
    }

    /// A policy read back from its folder does what it did when it was trained: also with running statistics of the observations.
    @Test(arguments: cases) func evaluationAfterwards(_ item: Case) throws {
        let folder = try Workspace(), inputs = try inputs(item.overrides)
        let run = try TrainingRun(inputs, seed: 2, folder: folder.path + "/run", version: "test", threads: 1, resuming: false)
        _ = try run.run()
        let trained = try TrainedPolicy(folder: folder.path + "/run", threads: 2)
        #expect(trained.isFinal && trained.seed == 2 && trained.steps >= inputs.experiment.steps)
        for split in [SplitName.train, .validation, .test] { #expect(trained.evaluate(split) == run.evaluation(split)) }
    }

    /// The share of HOLD that the last roll-outs sampled is the share that the evaluation finds on the training bars, to what a
    /// few updates change: the evaluation sees what the policy saw.
    @Test(arguments: cases.filter { !$0.testDescription.hasPrefix("Transformer") }) func evaluationSeesWhatThePolicySaw(_ item: Case) throws {
        let folder = try Workspace(), inputs = try inputs(item.overrides + ["ppo.n_steps=512", "steps=20000", "ppo.learning_rate=0.0003"])
        let run = try TrainingRun(inputs, seed: 2, folder: folder.path + "/run", version: "test", threads: 2, resuming: false)
        var last = ActionMix()
        _ = try run.run(report: { last = $0.mix })
        let found = run.evaluation(.train).meanProbability
        let sampled = try #require(last.shares), evaluated = try #require(found.shares)
        for (a, b) in zip(sampled, evaluated) { #expect(abs(a - b) < 0.06, "sampled \(sampled), evaluated \(evaluated)") }
    }

    /// A reward past single precision on one bar, met in the third roll-out: the run stops with step, term and checkpoint, and so it does again.
    @Test(arguments: [[], ["policy={kind: regime_transformer, context: 6, width: 16, layers: 1, heads: 2, feed_forward: 24, head_hidden: 12}"]])
    func aLossThatIsNotFinite(_ policy: [String]) throws {
        let folder = try Workspace(), plain = try inputs(policy)
        let environment = SpotVectorEnvironment(plain.market, rows: plain.trainingRows, environments: 4, episodeBars: 60, seed: 1)
        let rows = environment.foresee(steps: 3 * 48).rows
        let early = Set(rows.prefix(2 * 192)), bar = try #require(rows.suffix(192).first { !early.contains($0) })
        let file = try folder.write(
            "overflow.yaml",
            "schema: 1\nname: overflow\nenvironment: spot\nterms:\n  - id: a\n    weight: 1e300\n    when: close == \(plain.market.prepared.bars.close[Int(bar)])\n")
        let inputs = try inputs(["reward=\(file)"] + policy)
        for resuming in [false, true] {
            let run = try TrainingRun(inputs, seed: 1, folder: folder.path + "/run", version: "test", threads: 1, resuming: resuming)
            let failure = try #require(throws: RunFailure.self) { _ = try run.run() }
            guard case .notFinite(let term, _, _) = failure.cause else { throw failure }
            #expect(["value loss", "policy loss"].contains(term) && failure.step == 384)
            #expect(failure.checkpoint == folder.path + "/run/checkpoints/step-000000000384.safetensors")
            #expect(failure.description.contains("training stopped after 384 steps: the \(term) is not a finite number in epoch 1, minibatch"))
            #expect(failure.description.hasSuffix("; the last good checkpoint is \(failure.checkpoint ?? "")"))
            let records = try RunFolder.open(folder.path + "/run")
            #expect(try records.newestCheckpoint()?.checkpoint.step == 384)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/run/policy.safetensors"))
        }
        // At once: there is nothing to go back to.
        let always = try folder.write("always.yaml", "schema: 1\nname: overflow\nenvironment: spot\nterms:\n  - id: a\n    weight: 1e300\n    value: 1\n")
        let run = try TrainingRun(self.inputs(["reward=\(always)"]), seed: 1, folder: folder.path + "/none", version: "test", threads: 1, resuming: false)
        let failure = try #require(throws: RunFailure.self) { _ = try run.run() }
        #expect(failure.step == 0 && failure.checkpoint == nil && failure.description.hasSuffix("there is no checkpoint yet"))
    }

    /// What a run was made from may not change under it.
    @Test func otherSettingsAreRefused() throws {
        let folder = try Workspace(), path = folder.path + "/run"
        _ = try TrainingRun(inputs(["steps=192"]), seed: 1, folder: path, version: "test", threads: 1, resuming: false).run()
        for (override, name) in [("ppo.gamma=0.5", "ppo.gamma"), ("steps=400", "steps"), ("data.bars='synthetic:btc-hourly,bars=2500,seed=9'", "data file"), ("reward=\(packageRoot)/rewards/btc-s1.yaml", "reward")] {
            let error = try #require(throws: InputIssues.self) {
                _ = try TrainingRun(self.inputs(["steps=192", override]), seed: 1, folder: path, version: "test", threads: 1, resuming: true)
            }
            #expect(error.issues.contains { $0.code == "run_changed" && $0.message.contains(name) }, "\(error)")
        }
    }

    /// A second writer is turned away while the first lives.
    @Test func oneWriterAtATime() throws {
        let folder = try Workspace(), path = folder.path + "/run", inputs = try inputs([])
        let first = try TrainingRun(inputs, seed: 1, folder: path, version: "test", threads: 1, resuming: false)
        let error = try #require(throws: InputIssues.self) { _ = try TrainingRun(inputs, seed: 1, folder: path, version: "test", threads: 1, resuming: true) }
        #expect(error.issues.first?.code == "run_in_use")
        _ = try first.run(shouldStop: { true })
    }
}
