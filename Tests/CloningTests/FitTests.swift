import Cloning
import ComponentKit
import Demonstrations
import MaskablePPO
import NetworkKernels
import NeuralNetworks
import NumericKernels
import Policies
import Testing

@Suite struct FitTests {
    private func data(_ set: DemonstrationSet = Rule.demonstrations(), contextRows: Int = 0) throws -> CloningData {
        try CloningData(set, heldOut: 0.2, contextRows: contextRows, file: "demos")
    }

    private func settings(_ change: (inout CloningSettings) -> Void = { _ in }) -> CloningSettings {
        var s = CloningSettings()
        s.learningRate = 3e-3
        change(&s)
        return s
    }

    /// The commonest label covers about 40% of the steps; the rule is exact, so a network of 16 x 16 comes close to it.
    @Test(arguments: [false, true]) func theRuleIsLearned(_ batchNorm: Bool) throws {
        let data = try data(), policy = Rule.policy(batchNorm: batchNorm)
        let before = CloneEvaluation(policy, data, samples: data.heldOut, team: ThreadTeam(threads: 1)).accuracy
        let result = try BehaviorCloning.fit(policy, to: data, settings(), seed: 1, team: ThreadTeam(threads: 1))
        #expect(before < 0.7)
        #expect(result.heldOut.accuracy > 0.93 && result.training.accuracy > 0.93)
        #expect(result.heldOut.byRegime.allSatisfy { ($0.accuracy ?? 0) > 0.9 })
        #expect(result.heldOut.calibrationError < 0.1)
        // What is reported is what the policy now does.
        #expect(CloneEvaluation(policy, data, samples: data.heldOut, team: ThreadTeam(threads: 2)) == result.heldOut)
    }

    @Test func forbiddenActionsAreNeverChosen() throws {
        let data = try data(), policy = Rule.policy()
        _ = try BehaviorCloning.fit(policy, to: data, settings(), seed: 1, team: ThreadTeam(threads: 1))
        let forced = data.heldOut.filter { data.masks[Int($0)] == 0b011 }
        let found = CloneEvaluation(policy, data, samples: forced, team: ThreadTeam(threads: 1))
        #expect(forced.count > 50 && found.chosen[2] == 0)
    }

    @Test func theCriticIsLeftAlone() throws {
        let data = try data(), policy = Rule.policy()
        let critic = values(policy, prefix: "mlp_extractor.value_net") + values(policy, prefix: "value_net"), actor = values(policy, prefix: "action_net")
        _ = try BehaviorCloning.fit(policy, to: data, settings { $0.epochs = 2 }, seed: 1, team: ThreadTeam(threads: 1))
        #expect(values(policy, prefix: "mlp_extractor.value_net") + values(policy, prefix: "value_net") == critic)
        #expect(values(policy, prefix: "action_net") != actor)
        #expect(policy.optimizerSteps == 0 && policy.optimizerTensors().allSatisfy { $0.values.allSatisfy { $0 == 0 } })
    }

    private static func small() -> RegimePolicyConfiguration {
        var c = RegimePolicyConfiguration()
        (c.features, c.actions, c.context, c.width, c.layers, c.heads, c.feedForward, c.headWidth) = (4, 3, 4, 16, 2, 2, 24, 12)
        return c
    }

    @Test(arguments: [1, 2]) func sameBytesForEveryNumberOfThreads(_ kind: Int) throws {
        let context = kind == 1 ? 0 : 3, data = try data(contextRows: context)
        let tensors = try [1, 2].map { threads in
            let team = ThreadTeam(threads: threads)
            let policy: any ActorCritic = kind == 1 ? Rule.policy() : TransformerPolicy(Self.small(), seed: 4, team: team)
            let result = try BehaviorCloning.fit(policy, to: data, settings { $0.epochs = 2 }, seed: 9, team: team)
            return (policy.tensors(), result.heldOut)
        }
        #expect(tensors[0].0 == tensors[1].0 && tensors[0].1 == tensors[1].1)
    }

