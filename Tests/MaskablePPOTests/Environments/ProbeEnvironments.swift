import MaskablePPO
import NetworkKernels
import NumericKernels

/// The smallest tasks that tell the parts of a learner apart: each fails for one kind of fault only. One action in two where nothing is
/// said about it; observations are one number.
final class ProbeEnvironment: VectorEnvironment {
    enum Kind: String, CaseIterable, Sendable {
        /// One step, reward 1: the critic alone.
        case constantReward
        /// One step, observation +-1, reward equal to it: the critic reads the observation.
        case observedReward
        /// Two steps, observation 0 then 1, reward 1 at the end: discounting.
        case delayedReward
        /// One step, reward +1 for action 0 and -1 for action 1: the actor.
        case chosenReward
        /// One step, observation +-1, reward +1 when the action agrees with it, else -1: actor and observation together.
        case matchedReward
    }

    let environments = 8, observationCount = 1, actionCount = 2, hasMasks = false
    private let kind: Kind
    private var random: RandomStream
    private var shown: [Float]

    init(_ kind: Kind, seed: UInt64) {
        self.kind = kind
        random = RandomStream(seed: seed, purpose: "probe")
        shown = []
        for _ in 0..<8 { shown.append(first()) }
    }

    private func first() -> Float { kind == .observedReward || kind == .matchedReward ? (random.below(2) == 0 ? -1 : 1) : 0 }

    func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) { for n in 0..<8 { observations[n, 0] = shown[n] } }

    func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
        for n in 0..<8 {
            let isFirst = kind == .delayedReward && shown[n] == 0
            switch kind {
            case .constantReward: rewards[n] = 1
            case .observedReward: rewards[n] = shown[n]
            case .delayedReward: rewards[n] = isFirst ? 0 : 1
            case .chosenReward: rewards[n] = actions[n] == 0 ? 1 : -1
            case .matchedReward: rewards[n] = (actions[n] == 1) == (shown[n] > 0) ? 1 : -1
            }
            endings[n] = isFirst ? .goesOn : .terminated
            shown[n] = isFirst ? 1 : first()
        }
    }

    func snapshot() -> [Int64] { [] }
    func restore(_ snapshot: [Int64]) {}
}
