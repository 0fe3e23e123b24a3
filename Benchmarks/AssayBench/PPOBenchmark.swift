import Foundation
import MaskablePPO
import NetworkKernels
import NumericKernels
import Policies

/// A market of random features whose reward is one number a bar and action: what PPO costs when the environment costs next to nothing.
final class RandomMarket: ForeseeableEnvironment {
    // Everything is allowed, but as a mask, as with the programs beside it.
    let environments = 8, observationCount = 44, actionCount = 3, hasMasks = true
    let table: ObservationTable
    private let block: FloatBlock
    private let rewards: [Float]
    private var position: [Int]
    private let rows: Int

    init(rows: Int, seed: UInt64) {
        self.rows = rows
        var random = RandomStream(seed: seed, purpose: "random market")
        block = FloatBlock((0..<rows * 44).map { _ in Float(random.gaussian()) })
        rewards = (0..<rows * 3).map { _ in Float(random.gaussian()) }
        table = ObservationTable(features: block.matrix(rows: rows, columns: 44))
        position = (0..<8).map { $0 * rows / 8 }
    }

    func foresee(steps: Int) -> ForeseenObservations {
        var foreseen = [Int32]()
        foreseen.reserveCapacity(steps * environments)
        for t in 0..<steps { for n in 0..<environments { foreseen.append(Int32((position[n] + t) % rows)) } }
        let never = [Bool](repeating: false, count: steps * environments)
        return ForeseenObservations(
            rows: foreseen, isFirst: never, endings: [StepEnding](repeating: .goesOn, count: never.count), terminalRows: [],
            nextRows: position.map { Int32(($0 + steps) % rows) })
    }

    func play(_ actions: [UInt8], steps: Int, rewards out: inout [Float]) {
        for t in 0..<steps { for n in 0..<environments { out[t * environments + n] = rewards[(position[n] + t) % rows * 3 + Int(actions[t * environments + n])] } }
        for n in 0..<environments { position[n] = (position[n] + steps) % rows }
    }

    func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {}
    func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {}
    func snapshot() -> [Int64] { [] }
    func restore(_ snapshot: [Int64]) {}
}

/// MaskablePPO, 8 environments, 512 steps, batch 64, 10 epochs, 64 x 64, 44 features.
func benchmarkPPO(threads: Int, updates: Int) throws {
    var settings = PPOSettings()
    settings.stepsPerRollout = 512
    settings.entropyCoefficient = .constant(0.05)
    let market = RandomMarket(rows: 26_100, seed: 1)
    let policy = MLPPolicy(observations: 44, actions: 3, seed: 1)
    let team = ThreadTeam(threads: threads)
    let learner = PPOLearner(market, policy: policy, settings: settings, seed: 1, totalSteps: .max / 4, team: team)
    var collected = 0.0, improved = 0.0
    let clock = ContinuousClock()
    func seconds(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
        Double((to - from).components.seconds) + 1e-18 * Double((to - from).components.attoseconds)
    }
    // The first three warm the caches.
    for update in 0..<updates + 3 {
        let start = clock.now
        try learner.collect()
        let middle = clock.now
        _ = try learner.improve()
        let end = clock.now
        if update >= 3 {
            collected += seconds(start, middle)
            improved += seconds(middle, end)
        }
    }
    let steps = Double(updates * 4096)
    print("ppo_\(threads)_threads \(Int(steps / (collected + improved))) steps/s")
    func milliseconds(_ value: Double) -> String { String(format: "%.2f", 1e3 * value / Double(updates)) }
    print("  roll-out \(milliseconds(collected)) ms, update \(milliseconds(improved)) ms, \(String(format: "%.1f", 1e6 * improved / Double(updates * 640))) us a minibatch")
}
