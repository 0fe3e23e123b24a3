import MaskablePPO
import NeuralNetworks
import NetworkKernels
import Policies
import Testing

/// Values and actions of the probe environments, which are known exactly.
@Suite struct ProbeTests {
    /// After training: value and probability of action 0 for each of the observations.
    private func learn(_ kind: ProbeEnvironment.Kind, shown: [Float], gamma: Double = 0.5) throws -> (values: [Float], first: [Float]) {
        var settings = PPOSettings()
        settings.stepsPerRollout = 32
        settings.batchSize = 64
        settings.learningRate = .constant(3e-3)
        settings.gamma = gamma
        let policy = MLPPolicy(observations: 1, actions: 2, hidden: [32, 32], seed: 1)
        let learner = PPOLearner(
            ProbeEnvironment(kind, seed: 1), policy: policy, settings: settings, seed: 1, totalSteps: 20_000, team: ThreadTeam(threads: 1))
        while !learner.isFinished {
            try learner.collect()
            _ = try learner.improve()
        }
        let B = shown.count, width = MaskedCategorical.padded(B)
        let block = FloatBlock(shown), scores = FloatBlock(count: 2 * B), values = FloatBlock(count: B), logs = FloatBlock(count: 2 * width)
        let logits = scores.matrix(rows: B, columns: 2), logP = logs.matrix(rows: 2, columns: width)
        let rows = (0..<Int32(B)).map { $0 }
        policy.infer(
            ObservationTable(features: block.matrix(rows: B, columns: 1)), rows: rows.span, logits: logits, values: values.matrix(rows: B, columns: 1),
            team: learner.team)
        MaskedCategorical.logProbabilities(logits, masks: nil, into: logP)
        exponentials(logP, into: logP)
        return ((0..<B).map { values[$0] }, (0..<B).map { logP[0, $0] })
    }

    private func close(_ values: [Float], _ expected: [Float], to tolerance: Float = 0.05) { for (a, b) in zip(values, expected) { #expect(abs(a - b) < tolerance, "\(values), expected \(expected)") } }

    @Test func constantReward() throws { close(try learn(.constantReward, shown: [0]).values, [1]) }

    @Test func observedReward() throws { close(try learn(.observedReward, shown: [-1, 1]).values, [-1, 1]) }

    /// The first of two steps is worth gamma times the second.
    @Test(arguments: [0.5, 0.9]) func delayedReward(_ gamma: Double) throws { close(try learn(.delayedReward, shown: [0, 1], gamma: gamma).values, [Float(gamma), 1]) }

    @Test func chosenReward() throws {
        let found = try learn(.chosenReward, shown: [0])
        #expect(found.first[0] > 0.98)
        close(found.values, [1], to: 0.1)
    }

    @Test func matchedReward() throws {
        let found = try learn(.matchedReward, shown: [-1, 1])
        #expect(found.first[0] > 0.98 && found.first[1] < 0.02)
        close(found.values, [1, 1], to: 0.1)
    }
}
