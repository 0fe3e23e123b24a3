import MaskablePPO
import NetworkKernels
import NeuralNetworks
import NumericKernels
import Policies
import RealModule
import Testing

/// The teacher's side of PPO, on the bandit: its best action pays 1, and the teacher here always takes another one.
@Suite struct GuidanceTests {
    private func settings(_ change: (inout PPOSettings) -> Void = { _ in }) -> PPOSettings {
        var s = PPOSettings()
        (s.stepsPerRollout, s.batchSize, s.epochs, s.learningRate) = (32, 32, 4, .constant(3e-3))
        change(&s)
        return s
    }

    private func policy(seed: UInt64 = 1) -> MLPPolicy { MLPPolicy(observations: 4, actions: 4, hidden: [16], seed: seed) }

    /// A teacher that takes the action numbered like its context, with probability e^4 / (e^4 + 2).
    private func teacher() throws -> MLPPolicy {
        let teacher = MLPPolicy(observations: 4, actions: 4, hidden: [], seed: 1)
        var tensors: [String: NamedTensor] = [:]
        for tensor in teacher.tensors() { tensors[tensor.name] = tensor }
        tensors["action_net.weight"]!.values = (0..<16).map { $0 / 4 == $0 % 4 ? 4 : 0 }
        try teacher.load(tensors, includingOptimizer: false)
        return teacher
    }

    /// The four contexts, each with the teacher's action.
    private func replay() -> ReplaySteps {
        ReplaySteps(
            table: ObservationTable(features: Self.contexts.matrix(rows: 4, columns: 4)), rows: [0, 1, 2, 3], labels: [0, 1, 2, 3],
            masks: (0..<4).map { 15 & ~(1 << UInt32(ContextualBandit.forbidden($0))) })
    }
    private static let contexts = FloatBlock((0..<16).map { $0 / 4 == $0 % 4 ? 1 : 0 })

    private func learner(_ guidance: TeacherGuidance?, _ settings: PPOSettings, threads: Int = 1) -> PPOLearner {
        let learner = PPOLearner(
            ContextualBandit(environments: 8, seed: 2), policy: policy(), settings: settings, seed: 3, totalSteps: 100_000, team: ThreadTeam(threads: threads))
        learner.guidance = guidance
        return learner
    }

    private func train(_ learner: PPOLearner, updates: Int) throws -> [UpdateMetrics] {
        try (0..<updates).map { _ in
            try learner.collect()
            return try learner.improve()
        }
    }

    @Test func offIsPlainPPOToTheBit() throws {
        let plain = learner(nil, settings()), off = learner(TeacherGuidance(GuidanceSettings(), teacher: try teacher(), replay: replay(), seed: 3), settings())
        let a = try train(plain, updates: 4), b = try train(off, updates: 4)
        #expect(plain.policy.tensors() == off.policy.tensors() && a == b)
    }

    /// Mean over the first minibatch of sum p_T (ln p_T - ln p), from the two networks' logits.
    @Test func theDivergenceIsTheDefinition() throws {
        var g = GuidanceSettings()
        g.klCoefficient = .constant(0.3)
        let teacher = try teacher(), learner = learner(TeacherGuidance(g, teacher: teacher, replay: nil, seed: 3), settings { ($0.batchSize, $0.epochs) = (256, 1) })
        try learner.collect()
        let rollout = learner.rollout
        func probabilities(_ policy: any ActorCritic) -> [[Double]] {
            let block = FloatBlock(count: rollout.count * 4), logits = block.matrix(rows: rollout.count, columns: 4)
            policy.infer(rollout.table, rows: rollout.rows.span, logits: logits, values: nil, team: ThreadTeam(threads: 1))
            return (0..<rollout.count).map { i in
                let raw = (0..<4).map { rollout.masks[i] >> UInt32($0) & 1 == 1 ? Double.exp(Double(logits[i, $0])) : 0 }
                return raw.map { $0 / raw.reduce(0, +) }
            }
        }
        let p = probabilities(learner.policy), t = probabilities(teacher)
        var expected = 0.0
        for i in 0..<rollout.count { for a in 0..<4 where t[i][a] > 0 { expected += t[i][a] * Double.log(t[i][a] / p[i][a]) } }
        expected /= Double(rollout.count)
        let metrics = try learner.improve()
        #expect(abs(metrics.teacherKL - expected) < 1e-5 && metrics.teacherWeight == Double(Float(0.3)))
        #expect(abs(metrics.loss - (metrics.policyGradientLoss + 0.5 * metrics.valueLoss + 0.3 * metrics.teacherKL)) < 1e-5)
    }

    /// Away from the reward's best action towards the teacher's: the divergence ends far below what PPO alone leaves.
    @Test(arguments: [1, 2]) func theDivergenceHoldsThePolicyToTheTeacher(_ threads: Int) throws {
        var weak = GuidanceSettings(), strong = GuidanceSettings()
        weak.klCoefficient = .constant(1e-9)
        strong.klCoefficient = .constant(5)
        let ends = try [weak, strong].map { g in
            try train(learner(TeacherGuidance(g, teacher: teacher(), replay: nil, seed: 3), settings(), threads: threads), updates: 40).last!.teacherKL
        }
        #expect(ends[0] > 1 && ends[1] < 0.1)
    }