    @Test func aTransformerLearnsTheRuleToo() throws {
        let team = ThreadTeam(threads: 2), data = try data(contextRows: 3), policy = TransformerPolicy(Self.small(), seed: 4, team: team)
        // The first three steps of every episode lack a context.
        #expect(data.training.count == 32 * 47 && data.heldOut.count == 8 * 47)
        let result = try BehaviorCloning.fit(policy, to: data, settings { $0.epochs = 12 }, seed: 1, team: team)
        #expect(result.heldOut.accuracy > 0.85)
    }

    /// Labels that are half noise: fitting on gets worse on held-out steps, is stopped, and the best epoch's weights are what stays.
    @Test func theBestEpochIsKept() throws {
        let data = try data(Rule.demonstrations(episodes: 12, length: 30, noise: 0.5)), policy = Rule.policy()
        let result = try BehaviorCloning.fit(policy, to: data, settings { ($0.epochs, $0.learningRate, $0.patience) = (200, 1e-2, 4) }, seed: 1, team: ThreadTeam(threads: 1))
        #expect(result.stoppedEarly && result.epochs.count == result.best + 4)
        let losses = result.epochs.map(\.heldOut.negativeLogLikelihood)
        #expect(losses[result.best - 1] == losses.min() && losses.last! > losses[result.best - 1])
        #expect(CloneEvaluation(policy, data, samples: data.heldOut, team: ThreadTeam(threads: 1)) == result.epochs[result.best - 1].heldOut)
    }

    /// Rare labels in noise: weighted up, they are given more often.
    @Test func classBalanceRaisesTheRareAction() throws {
        var set = DemonstrationSet(names: Rule.names)
        var random = RandomStream(seed: 5, purpose: "rare")
        for e in 0..<30 {
            var x: [Float] = [], labels: [UInt8] = []
            for t in 0...60 {
                let v = Float(random.gaussian())
                x += [v, 0, 0, 0]
                // LONG on a tenth of the steps, likelier where the feature is large.
                if t < 60 { labels.append(random.uniform() < (v > 0.5 ? 0.25 : 0.04) ? 1 : 0) }
            }
            set.append(.init(actions: labels, rewards: labels.map { Float($0) }, regimes: labels), observations: x, ending: .truncated, name: "\(e)")
        }
        let data = try data(set)
        let recall = try [0.0, 1.0].map { balance in
            let result = try BehaviorCloning.fit(Rule.policy(), to: data, settings { ($0.classBalance, $0.epochs) = (balance, 6) }, seed: 1, team: ThreadTeam(threads: 1))
            return result.heldOut.byAction[1].accuracy ?? 0
        }
        #expect(recall[0] < 0.1 && recall[1] > 0.5)
    }

    /// (N / (A n))^b over a mean of 1: 9 steps of one label and 3 of another, b = 1: 12/18 and 12/6, whose weighted mean is 1; b = 1/2: the roots of
    /// .667 and 2 over (9 .8165 + 3 1.4142) / 12 = .9659.
    @Test(arguments: [(0.0, 1.0, 1.0), (1.0, 0.6667, 2.0), (0.5, 0.8453, 1.4641)])
    func weightsByRarity(_ balance: Double, _ common: Double, _ rare: Double) throws {
        var set = DemonstrationSet(names: Rule.names)
        for _ in 0..<4 {
            set.append(
                .init(actions: [0, 0, 0, 1], rewards: [0, 0, 0, 0], regimes: [0, 0, 0, 0]), observations: [Float](repeating: 0, count: 20), ending: .truncated, name: "")
        }
        let data = try CloningData(set, heldOut: 0.2, contextRows: 0, file: "demos")
        let weights = data.weights(balance: balance) { base, power in power == 0 ? 1 : power == 1 ? base : base.squareRoot() }
        #expect(abs(Double(weights[0]) - common) < 1e-3 && abs(Double(weights[3]) - rare) < 1e-3)
    }

