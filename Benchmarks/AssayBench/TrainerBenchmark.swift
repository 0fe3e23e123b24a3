import Foundation
import NumericKernels
import Training

/// `assay train` on btc-s3 and the synthetic market: its loop with logs, evaluations and a checkpoint an update, in a folder that is removed.
///
/// One seed on one thread and on two, then two seeds side by side, one thread each.
func benchmarkTrainer(steps: Int = 819_200) throws {
    let overrides = try ["data.bars=synthetic:btc-hourly", "data.from=null", "data.to=null", "steps=\(steps)"].map { try ExperimentOverride($0) }
    let inputs = try TrainingInputs(Experiment(file: "experiments/btc-s3-mlp.yaml", overrides: overrides))
    let parent = FileManager.default.temporaryDirectory.path + "/assay-bench-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let clock = ContinuousClock()
    for (name, seeds, threads) in [("train_1_threads", 1, 1), ("train_2_threads", 1, 2), ("train_2_seeds", 2, 1)] {
        // Built here, then each used by one thread only.
        nonisolated(unsafe) let runs = try (1...seeds).map {
            try TrainingRun(inputs, seed: UInt64($0), folder: "\(parent)/\(name)-\($0)", version: "bench", threads: threads, resuming: false)
        }
        let start = clock.now
        DispatchQueue.concurrentPerform(iterations: seeds) { i in
            do { _ = try runs[i].run() } catch { preconditionFailure("\(name): \(error)") }
        }
        let spent = clock.now - start
        let seconds = Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds)
        print("\(name) \(Int(Double(seeds * steps) / seconds)) steps/s")
    }
}

/// The spot environment alone, with btc-s3's ledger: 8 environments, 512 steps at a time, random actions made beforehand, one core.
func benchmarkEnvironment(rounds: Int = 4_000) throws {
    let overrides = try ["data.bars=synthetic:btc-hourly", "data.from=null", "data.to=null"].map { try ExperimentOverride($0) }
    let inputs = try TrainingInputs(Experiment(file: "experiments/btc-s3-mlp.yaml", overrides: overrides))
    let steps = 512, environments = 8, count = steps * environments
    let environment = SpotVectorEnvironment(inputs.market, rows: inputs.trainingRows, environments: environments, episodeBars: 720, seed: 1)
    var random = RandomStream(seed: 1, purpose: "bench")
    let actions = (0..<16).map { _ in (0..<count).map { _ in UInt8(random.below(3)) } }
    var rewards = [Float](repeating: 0, count: count), sum = 0.0, shown = 0
    let milliseconds = AssayBench.best(3) {
        for round in 0..<rounds {
            shown += environment.foresee(steps: steps).rows.count
            environment.play(actions[round % 16], steps: steps, rewards: &rewards)
            sum += Double(rewards[round % count])
        }
        shown += environment.takeLedger().steps.count
    }
    precondition(sum.isFinite && shown > 0)
    print("environment_steps \(String(format: "%.1f", Double(rounds * count) / milliseconds / 1e3)) million/s on one core")
}
