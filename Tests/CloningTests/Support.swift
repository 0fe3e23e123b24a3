import Demonstrations
import NetworkKernels
import NumericKernels
import Policies

/// Demonstrations of a rule that a small network can learn: of three actions, the one whose feature is largest among those allowed.
enum Rule {
    static let names = DemonstrationNames(
        observations: ["a", "b", "c", "noise"], actions: ["HOLD", "LONG", "SHORT"], regimes: ["CALM", "WILD"], scriptStates: ["flat"])

    static func demonstrations(episodes: Int = 40, length: Int = 50, masked: Bool = true, noise: Double = 0, seed: UInt64 = 3) -> DemonstrationSet {
        var random = RandomStream(seed: seed, purpose: "rule")
        var set = DemonstrationSet(names: names)
        for e in 0..<episodes {
            var observations: [Float] = [], labels: [UInt8] = [], masks: [UInt32] = [], regimes: [UInt8] = []
            for t in 0...length {
                let x = (0..<4).map { _ in Float(random.gaussian()) }
                observations += x
                if t == length { break }
                // The third action is forbidden on some steps.
                let mask: UInt32 = masked && random.uniform() < 0.3 ? 0b011 : 0b111
                var best = 0
                for a in 1..<3 where mask >> UInt32(a) & 1 == 1 && x[a] > x[best] { best = a }
                if random.uniform() < noise { best = Int(random.below(UInt64(mask == 7 ? 3 : 2))) }
                labels.append(UInt8(best))
                masks.append(mask)
                regimes.append(UInt8(e % 2))
            }
            let steps = DemonstrationSet.Steps(
                actions: labels, masks: masks, rewards: observations.enumerated().filter { $0.offset % 4 == 0 }.dropLast().map(\.element), regimes: regimes)
            set.append(steps, observations: observations, ending: e % 3 == 0 ? .terminated : .truncated, name: "\(e)")
        }
        return set
    }

    static func policy(seed: UInt64 = 1, batchNorm: Bool = false) -> MLPPolicy { MLPPolicy(observations: 4, actions: 3, hidden: [16, 16], batchNorm: batchNorm, seed: seed) }
}

func values(_ policy: any ActorCritic, prefix: String) -> [NamedTensor] { policy.tensors().filter { $0.name.hasPrefix(prefix) } }