    @Test func theLastEpisodesAreHeldOutAndTheirBarsNotLearned() throws {
        var set = DemonstrationSet(names: Rule.names, table: [Float](repeating: 0, count: 4 * 40))
        let steps = DemonstrationSet.Steps(actions: [0, 1, 2, 0], rewards: [0, 0, 0, 0], regimes: [0, 0, 1, 1])
        for first in [0, 10, 20, 30, 18] as [Int32] { set.append(steps, rows: (0...4).map { first + $0 }, ending: .truncated, name: "") }
        let data = try CloningData(set, heldOut: 0.15, contextRows: 2, file: "demos")
        // The last episode reads rows 18 to 21; the third, rows 20 to 23, shares two of them.
        #expect(data.heldOut == [16, 17, 18, 19] && data.heldOutEpisodes == 1)
        #expect(data.training == [2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15])
    }

    @Test func nothingToHoldOutIsSaid() throws {
        var set = DemonstrationSet(names: Rule.names)
        set.append(.init(actions: [0], rewards: [0], regimes: [0]), observations: [Float](repeating: 0, count: 8), ending: .truncated, name: "")
        #expect(throws: InputIssues.self) { try CloningData(set, heldOut: 0.2, contextRows: 0, file: "demos") }
    }

    /// Four steps, by hand. Logits from a table: the policy is a linear layer whose weights are the identity.
    @Test func evaluationByHand() throws {
        let policy = MLPPolicy(observations: 3, actions: 3, hidden: [], seed: 1)
        var tensors = [String: NamedTensor]()
        for tensor in policy.tensors() { tensors[tensor.name] = tensor }
        tensors["action_net.weight"]!.values = [1, 0, 0, 0, 1, 0, 0, 0, 1]
        try policy.load(tensors, includingOptimizer: false)
        var set = DemonstrationSet(names: .init(observations: ["a", "b", "c"], actions: Rule.names.actions, regimes: ["X", "Y"], scriptStates: []))
        // Two actions with logits ln 3 and 0: probabilities 3/4 and 1/4. The third is forbidden but for the last step, where it wins: e^2 / (e^2 + 2).
        let l = Float(1.0986123)
        let steps = DemonstrationSet.Steps(actions: [0, 1, 1, 2], masks: [3, 3, 3, 7], rewards: [0, 0, 0, 0], regimes: [0, 0, 1, 1])
        set.append(steps, observations: [l, 0, 9, l, 0, 9, 0, l, 9, 0, 0, 2, 0, 0, 0], ending: .truncated, name: "")
        set.append(.init(actions: [0], rewards: [0], regimes: [0]), observations: [0, 0, 0, 0, 0, 0], ending: .truncated, name: "")
        let data = try CloningData(set, heldOut: 0.1, contextRows: 0, file: "demos")
        let found = CloneEvaluation(policy, data, samples: [0, 1, 2, 3], team: ThreadTeam(threads: 1))
        #expect(found.accuracy == 0.75 && found.chosen == [2, 1, 1])
        #expect(found.byAction.map(\.right) == [1, 1, 1] && found.byAction.map(\.steps) == [1, 2, 1])
        #expect(found.byRegime.map(\.accuracy) == [0.5, 1])
        // Bins .7-.8: three steps, two right, confidence 2.25; e^2 / (e^2 + 2) = .78699 lies there too: 4 steps, 3 right, 3.03699.
        #expect(found.bins[7].steps == 4 && found.bins[7].right == 3)
        #expect(abs(found.calibrationError - abs(3 - 3.03699) / 4) < 1e-4)
        // (-ln .75 - ln .25 - ln .75 - ln .78699) / 4
        #expect(abs(found.negativeLogLikelihood - (0.28768 + 1.38629 + 0.28768 + 0.23954) / 4) < 1e-4)
    }

    /// Returns with a tail: after the fit the critic explains what it was told, and the actor is as it was.
    @Test func theCriticLearnsTheTeachersReturns() throws {
        let data = try data(), policy = Rule.policy(), actor = values(policy, prefix: "mlp_extractor.policy_net")
        var settings = CriticFitSettings()
        settings.epochs = 30
        let report = try CriticRegression.fit(policy, to: data, gamma: 0.1, settings, seed: 1, team: ThreadTeam(threads: 1))
        // The reward is the first feature: at a discount of .1 it is nearly all of the return.
        #expect(report.before < 0.5 && report.after > 0.9)
        #expect(values(policy, prefix: "mlp_extractor.policy_net") == actor && policy.optimizerSteps == 0)
    }
}
