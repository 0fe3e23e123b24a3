import ComponentKit
import Foundation
import RunRecords
import TestSupport
import Testing
import Training

@Suite struct TeacherTests {
    private func inputs(_ overrides: [String]) throws -> TrainingInputs {
        try TrainingInputs(Experiment(file: "small.yaml", text: TrainingRunTests.plain, overrides: overrides.map { try ExperimentOverride($0) }))
    }

    /// Columns of progress.csv by name, empty cells left out.
    private func columns(_ folder: String) throws -> [String: [Double]] {
        let lines = try String(contentsOfFile: folder + "/progress.csv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        var found: [String: [Double]] = [:]
        for (i, name) in lines[0].enumerated() { found[String(name)] = lines.dropFirst().compactMap { i < $0.count ? Double($0[i]) : nil } }
        return found
    }

    /// The meter starts at the clone's accuracy; PPO at a high rate forgets the teacher, the teacher's terms keep it.
    @Test func theMeterShowsForgettingAndItsCure() throws {
        let space = try Workspace()
        func agreement(_ name: String, _ extra: [String]) throws -> [Double] {
            let inputs = try inputs(teacherOverrides + ["cloning.epochs=30", "ppo.learning_rate=0.003", "steps=20000", "evaluate_every=10"] + extra)
            let run = try TrainingRun(inputs, seed: 1, folder: "\(space.path)/\(name)", version: "test", threads: 2, resuming: false)
            _ = try run.run()
            let found = try columns("\(space.path)/\(name)")
            #expect(found.keys.contains { $0.hasPrefix("teacher/agreement/") })
            return found["teacher/agreement"] ?? []
        }
        let plain = try agreement("plain", []), held = try agreement("held", ["cloning.kl_coef=2", "cloning.replay_coef=1", "cloning.critic_warmup=5"])
        // How much is forgotten differs with the processor's kernels; that it is, and that the terms prevent it, does not.
        #expect(plain.count > 5 && plain.last! < plain.first! - 0.15, "\(plain)")
        #expect(held.last! > 0.85 && held.last! > plain.last! + 0.15, "\(held)")
    }

    /// What the run's folder says of its beginning, and that the policy is the clone to the bit but for its critic.
    @Test func theStartIsRecorded() throws {
        let space = try Workspace(), folder = space.path + "/run"
        let run = try TrainingRun(try inputs(teacherOverrides), seed: 1, folder: folder, version: "test", threads: 1, resuming: false)
        let report = try JSONValue(parsing: try Data(contentsOf: URL(fileURLWithPath: folder + "/cloning.json")))
        #expect(report["cloning"]?["heldout_accuracy"]?.number.map { $0 > 0.5 } == true)
        #expect(report["reward_rank"]?["always_hold_per_step"]?.number != nil && report["reward_rank"]?["sentence"]?.text?.contains("HOLD") == true)
        #expect(report["critic"]?["steps"]?.integer == 3 * 4 * 48)
        #expect(run.startRemark?.contains("held-out accuracy") == true && run.steps == 0)
    }

    /// Under a reward that only pays HOLD every trading clone loses, and is told so; under one that pays trading it wins.
    @Test(arguments: [("action == HOLD", "loses"), ("action != HOLD", "earns more")]) func aTeacherThatLosesToHoldIsNamed(_ condition: String, _ verdict: String) throws {
        let space = try Workspace()
        let text = "schema: 1\nname: one-sided\nenvironment: spot\nterms:\n  - id: pay\n    weight: 1\n    when: \(condition)\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: space.path + "/reward.yaml"))
        let run = try TrainingRun(try inputs(teacherOverrides + ["reward=\(space.path)/reward.yaml"]), seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false)
        #expect(run.startRemark?.contains(verdict) == true, "\(run.startRemark ?? "")")
    }

    /// `assay clone`'s folder as a start: the run begins with those weights, and can be evaluated.
    @Test func aRunStartsFromAClone() throws {
        let space = try Workspace(), folder = space.path + "/clone"
        let overrides = teacherOverrides + ["cloning.critic=none"]
        let experiment = try Experiment(file: "small.yaml", text: TrainingRunTests.plain, overrides: overrides.map { try ExperimentOverride($0) })
        let clone = try CloneRun(experiment, readsMarket: true, folder: folder, seed: 1, threads: 1)
        var epochs = 0
        try clone.run(version: "test", force: false) { _, _, _, _ in epochs += 1 }
        #expect(epochs >= 1 && epochs <= 3)
        let started = space.path + "/run"
        _ = try TrainingRun(try inputs(overrides + ["cloning.from=\(folder)"]), seed: 7, folder: started, version: "test", threads: 1, resuming: false)
        let a = try SafetensorsFile(file: folder + "/policy.safetensors").tensors, b = try SafetensorsFile(file: started + "/clone.safetensors").tensors
        #expect(a == b)
        #expect(try TrainedPolicy(folder: folder, threads: 1).isFinal)
        let table = try String(contentsOfFile: folder + "/plots/reliability.tsv", encoding: .utf8).split(separator: "\n")
        #expect(table.count == 11)
    }

    @Test func strangersAreRefused() throws {
        let space = try Workspace()
        // The other market's observations lack the regime's columns.
        let other = try inputs(["teacher.demonstrations=\(demonstrationsFolder)-plain", "cloning.epochs=1"])
        let error = #expect(throws: InputIssues.self) { try TrainingRun(other, seed: 1, folder: space.path + "/run", version: "test", threads: 1, resuming: false) }
        #expect(error?.issues.first?.code == "demonstrations_differ" && error?.description.contains("44 of them, the experiment has 48") == true)
        #expect(throws: InputMissing.self) {
            try TrainingRun(try inputs(["teacher.demonstrations=\(space.path)/none", "cloning.epochs=1"]), seed: 1, folder: space.path + "/b", version: "test", threads: 1, resuming: false)
        }
    }

    @Test(arguments: [
        ("cloning.epoch=3", "unknown_key"), ("cloning.kl_coef=-1", "type"), ("cloning.class_balance=2", "range"), ("cloning.critic=roll-outs", "choice"),
        ("normalize.observations=true", "combination"),
    ]) func faultsOfThePlanAreNamed(_ setting: String, _ code: String) throws {
        let error = #expect(throws: InputIssues.self) { try Experiment(file: "small.yaml", text: TrainingRunTests.plain, overrides: (teacherOverrides + [setting]).map { try ExperimentOverride($0) }) }
        #expect(error?.issues.contains { $0.code == code } == true, "\(error?.description ?? "")")
    }
}
