import Cloning
import Demonstrations
import Foundation
import NetworkKernels
import Policies
import TestSupport
import Testing

/// imitation's own loss and Adam on the same minibatches: Tests/Parity/cloning/generate.py.
@Suite struct ParityTests {
    struct Fixture: Decodable {
        struct Tensor: Decodable { var shape: [Int], values: [Float] }
        struct Step: Decodable { var rows: [Int32], neglogp: Double, entropy: Double, prob_true_act: Double }
        var versions: [String: String]
        var observations: [Float], labels: [UInt8]
        var ent_weight: Double, l2_weight: Double, learning_rate: Double
        var before: [String: Tensor], after: [String: Tensor]
        var steps: [Step]
    }

    @Test func lossesAndWeightsAreImitations() throws {
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("cloning/fixture.json"))))
        #expect(fixture.versions["imitation"] == "1.0.1", "renew the fixture: Tests/Parity/cloning/generate.py")
        let F = fixture.observations.count / fixture.labels.count, count = fixture.labels.count
        var set = DemonstrationSet(names: .init(observations: (0..<F).map { "x\($0)" }, actions: ["A", "B", "C"], regimes: ["R"], scriptStates: []))
        let pad = [Float](repeating: 0, count: F), zeros = [UInt8](repeating: 0, count: count)
        set.append(.init(actions: fixture.labels, rewards: [Float](repeating: 0, count: count), regimes: zeros), observations: fixture.observations + pad, ending: .terminated, name: "")
        set.append(.init(actions: [0], rewards: [0], regimes: [0]), observations: pad + pad, ending: .terminated, name: "")
        let data = try CloningData(set, heldOut: 0.001, contextRows: 0, file: "fixture")
        let policy = MLPPolicy(observations: F, actions: 3, hidden: [32, 32], seed: 1)
        try policy.load(fixture.before.mapValuesWithName(), includingOptimizer: false)
        let loss = CloningLoss(actionCount: 3, batchSize: 32, entropyWeight: fixture.ent_weight, hasMasks: false)
        let weights = [Float](repeating: 1, count: data.labels.count)
        var optimiser = OptimiserSettings(learningRate: fixture.learning_rate)
        (optimiser.epsilon, optimiser.weightDecay, optimiser.maxGradientNorm, optimiser.parts) = (1e-8, fixture.l2_weight, nil, .actor)
        for step in fixture.steps {
            loss.prepare(data, weights, step.rows.span)
            _ = policy.update(data.table, rows: step.rows.span, loss: loss, optimiser, team: ThreadTeam(threads: 1))
            let n = Double(step.rows.count), sums = loss.total
            #expect(abs(sums.negativeLogLikelihood - step.neglogp) < 2e-6)
            #expect(abs(sums.entropy / n - step.entropy) < 2e-6)
            #expect(abs(sums.probability / n - step.prob_true_act) < 2e-6)
        }
        var worst: Float = 0
        for tensor in policy.tensors() where !tensor.name.contains("value") {
            for (a, b) in zip(tensor.values, try #require(fixture.after[tensor.name]).values) { worst = max(worst, abs(a - b)) }
        }
        // Five Adam steps of 1e-3 in single precision.
        #expect(worst < 5e-6)
    }
}

extension [String: ParityTests.Fixture.Tensor] {
    func mapValuesWithName() -> [String: NamedTensor] {
        var named: [String: NamedTensor] = [:]
        for (name, tensor) in self { named[name] = NamedTensor(name: name, shape: tensor.shape, values: tensor.values) }
        return named
    }
}
