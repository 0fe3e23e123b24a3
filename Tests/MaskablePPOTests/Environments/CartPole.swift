import MaskablePPO
import NetworkKernels
import NumericKernels
import RealModule

/// The pole on a cart of Barto, Sutton and Anderson 1983, with the constants and limits of Gymnasium's CartPole-v1: 500 steps at most,
/// reward 1 a step, Euler integration with .02 s.
final class CartPole: VectorEnvironment {
    let environments: Int
    let observationCount = 4, actionCount = 2
    let hasMasks = false
    private var states: [[Double]]
    private var ages: [Int]
    private var random: RandomStream

    init(environments: Int, seed: UInt64) {
        self.environments = environments
        random = RandomStream(seed: seed, purpose: "cart pole")
        states = []
        ages = [Int](repeating: 0, count: environments)
        for _ in 0..<environments { states.append(fresh()) }
    }

    private func fresh() -> [Double] { (0..<4).map { _ in random.uniform() * 0.1 - 0.05 } }

    func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {
        for n in 0..<environments { for c in 0..<4 { observations[n, c] = Float(states[n][c]) } }
    }

    func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
        let gravity = 9.8, cart = 1.0, pole = 0.1, half = 0.5, total = cart + pole
        for n in 0..<environments {
            let s = states[n]
            let force = actions[n] == 1 ? 10.0 : -10.0
            let cosine = Double.cos(s[2]), sine = Double.sin(s[2])
            let push = (force + pole * half * s[3] * s[3] * sine) / total
            let angular = (gravity * sine - cosine * push) / (half * (4 / 3 - pole * cosine * cosine / total))
            let linear = push - pole * half * angular * cosine / total
            let next = [s[0] + 0.02 * s[1], s[1] + 0.02 * linear, s[2] + 0.02 * s[3], s[3] + 0.02 * angular]
            ages[n] += 1
            rewards[n] = 1
            let fell = abs(next[0]) > 2.4 || abs(next[2]) > 12 * 2 * Double.pi / 360
            endings[n] = fell ? .terminated : ages[n] == 500 ? .truncated : .goesOn
            if endings[n] == .truncated { for c in 0..<4 { terminal[n, c] = Float(next[c]) } }
            states[n] = endings[n] == .goesOn ? next : fresh()
            if endings[n] != .goesOn { ages[n] = 0 }
        }
    }

    func snapshot() -> [Int64] { [] }
    func restore(_ snapshot: [Int64]) {}
}
