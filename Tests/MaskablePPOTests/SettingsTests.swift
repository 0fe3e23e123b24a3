import MaskablePPO
import NeuralNetworks
import NetworkKernels
import NumericKernels
import Policies
import Testing

/// The settings beyond Stable-Baselines3's, and the failures, each through the real collector and update.
@Suite struct SettingsTests {
    private func learner(_ settings: PPOSettings, _ environment: any VectorEnvironment, steps: Int, seed: UInt64 = 1) -> PPOLearner {
        let policy = MLPPolicy(observations: environment.observationCount, actions: environment.actionCount, hidden: [32, 32], seed: seed)
        return PPOLearner(environment, policy: policy, settings: settings, seed: seed, totalSteps: steps, team: ThreadTeam(threads: 1))
    }

    /// From a coefficient far too small and one far too large, the relative entropy ends near its target.
    @Test(arguments: [0.3, 0.6, 0.8], [0.0001, 1.0]) func entropyControllerReachesItsTarget(_ target: Double, from start: Double) throws {
        var settings = PPOSettings()
        settings.stepsPerRollout = 64
        settings.batchSize = 128
        settings.epochs = 4
        settings.learningRate = .constant(3e-3)
        settings.entropyCoefficient = .constant(start)
        settings.entropyTarget = target
        let learner = learner(settings, ContextualBandit(environments: 8, seed: 1), steps: 250_000)
        var tail: [Double] = [], coefficients: [Double] = []
        while !learner.isFinished {
            try learner.collect()
            let metrics = try learner.improve()
            tail.append(-metrics.entropyLoss / 1.0986122886681098)
            coefficients.append(metrics.entropyCoefficient)
        }
        #expect(coefficients.first == start)
        let last = tail.suffix(60).reduce(0, +) / 60
        #expect(abs(last - target) < 0.06, "relative entropy \(last)")
    }

    @Test func entropyControllerByHand() {
        var controller = EntropyController(target: 0.5, initial: 0.01)
        controller.observe(relativeEntropy: 0.3)
        #expect(controller.coefficient > 0.01)
        let raised = controller.coefficient
        controller.observe(relativeEntropy: 0.5)
        controller.observe(relativeEntropy: .nan)
        #expect(controller.coefficient == raised)
        controller.observe(relativeEntropy: 0.9)
        #expect(controller.coefficient < raised)
    }

    /// Advantages of four regimes of very different level and size.
    private func rollout(counts: [Int]) -> (Rollout, FloatBlock) {
        let n = counts.reduce(0, +), block = FloatBlock(count: n)
        let rollout = Rollout(steps: n, environments: 1, actionCount: 3, table: ObservationTable(features: block.matrix(rows: n, columns: 1)))
        var random = RandomStream(seed: 4, purpose: "advantages"), i = 0
        for (g, count) in counts.enumerated() {
            for _ in 0..<count {
                rollout.regimes[i] = UInt8(g)
                rollout.advantages[i] = Float([-3, 0.02, 5, 100][g] + [0.01, 1, 20, 3][g] * (random.uniform() - 0.5))
                i += 1
            }
        }
        return (rollout, block)
    }

    private func moments(_ values: [Float]) -> (mean: Double, deviation: Double) {
        let n = Double(values.count), mean = values.reduce(0) { $0 + Double($1) } / n
        return (mean, (values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (n - 1)).squareRoot())
    }

