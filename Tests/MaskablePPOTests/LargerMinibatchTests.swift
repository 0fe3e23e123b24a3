import MaskablePPO
import NetworkKernels
import NeuralNetworks
import NumericKernels
import Policies
import Testing

/// Updates whose minibatches stand for several of a smaller size.
@Suite struct LargerMinibatchTests {
    /// 256 samples of three actions with heavy-tailed advantages, chosen by a policy that this one is not.
    private func rollout() -> (Rollout, FloatBlock) {
        var random = RandomStream(seed: 3, purpose: "larger minibatches")
        let features = FloatBlock((0..<256 * 5).map { _ in Float(random.gaussian()) })
        let rollout = Rollout(steps: 256, environments: 1, actionCount: 3, table: ObservationTable(features: features.matrix(rows: 256, columns: 5)))
        rollout.rows = (0..<256).map { $0 }
        for i in 0..<256 {
            let x = random.gaussian()
            rollout.actions[i] = UInt8(random.below(3))
            rollout.advantages[i] = Float(x * x * x)
            rollout.logProbabilities[i] = Float(-1.1 + 0.1 * random.gaussian())
        }
        return (rollout, features)
    }

    private func update(batch: Int, rate: Double, _ change: (PPOUpdater) -> Void = { _ in }) throws -> (metrics: UpdateMetrics, moved: [Float]) {
        let (rollout, features) = rollout()
        defer { withExtendedLifetime(features) {} }
        var settings = PPOSettings()
        (settings.batchSize, settings.epochs, settings.learningRate, settings.adamEpsilon) = (batch, 1, .constant(rate), 1e-12)
        let updater = PPOUpdater(settings, actionCount: 3), policy = MLPPolicy(observations: 5, actions: 3, hidden: [16], seed: 1), before = policy.tensors()
        change(updater)
        let metrics = try updater.update(policy, on: rollout, remaining: 1, parts: .actor, team: ThreadTeam(threads: 1)) { _ in (0..<256).map { $0 } }
        return (metrics, zip(before, policy.tensors()).flatMap { zip($0.values, $1.values).map { $1 - $0 } })
    }

    /// The loss of one minibatch of 256 in groups of 64 is the mean of four of 64; without groups it is another.
    @Test func groupsKeepTheScaleOfTheSmallerMinibatch() throws {
        let small = try update(batch: 64, rate: 0).metrics, large = try update(batch: 256, rate: 0).metrics
        let grouped = try update(batch: 256, rate: 0) { $0.normalizationGroup = 64 }.metrics
        #expect(small.minibatches == 4 && grouped.minibatches == 1 && abs(small.policyGradientLoss) > 1e-3)
        #expect(abs(grouped.policyGradientLoss - small.policyGradientLoss) < 1e-6)
        #expect(abs(large.policyGradientLoss - small.policyGradientLoss) > 1e-4)
        // A last group that is not full is scaled by itself.
        let odd = try update(batch: 256, rate: 0) { $0.normalizationGroup = 96 }.metrics, pieces = try update(batch: 96, rate: 0).metrics
        #expect(pieces.minibatches == 3 && odd.policyGradientLoss.isFinite && abs(odd.policyGradientLoss - grouped.policyGradientLoss) > 1e-5)
    }

    /// Without a memory each of Adam's steps is the rate in the direction of the gradient's sign: after two, every parameter moved by 0 or two rates.
    @Test func adamForgetsAsFastAsItIsTold() throws {
        func strays(_ moved: [Float]) -> Double {
            let touched = moved.filter { $0 != 0 }
            return Double(touched.count { abs(abs($0) - 2e-3) > 2e-4 && abs($0) > 2e-4 }) / Double(max(1, touched.count))
        }
        let short = try update(batch: 128, rate: 1e-3) { $0.decay = (0, 0) }.moved, usual = try update(batch: 128, rate: 1e-3).moved
        #expect(short.contains { $0 != 0 } && strays(short) < 0.1, "\(strays(short))")
        #expect(strays(usual) > 0.2, "\(strays(usual))")
    }
}
