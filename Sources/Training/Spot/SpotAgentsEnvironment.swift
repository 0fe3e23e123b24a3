internal import Environments
package import MaskablePPO
package import NetworkKernels
internal import Policies
internal import TradingTypes

/// The spot market for policies that observe their own position (`environment: observe:`): a step at a time, since what is seen now depends on what was done.
///
/// Episodes and pay are `spot`'s; this adds the agents that walk through them. Actions are handed on in blocks, so that terms that depend on the path are
/// scored once a block and not once a step; rewards therefore come at the end of a roll-out.
package final class SpotAgentsEnvironment: DeferredRewardEnvironment, TrainingEnvironment {
    package let spot: SpotVectorEnvironment
    private var agents: [SpotAgent]
    /// The block under way: what `spot` will show from where it stands, and what was done on it so far.
    private var foreseen: ForeseenObservations?
    private var actions: [UInt8] = []
    /// Rewards of earlier blocks that no `score` has fetched yet.
    private var paid: [Float] = []
    private let block = 256

    package init(_ spot: SpotVectorEnvironment) {
        self.spot = spot
        agents = (0..<spot.environments).map { _ in SpotAgent(spot.market.environment) }
    }

    package var environments: Int { spot.environments }
    package var observationCount: Int { spot.market.observationNames.count }
    package var actionCount: Int { spot.actionCount }
    package var hasMasks: Bool { false }

    /// What is seen next; begins a block, and agents anew where an episode begins.
    private func look() -> (rows: ForeseenObservations, at: Int) {
        let N = environments
        if foreseen == nil {
            foreseen = spot.foresee(steps: block)
            actions.removeAll(keepingCapacity: true)
        }
        guard let now = foreseen else { preconditionFailure("a block was just foreseen") }
        let at = actions.count
        for n in 0..<N where now.isFirst[at + n] { agents[n] = SpotAgent(spot.market.environment) }
        return (now, at)
    }

    package func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {
        let (now, at) = look()
        for n in 0..<environments {
            let row = Int(now.rows[at + n])
            spot.market.observe(row: row, agents[n], into: observations.rows(n..<n + 1))
            masks[n] = MaskedCategorical.everything(actionCount)
            regimes[n] = spot.market.table.regimes[row]
        }
    }

    package func step(_ chosen: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
        let (now, at) = look(), N = environments
        for n in 0..<N {
            let row = Int(now.rows[at + n])
            precondition(chosen[n] < UInt8(actionCount), "action \(chosen[n]) of \(actionCount)")
            _ = agents[n].step(SpotAction(rawValue: chosen[n]) ?? .hold, spot.market.environment.nextReturn[row])
            rewards[n] = 0
            endings[n] = now.endings[at + n]
            if endings[n] != .goesOn { spot.market.observe(row: row + 1, agents[n], into: terminal.rows(n..<n + 1)) }
        }
        actions += chosen
        if actions.count == block * N { play() }
    }

    /// Hands the block's actions on.
    private func play() {
        guard !actions.isEmpty else { return }
        let steps = actions.count / environments, old = paid.count
        var rewards = [Float](repeating: 0, count: actions.count)
        spot.play(actions, steps: steps, rewards: &rewards)
        paid.reserveCapacity(old + rewards.count)
        paid += rewards
        foreseen = nil
        actions.removeAll(keepingCapacity: true)
    }

    package func score(steps: Int, rewards: inout [Float]) {
        play()
        foreseen = nil
        precondition(paid.count == steps * environments, "\(paid.count / environments) steps were played, \(steps) are to be scored")
        for i in paid.indices { rewards[i] = paid[i] }
        paid.removeAll(keepingCapacity: true)
    }

    package func takeLedger() -> (sums: [Float], steps: [Int]) { spot.takeLedger() }

    /// The episodes, then every agent. Taken between a roll-out's `score` and the next step.
    package func snapshot() -> [Int64] {
        precondition(actions.isEmpty && paid.isEmpty, "a snapshot in the middle of a roll-out")
        let own = spot.snapshot()
        return [Int64(own.count)] + own + agents.flatMap { $0.words.map { Int64(bitPattern: $0.bitPattern) } }
    }

    package func restore(_ snapshot: [Int64]) {
        let count = Int(snapshot[0])
        spot.restore(Array(snapshot[1...count]))
        let words = snapshot[(count + 1)...].map { Double(bitPattern: UInt64(bitPattern: $0)) }, each = words.count / environments
        for n in 0..<environments { agents[n].words = Array(words[n * each..<(n + 1) * each]) }
        foreseen = nil
        actions.removeAll(keepingCapacity: true)
        paid.removeAll(keepingCapacity: true)
    }
}

extension SpotVectorEnvironment {
    /// The market's part of an environment on the spot market, observed with or without the agents' own state; nil on options.
    package static func inside(_ environment: any VectorEnvironment) -> SpotVectorEnvironment? {
        environment as? SpotVectorEnvironment ?? (environment as? SpotAgentsEnvironment)?.spot
    }
}