    @Test func advantagesByRegime() {
        let (rollout, block) = rollout(counts: [300, 200, 8, 7])
        defer { withExtendedLifetime(block) {} }
        var settings = PPOSettings()
        settings.normalizeAdvantage = .regime
        let scaled = PPOUpdater(settings, actionCount: 3).normalisedAdvantages(rollout)
        for g in 0..<3 {
            let (mean, deviation) = moments(scaled.indices.filter { rollout.regimes[$0] == UInt8(g) }.map { scaled[$0] })
            #expect(abs(mean) < 1e-4 && abs(deviation - 1) < 1e-4, "regime \(g): mean \(mean), deviation \(deviation)")
        }
        // Seven samples are too few for a scale of their own.
        settings.normalizeAdvantage = .rollout
        let whole = PPOUpdater(settings, actionCount: 3).normalisedAdvantages(rollout)
        let (mean, deviation) = moments(whole)
        #expect(abs(mean) < 1e-4 && abs(deviation - 1) < 1e-4)
        for i in scaled.indices where rollout.regimes[i] == 3 { #expect(scaled[i] == whole[i]) }
        settings.normalizeAdvantage = .none
        #expect(PPOUpdater(settings, actionCount: 3).normalisedAdvantages(rollout) == rollout.advantages)
    }

    /// A large step passes the limit; the update ends there, and the minibatch that passed it changes nothing.
    @Test func targetKLStops() throws {
        var settings = PPOSettings()
        settings.stepsPerRollout = 64
        settings.learningRate = .constant(0.03)
        func run(_ limit: Double?) throws -> (UpdateMetrics, Int) {
            settings.targetKL = limit
            let learner = learner(settings, ContextualBandit(environments: 8, seed: 3), steps: 512)
            try learner.collect()
            let metrics = try learner.improve()
            return (metrics, learner.policy.optimizerSteps)
        }
        let (free, freeSteps) = try run(nil), (held, heldSteps) = try run(0.01)
        #expect(!free.stoppedEarly && free.epochs == 10 && free.minibatches == 80 && freeSteps == 80)
        #expect(held.stoppedEarly && held.epochs < 10 && held.minibatches < 80)
        #expect(heldSteps == held.minibatches - 1)
        #expect(try run(1e3).0 == free)
    }

    @Test func schedulesFollowTheProgress() throws {
        var settings = PPOSettings()
        settings.stepsPerRollout = 32
        settings.learningRate = .linear(from: 0.001, to: 0)
        settings.clipRange = .linear(from: 0.3, to: 0.1)
        settings.entropyCoefficient = .linear(from: 0, to: 0.05)
        settings.valueClipRange = .linear(from: 0.5, to: 0.25)
        // Four roll-outs of 256, the last past the total.
        let learner = learner(settings, ContextualBandit(environments: 8, seed: 3), steps: 1_000)
        var seen: [UpdateMetrics] = []
        while !learner.isFinished {
            try learner.collect()
            seen.append(try learner.improve())
        }
        func expect(_ values: [Double], _ expected: [Double]) { for (a, b) in zip(values, expected) { #expect(abs(a - b) < 1e-12) } }
        #expect(seen.count == 4)
        let remaining = [0.744, 0.488, 0.232, 0]
        expect(seen.map(\.learningRate), remaining.map { 0.001 * $0 })
        expect(seen.map(\.clipRange), remaining.map { 0.1 + 0.2 * $0 })
        expect(seen.map(\.entropyCoefficient), remaining.map { 0.05 - 0.05 * $0 })
        expect(seen.compactMap(\.valueClipRange), remaining.map { 0.25 + 0.25 * $0 })
    }

    /// Forbids everything in one environment at one step.
    private final class Trap: VectorEnvironment {
        let environments = 3, observationCount = 2, actionCount = 4, hasMasks = true
        private var age = 0
        func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {
            observations.fill(0)
            for n in 0..<3 { masks[n] = age == 5 && n == 2 ? 0 : 0b1010 }
        }
        func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
            for n in 0..<3 {
                precondition(actions[n] == 1 || actions[n] == 3, "a forbidden action was taken")
                rewards[n] = 0
                endings[n] = .goesOn
            }
            age += 1
        }
        func snapshot() -> [Int64] { [Int64(age)] }
        func restore(_ snapshot: [Int64]) { age = Int(snapshot[0]) }
    }

    @Test func nothingAllowedIsAnErrorWithItsPlace() throws {
        var settings = PPOSettings()
        settings.stepsPerRollout = 16
        let learner = learner(settings, Trap(), steps: 1_000)
        let failure = try #require(throws: TrainingFailure.self) { try learner.collect() }
        #expect(failure == .allActionsMasked(step: 5, environment: 2))
        #expect(failure.description == "environment 2 allows no action at step 5 of the roll-out: an action mask must leave at least one")
    }

    /// Pays infinity once.
    private final class Overflow: VectorEnvironment {
        let environments = 2, observationCount = 1, actionCount = 2, hasMasks = false
        var age = 0
        func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) { observations.fill(1) }
        func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
            age += 1
            for n in 0..<2 {
                rewards[n] = age == 20 ? .infinity : 1
                endings[n] = .goesOn
            }
        }
        func snapshot() -> [Int64] { [Int64(age)] }
        func restore(_ snapshot: [Int64]) { age = Int(snapshot[0]) }
    }

    /// The update that meets it throws, and the policy keeps the parameters of before the minibatch.
    @Test func infiniteRewardStopsTheUpdate() throws {
        var settings = PPOSettings()
        settings.stepsPerRollout = 16
        settings.batchSize = 32
        let learner = learner(settings, Overflow(), steps: 1_000)
        try learner.collect()
        _ = try learner.improve()
        let before = learner.policy.tensors()
        try learner.collect()
        let failure = try #require(throws: TrainingFailure.self) { _ = try learner.improve() }
        guard case .notFinite(let term, 0, 0) = failure else { throw failure }
        #expect(["policy loss", "value loss"].contains(term))
        #expect(learner.policy.tensors() == before && learner.updates == 1)
    }
}
