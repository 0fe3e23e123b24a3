import MaskablePPO
import NetworkKernels
import NumericKernels

/// One step an episode: the best of four actions depends on the context, one of four one-hot vectors. The best action pays 1, others less;
/// one action is forbidden in each context (the one that would pay most, 2), so a policy that ignores masks cannot be sampled at all.
final class ContextualBandit: VectorEnvironment {
    let environments: Int
    let observationCount = 4, actionCount = 4
    let hasMasks = true
    private var random: RandomStream
    private var contexts: [Int]
    private var steps = 0

    init(environments: Int, seed: UInt64) {
        self.environments = environments
        random = RandomStream(seed: seed, purpose: "bandit")
        contexts = [Int](repeating: 0, count: environments)
        for n in 0..<environments { contexts[n] = Int(random.below(4)) }
    }

    static func best(_ context: Int) -> Int { (context + 1) % 4 }
    static func forbidden(_ context: Int) -> Int { (context + 2) % 4 }

    func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {
        observations.fill(0)
        for n in 0..<environments {
            observations[n, contexts[n]] = 1
            masks[n] = 15 & ~(1 << UInt32(Self.forbidden(contexts[n])))
            regimes[n] = UInt8(contexts[n])
        }
    }

    func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
        for n in 0..<environments {
            let action = Int(actions[n])
            precondition(action != Self.forbidden(contexts[n]), "a forbidden action was taken")
            rewards[n] = action == Self.best(contexts[n]) ? 1 : Float(action) * 0.1
            endings[n] = .terminated
            contexts[n] = Int(random.below(4))
        }
    }

    func snapshot() -> [Int64] { [] }
    func restore(_ snapshot: [Int64]) {}
}
