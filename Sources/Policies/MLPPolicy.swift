package import NetworkKernels
internal import NumericKernels

/// Two perceptrons side by side, one for the actor and one for the critic: Stable-Baselines3's `MlpPolicy` with its defaults (tanh, two
/// hidden layers of 64, orthogonal weights with gains sqrt 2, .01 for the action head and 1 for the value head, biases 0).
///
/// The actor learns on one thread and the critic on another; they meet once a minibatch, at the norm of the gradient.
package final class MLPPolicy: ActorCritic {
    package let observationCount: Int
    package let actionCount: Int
    package let hidden: [Int]
    package var contextRows: Int { 0 }
    package var parameterCount: Int { memory.values.count }
    package var optimizerSteps = 0

    private let memory: ParameterMemory
    private let actor, critic: MLPTower
    private static let lanes = 4

    /// Fresh weights; the same `seed` gives the same.
    package init(observations: Int, actions: Int, hidden: [Int] = [64, 64], seed: UInt64) {
        precondition(observations > 0 && actions > 1 && hidden.allSatisfy { $0 > 0 }, "\(observations) observations, \(actions) actions, hidden \(hidden)")
        observationCount = observations
        actionCount = actions
        self.hidden = hidden
        let actorSizes = [observations] + hidden + [actions], criticSizes = [observations] + hidden + [1]
        let actorCount = MLPTower.parameterCount(sizes: actorSizes)
        memory = ParameterMemory(count: actorCount + MLPTower.parameterCount(sizes: criticSizes))
        actor = MLPTower(sizes: actorSizes, offset: 0, memory: memory, lanes: Self.lanes)
        critic = MLPTower(sizes: criticSizes, offset: actorCount, memory: memory, lanes: Self.lanes)
        for (tower, headGain, purpose) in [(actor, 0.01, "actor weights"), (critic, 1, "critic weights")] {
            for (i, layer) in tower.layers.enumerated() {
                var random = RandomStream(seed: seed, purpose: purpose, index: UInt64(i))
                let gain = i + 1 < tower.layers.count ? 2.0.squareRoot() : headGain
                layer.weight.assign(orthogonalMatrix(rows: layer.inputs, columns: layer.outputs, gain: gain, &random))
            }
        }
    }

    package func infer(_ table: ObservationTable, rows: Span<Int32>, logits: MatrixView?, values: MatrixView?, team: ThreadTeam) {
        precondition(table.features.columns == observationCount, "\(table.features.columns) features, the policy reads \(observationCount)")
        let count = rows.count, piece = MLPTower.inferenceRows
        let pieces = (count + piece - 1) / piece
        let lanes = min(Self.lanes, team.threads, max(1, pieces))
        rows.withUnsafeBufferPointer { indices in
            // Unchecked: read only.
            nonisolated(unsafe) let indices = indices
            team.run(lanes) { lane in
                for p in stride(from: lane, to: pieces, by: lanes) {
                    let range = p * piece..<min(count, (p + 1) * piece)
                    let part = Span(_unsafeElements: UnsafeBufferPointer(rebasing: indices[range]))
                    if let logits { actor.infer(table.features, part, into: logits.rows(range), lane: lane) }
                    if let values { critic.infer(table.features, part, into: values.rows(range), lane: lane) }
                }
            }
        }
    }

    package func update(
        _ table: ObservationTable, rows: Span<Int32>, loss: any MinibatchLoss, _ settings: OptimiserSettings, team: ThreadTeam
    ) -> StepOutcome {
        precondition(table.features.columns == observationCount, "\(table.features.columns) features, the policy reads \(observationCount)")
        let count = rows.count
        actor.reserve(rows: count)
        critic.reserve(rows: count)
        var squares = (actor: 0.0, critic: 0.0)
        withUnsafeMutablePointer(to: &squares) { squares in
            rows.withUnsafeBufferPointer { indices in
                nonisolated(unsafe) let squares = squares, indices = indices
                team.run(2) { lane in
                    let indices = Span(_unsafeElements: indices)
                    if lane == 0 {
                        squares.pointee.actor = actor.differentiate(table.features, indices) { loss.turnIntoGradient(logits: $0, rows: 0..<count, slot: 0) }
                    } else {
                        squares.pointee.critic = critic.differentiate(table.features, indices) { loss.turnIntoGradient(values: $0, rows: 0..<count, slot: 0) }
                    }
                }
            }
        }
        let norm = (squares.actor + squares.critic).squareRoot()
        guard norm.isFinite else { return .notFinite }
        guard loss.permitsStep() else { return .refused }
        optimizerSteps += 1
        let scale = settings.scale(norm: norm), step = optimizerSteps
        team.run(2) { lane in (lane == 0 ? actor : critic).step(settings, scale: scale, count: step) }
        return .taken(gradientNorm: norm)
    }

    // MARK: Files

    private struct Slot {
        let name: String
        let view: MatrixView
        let isWeight: Bool
        let range: Range<Int>
    }

    /// Every parameter under Stable-Baselines3's key, in its order.
    private var slots: [Slot] {
        var bodies: [Slot] = [], heads: [Slot] = []
        for (tower, body, head) in [(actor, "mlp_extractor.policy_net", "action_net"), (critic, "mlp_extractor.value_net", "value_net")] {
            var place = tower.range.lowerBound
            for (i, layer) in tower.layers.enumerated() {
                let isHead = i + 1 == tower.layers.count
                let name = isHead ? head : "\(body).\(2 * i)"
                let weights = place..<(place + layer.weight.count), biases = weights.upperBound..<(weights.upperBound + layer.outputs)
                let pair = [
                    Slot(name: name + ".weight", view: layer.weight, isWeight: true, range: weights),
                    Slot(name: name + ".bias", view: layer.bias, isWeight: false, range: biases),
                ]
                if isHead { heads += pair } else { bodies += pair }
                place = biases.upperBound
            }
        }
        return bodies + heads
    }

    private func tensor(_ name: String, _ slot: Slot, of block: FloatBlock) -> NamedTensor {
        if !slot.isWeight { return NamedTensor(name: name, shape: [slot.view.columns], values: block.row(slot.range).values) }
        let inputs = slot.view.rows, outputs = slot.view.columns
        let m = block.matrix(at: slot.range.lowerBound, rows: inputs, columns: outputs)
        var values = [Float](repeating: 0, count: inputs * outputs)
        for r in 0..<inputs { for c in 0..<outputs { values[c * inputs + r] = m[r, c] } }
        return NamedTensor(name: name, shape: [outputs, inputs], values: values)
    }

    private func assign(_ tensor: NamedTensor, _ slot: Slot, to block: FloatBlock) {
        if !slot.isWeight { return block.row(slot.range).assign(tensor.values) }
        let inputs = slot.view.rows, outputs = slot.view.columns
        let m = block.matrix(at: slot.range.lowerBound, rows: inputs, columns: outputs)
        for r in 0..<inputs { for c in 0..<outputs { m[r, c] = tensor.values[c * inputs + r] } }
    }

    package func tensors() -> [NamedTensor] { slots.map { tensor($0.name, $0, of: memory.values) } }

    package func optimizerTensors() -> [NamedTensor] {
        slots.map { tensor("optimizer.first." + $0.name, $0, of: memory.first) } + slots.map { tensor("optimizer.second." + $0.name, $0, of: memory.second) }
    }

    package func load(_ tensors: [String: NamedTensor], includingOptimizer: Bool) throws(TensorMismatch) {
        var targets: [(prefix: String, block: FloatBlock)] = [("", memory.values)]
        if includingOptimizer { targets += [("optimizer.first.", memory.first), ("optimizer.second.", memory.second)] }
        // All checks before the first change.
        for target in targets {
            for slot in slots {
                let name = target.prefix + slot.name, shape = slot.isWeight ? [slot.view.columns, slot.view.rows] : [slot.view.columns]
                guard let found = tensors[name] else { throw TensorMismatch("the tensor '\(name)' \(shape) is missing") }
                guard found.shape == shape else { throw TensorMismatch("the tensor '\(name)' has shape \(found.shape), the policy needs \(shape)") }
            }
        }
        for target in targets { for slot in slots { if let found = tensors[target.prefix + slot.name] { assign(found, slot, to: target.block) } } }
    }
}
