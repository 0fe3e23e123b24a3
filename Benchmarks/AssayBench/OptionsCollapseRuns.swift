import ComponentKit
import Dispatch
import Foundation
import MaskablePPO
import NetworkKernels
import NumericKernels
import TradingTypes
import Training

/// A run of the option scalper with a drawn reward, for the collapse alarm: numbers 3,001 to 4,000 of `assay-bench collapse-runs`.
///
/// One of three shipped rewards with every weight redrawn (times 1/3 to 3, one in seven 0), and a term that pays HOLD while a trade is allowed, or fines it, anything from .0002 to .14 a minute; every
/// fifth also pays calls. Days, entropy coefficient, gamma, learning rate and roll-out length are drawn too.
struct OptionsCollapseDesign: Sendable {
    static let numbers = 3_001...4_000
    let number: Int
    let entropy, gamma, rate: Double
    let steps: Int
    let base: String
    /// What HOLD while flat and a call are paid beside the shipped terms.
    let hold, call: Double

    init(_ number: Int) {
        self.number = number
        var random = RandomStream(seed: 20_261, purpose: "options collapse design", index: UInt64(number))
        func pick<T>(_ list: [T]) -> T { list[Int(random.below(UInt64(list.count)))] }
        func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * random.uniform() }
        base = pick(["audited", "proposed", "profit"])
        entropy = pick([0.003, 0.01, 0.02, 0.05, 0.1])
        gamma = pick([0.8, 0.92, 0.97])
        rate = pick([3e-5, 1e-4, 3e-4])
        steps = pick([128, 256, 512])
        hold = (random.uniform() < 0.6 ? 1 : -1) * Double.exp(between(-8.5, -2))
        call = random.uniform() < 0.2 ? Double.exp(between(-8, -3)) : 0
    }

    var columns: String { "\(number),options,\(entropy),\(gamma),\(rate),\(steps)" }

    func inputs() throws -> TrainingInputs {
        let file = "experiments/scalp-\(base).yaml", overrides = [
            "data.bars=synthetic:intraday,days=60,seed=\(10_000 + number)", "ppo.ent_coef=\(entropy)", "ppo.gamma=\(gamma)", "ppo.learning_rate=\(rate)", "ppo.n_steps=\(steps)", "ppo.environments=8",
            "steps=\(CollapseRuns.totalSteps)",
        ]
        let experiment = try Experiment(file: file, overrides: overrides.map { try ExperimentOverride($0) })
        var text = try String(contentsOfFile: experiment.reward, encoding: .utf8)
        text += "  - id: drawn_hold\n    weight: \(hold)\n    when: action == HOLD and can_buy\n  - id: drawn_call\n    weight: \(call)\n    when: action == BUY_CALL\n"
        // The weights of the shipped terms are in the text's own places: read once for their names.
        let plain = try TrainingInputs(experiment, rewardText: text)
        var random = RandomStream(seed: 20_261, purpose: "options collapse weights", index: UInt64(number)), weights: [String: Double] = [:]
        for (id, weight) in zip(plain.termNames, plain.design.terms.map(\.weight)) where !id.hasPrefix("drawn_") {
            weights[id] = random.uniform() < 1.0 / 7 && id != "net_profit" ? 0 : weight * exp((2 * random.uniform() - 1) * log(3.0))
        }
        return try TrainingInputs(sharing: plain, experiment, weights: weights)
    }

    /// Every update of the training, the mix of its flat decisions, as a run folder logs them; an update without any is left out.
    func train() throws -> String {
        let inputs = try inputs(), experiment = inputs.experiment, seed = UInt64(number), team = ThreadTeam(threads: 1)
        let learner = PPOLearner(
            inputs.makeEnvironment(seed: seed), policy: inputs.makePolicy(seed: seed, team: team), settings: experiment.ppo, seed: seed, totalSteps: experiment.steps, team: team)
        var out = ""
        while !learner.isFinished {
            try learner.collect()
            let facts = RolloutFacts(learner.rollout, kind: .options), metrics = try learner.improve()
            guard let shares = facts.mix.shares else { continue }
            // Flat: HOLD, BUY_CALL and BUY_PUT.
            out += CollapseRuns.row(columns, step: learner.steps, shares: Array(shares.prefix(3)), facts: facts, entropy: -metrics.entropyLoss, decisions: facts.mix.total)
        }
        return out
    }

    static func run(_ range: ClosedRange<Int>, to path: String) throws {
        let designs = range.map { OptionsCollapseDesign($0) }
        nonisolated(unsafe) var texts = [String](repeating: "", count: designs.count)
        let lock = NSLock()
        DispatchQueue.concurrentPerform(iterations: designs.count) { i in
            do {
                let text = try designs[i].train()
                lock.withLock { texts[i] = text }
            } catch { FileHandle.standardError.write(Data("design \(designs[i].number): \(error)\n".utf8)) }
        }
        try (CollapseRuns.header + texts.joined()).write(toFile: path, atomically: true, encoding: .utf8)
    }
}
