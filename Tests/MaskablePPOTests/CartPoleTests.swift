import Foundation
import MaskablePPO
import NeuralNetworks
import NetworkKernels
import Policies
import TestSupport
import Testing

/// Tests/Parity/ppo/cartpole.json: Stable-Baselines3's PPO, five seeds; `cartpole.py` beside it says how.
@Suite struct CartPoleTests {
    private struct Recorded: Decodable {
        struct Settings: Decodable {
            var n_steps, batch_size, n_epochs, n_envs, total_timesteps: Int, gae_lambda, gamma, ent_coef: Double, learning_rate, clip_range: String
        }
        struct Result: Decodable { var seed: Int, deterministic_40: Double }
        var settings: Settings, results: [Result]
    }

    /// Mean return of 40 episodes under the most probable action, from starts that training never saw.
    private func deterministic(_ policy: any ActorCritic, seed: UInt64, team: ThreadTeam) -> Double {
        let N = 40, environment = CartPole(environments: N, seed: 100 + seed)
        let block = FloatBlock(count: 4 * N), scores = FloatBlock(count: 2 * N), after = FloatBlock(count: 4 * N)
        let observations = block.matrix(rows: N, columns: 4), logits = scores.matrix(rows: N, columns: 2), terminal = after.matrix(rows: N, columns: 4)
        var masks = [UInt32](repeating: 3, count: N), regimes = [UInt8](repeating: 0, count: N)
        var rewards = [Float](repeating: 0, count: N), endings = [StepEnding](repeating: .goesOn, count: N)
        var lengths = [Int?](repeating: nil, count: N)
        let rows = (0..<Int32(N)).map { $0 }
        for t in 1...500 {
            environment.observe(into: observations, masks: &masks, regimes: &regimes)
            policy.infer(ObservationTable(features: observations), rows: rows.span, logits: logits, values: nil, team: team)
            environment.step((0..<N).map { logits[$0, 1] > logits[$0, 0] ? 1 : 0 }, rewards: &rewards, endings: &endings, terminal: terminal)
            for n in 0..<N where endings[n] != .goesOn && lengths[n] == nil { lengths[n] = t }
        }
        return Double(lengths.reduce(0) { $0 + ($1 ?? 500) }) / Double(N)
    }

    /// Solved (mean of at least 475) for each seed for which the recorded run solves it. Theirs: 500 for all five.
    @Test func solvedWhereStableBaselines3SolvesIt() throws {
        let recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("ppo/cartpole.json"))))
        let s = recorded.settings
        func line(_ text: String) throws -> Schedule { .linear(from: try #require(Double(text.dropFirst("linear ".count))), to: 0) }
        var settings = PPOSettings()
        settings.stepsPerRollout = s.n_steps
        settings.batchSize = s.batch_size
        settings.epochs = s.n_epochs
        settings.gaeLambda = s.gae_lambda
        settings.gamma = s.gamma
        settings.entropyCoefficient = .constant(s.ent_coef)
        settings.learningRate = try line(s.learning_rate)
        settings.clipRange = try line(s.clip_range)
        #expect(recorded.results.count == 5)
        var ours: [Double] = []
        for result in recorded.results {
            let seed = UInt64(result.seed)
            let policy = MLPPolicy(observations: 4, actions: 2, seed: seed)
            let learner = PPOLearner(
                CartPole(environments: s.n_envs, seed: seed), policy: policy, settings: settings, seed: seed, totalSteps: s.total_timesteps,
                team: ThreadTeam(threads: 1))
            while !learner.isFinished {
                try learner.collect()
                _ = try learner.improve()
            }
            let mean = deterministic(policy, seed: seed, team: learner.team)
            ours.append(mean)
            if result.deterministic_40 >= 475 { #expect(mean >= 475, "seed \(seed): \(mean), Stable-Baselines3 \(result.deterministic_40)") }
        }
        print("CartPole, 40 deterministic episodes a seed: ours \(ours), Stable-Baselines3 \(recorded.results.map(\.deterministic_40))")
    }
}