    @Test func theWeightDecays() throws {
        var g = GuidanceSettings()
        (g.klCoefficient, g.klDecay, g.criticWarmUp) = (.constant(0.8), 0.5, 1)
        let metrics = try train(learner(TeacherGuidance(g, teacher: teacher(), replay: nil, seed: 3), settings()), updates: 4)
        #expect(metrics.map(\.teacherWeight) == [0, 0.8, 0.4, 0.2].map { Double(Float($0)) })
    }

    @Test func replayKeepsTheDemonstrations() throws {
        var g = GuidanceSettings()
        (g.replayCoefficient, g.replayBatch) = (.constant(2), 16)
        let held = learner(TeacherGuidance(g, teacher: nil, replay: replay(), seed: 3), settings())
        let metrics = try train(held, updates: 40)
        let block = FloatBlock(count: 16), logits = block.matrix(rows: 4, columns: 4), steps = replay()
        held.policy.infer(steps.table, rows: steps.rows.span, logits: logits, values: nil, team: ThreadTeam(threads: 1))
        // In every context the demonstrated action, which the reward does not pay most for, beats the reward's.
        for context in 0..<4 { #expect(logits[context, context] > logits[context, ContextualBandit.best(context)]) }
        #expect(metrics[0].replayLoss > 0.8 && metrics.last!.replayLoss < 0.2)
        let again = try train(learner(TeacherGuidance(g, teacher: nil, replay: replay(), seed: 3), settings(), threads: 2), updates: 40)
        #expect(metrics == again)
    }

    @Test func theWarmUpTeachesTheCriticAlone() throws {
        var g = GuidanceSettings()
        g.criticWarmUp = 2
        let learner = learner(TeacherGuidance(g, teacher: nil, replay: nil, seed: 3), settings())
        func parts(_ name: String) -> [NamedTensor] { learner.policy.tensors().filter { $0.name.contains(name) } }
        let actor = parts("policy_net") + parts("action_net"), critic = parts("value")
        let metrics = try train(learner, updates: 2)
        #expect(parts("policy_net") + parts("action_net") == actor && parts("value") != critic)
        #expect(metrics.allSatisfy(\.isCriticWarmUp) && learner.policy.optimizerSteps == 2 * 4 * 8)
        // Then both learn, and Adam begins anew.
        let next = try train(learner, updates: 1)
        #expect(!next[0].isCriticWarmUp && parts("action_net") != actor && learner.policy.optimizerSteps == 4 * 8)
    }

    /// A shared encoder: a step of the critic alone leaves every tensor but the critic's head to the bit.
    @Test func aTransformersCriticLearnsAlone() {
        var c = RegimePolicyConfiguration()
        (c.features, c.actions, c.context, c.width, c.layers, c.heads, c.feedForward, c.headWidth) = (3, 3, 2, 8, 2, 2, 12, 8)
        let team = ThreadTeam(threads: 2), policy = TransformerPolicy(c, seed: 2, team: team)
        var random = RandomStream(seed: 1, purpose: "rows")
        let block = FloatBlock((0..<60).map { _ in Float(random.gaussian()) })
        let table = ObservationTable(features: block.matrix(rows: 20, columns: 3), regimes: [UInt8](repeating: 1, count: 20))
        final class Flat: MinibatchLoss {
            func turnIntoGradient(logits: MatrixView, rows: Range<Int>, slot: Int) { logits.fill(1) }
            func turnIntoGradient(values: MatrixView, rows: Range<Int>, slot: Int) { values.fill(1) }
            func permitsStep() -> Bool { true }
        }
        var optimiser = OptimiserSettings(learningRate: 1e-2)
        optimiser.parts = .critic
        let rows = (4..<20).map { Int32($0) }, before = policy.tensors()
        for _ in 0..<3 { _ = policy.update(table, rows: rows.span, loss: Flat(), optimiser, team: team) }
        for (old, new) in zip(before, policy.tensors()) { #expect((old == new) == !old.name.hasPrefix("critic."), "\(old.name)") }
        optimiser.parts = .actor
        policy.resetOptimizer()
        let middle = policy.tensors()
        _ = policy.update(table, rows: rows.span, loss: Flat(), optimiser, team: team)
        for (old, new) in zip(middle, policy.tensors()) where old.name.hasPrefix("critic.") { #expect(old == new) }
        #expect(middle != policy.tensors())
    }

    /// In the grid the critic is blind at first, explains the clone's returns after its fit, and everything else is where it was.
    @Test func theCriticIsFittedBeforePPO() throws {
        let environment = MaskedGridworld(environments: 8), policy = MLPPolicy(observations: 16, actions: 4, hidden: [32], seed: 5)
        let learner = PPOLearner(environment, policy: policy, settings: settings { $0.gamma = 0.9 }, seed: 3, totalSteps: 10_000, team: ThreadTeam(threads: 1))
        let actor = policy.tensors().filter { !$0.name.contains("value") }, snapshot = environment.snapshot()
        var fit = CriticFitSettings()
        (fit.rollouts, fit.epochs) = (30, 10)
        let report = try learner.fitCritic(fit)
        #expect(report.before < 0.3 && report.after > report.before + 0.3)
        #expect(policy.tensors().filter { !$0.name.contains("value") } == actor)
        #expect(environment.snapshot() == snapshot && learner.updates == 0 && learner.steps == 0 && policy.optimizerSteps == 0)
        #expect(report.steps == 31 * 32 * 8)
    }
}

