import MaskablePPO
import NetworkKernels
import NumericKernels
import Policies
import Testing

/// PPO reaches optima that are known exactly. The seeds are five in a row; none was chosen.
@Suite struct LearningTests {
    @Test(arguments: 1...5) func contextualBanditReachesTheBestArm(_ seed: Int) throws {
        var settings = PPOSettings()
        settings.stepsPerRollout = 64
        settings.learningRate = .constant(1e-3)
        let bandit = ContextualBandit(environments: 8, seed: UInt64(seed))
        let policy = MLPPolicy(observations: 4, actions: 4, seed: UInt64(seed))
        let learner = PPOLearner(bandit, policy: policy, settings: settings, seed: UInt64(seed), totalSteps: 30_000, team: ThreadTeam(threads: 2))
        while !learner.isFinished {
            try learner.collect()
            _ = try learner.improve()
        }
        let block = FloatBlock([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), out = FloatBlock(count: 16)
        let logits = out.matrix(rows: 4, columns: 4)
        policy.infer(ObservationTable(features: block.matrix(rows: 4, columns: 4)), rows: [0, 1, 2, 3].span, logits: logits, values: nil, team: learner.team)
        for context in 0..<4 {
            let allowed = (0..<4).filter { $0 != ContextualBandit.forbidden(context) }
            #expect(allowed.max { logits[context, $0] < logits[context, $1] } == ContextualBandit.best(context))
        }
        // The optimum is 1 a step; sampling still explores a little.
        #expect(learner.collector.episodes.meanReturn ?? 0 > 0.97)
    }

    @Test(arguments: 1...10) func gridworldReachesTheValueOfTheStart(_ seed: Int) throws {
        let gamma = 0.95
        // Value iteration to the exact optimum.
        var optimum = [Double](repeating: 0, count: 16)
        func lookAhead(_ cell: Int, _ action: Int) -> Double? {
            guard let next = MaskedGridworld.move(cell, action) else { return nil }
            if next == MaskedGridworld.goal { return 1 }
            if next == MaskedGridworld.pit { return -1 }
            return Double(MaskedGridworld.stepReward) + gamma * optimum[next]
        }
        for _ in 0..<500 {
            for cell in 0..<16 where cell != MaskedGridworld.goal && cell != MaskedGridworld.pit && !MaskedGridworld.walls.contains(cell) {
                optimum[cell] = (0..<4).compactMap { lookAhead(cell, $0) }.max() ?? 0
            }
        }
        var settings = PPOSettings()
        settings.stepsPerRollout = 128
        settings.gamma = gamma
        // To rest at the end: with a constant rate the noise of normalised advantages moves a policy that is already the best.
        settings.learningRate = .linear(from: 1e-3, to: 0)
        settings.entropyCoefficient = .linear(from: 0.1, to: 0.01)
        let policy = MLPPolicy(observations: 16, actions: 4, seed: UInt64(seed))
        let learner = PPOLearner(
            MaskedGridworld(environments: 8), policy: policy, settings: settings, seed: UInt64(seed), totalSteps: 200_000, team: ThreadTeam(threads: 2))
        while !learner.isFinished {
            try learner.collect()
            _ = try learner.improve()
        }
        // Follow the arg-max from the start and add up what it earns.
        var cell = MaskedGridworld.start, earned = 0.0, discount = 1.0
        for _ in 0..<30 {
            let block = FloatBlock((0..<16).map { $0 == cell ? 1 : 0 }), out = FloatBlock(count: 4)
            policy.infer(
                ObservationTable(features: block.matrix(rows: 1, columns: 16)), rows: [0].span, logits: out.matrix(rows: 1, columns: 4), values: nil,
                team: learner.team)
            guard let action = (0..<4).filter({ MaskedGridworld.move(cell, $0) != nil }).max(by: { out[$0] < out[$1] }),
                let next = MaskedGridworld.move(cell, action)
            else { break }
            earned += discount * (next == MaskedGridworld.goal ? 1 : next == MaskedGridworld.pit ? -1 : Double(MaskedGridworld.stepReward))
            discount *= gamma
            cell = next
            if next == MaskedGridworld.goal || next == MaskedGridworld.pit { break }
        }
        #expect(abs(earned - optimum[MaskedGridworld.start]) < 1e-6, "earned \(earned), optimum \(optimum[MaskedGridworld.start])")
    }
}
