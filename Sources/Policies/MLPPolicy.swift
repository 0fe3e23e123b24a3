package import NetworkKernels
internal import NumericKernels

/// Two perceptrons side by side, one for the actor and one for the critic: Stable-Baselines3's `MlpPolicy` with its defaults (tanh, two
/// hidden layers of 64, orthogonal weights with gains sqrt 2, .01 for the action head and 1 for the value head, biases 0).
///
/// With `batchNorm` every hidden layer is linear, batch normalisation, tanh; roll-outs use the running statistics, updates the minibatch's.
/// The actor learns on one thread and the critic on another; they meet once a minibatch, at the norm of the gradient.
package final class MLPPolicy: ActorCritic {
    package let observationCount: Int
    package let actionCount: Int
    package let hidden: [Int]
    package var contextRows: Int { 0 }
    package var parameterCount: Int { memory.values.count }
    package var optimizerSteps = 0

    package let hasBatchNorm: Bool

    private let memory: ParameterMemory
    /// Running means and variances of batch normalisation, which are no parameters.
    private let statistics: FloatBlock
    private let actor, critic: MLPTower
    private static let lanes = 4

    /// Fresh weights; the same `seed` gives the same.
    package init(observations: Int, actions: Int, hidden: [Int] = [64, 64], batchNorm: Bool = false, seed: UInt64) {
        precondition(observations > 0 && actions > 1 && hidden.allSatisfy { $0 > 0 }, "\(observations) observations, \(actions) actions, hidden \(hidden)")
        observationCount = observations
        actionCount = actions
        self.hidden = hidden
        let actorSizes = [observations] + hidden + [actions], criticSizes = [observations] + hidden + [1]
        let actorCount = MLPTower.parameterCount(sizes: actorSizes, batchNorm: batchNorm)
        let count = actorCount + MLPTower.parameterCount(sizes: criticSizes, batchNorm: batchNorm), half = batchNorm ? 2 * hidden.reduce(0, +) : 0
        let memory = ParameterMemory(count: count), statistics = FloatBlock(count: 2 * half)
        self.memory = memory
        self.statistics = statistics
        hasBatchNorm = batchNorm
        actor = MLPTower(
            sizes: actorSizes, batchNorm: batchNorm, offset: 0, memory: memory, statistics: statistics, firstStatistic: 0, lanes: Self.lanes)
        critic = MLPTower(
            sizes: criticSizes, batchNorm: batchNorm, offset: actorCount, memory: memory, statistics: statistics, firstStatistic: half, lanes: Self.lanes)
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
        if settings.parts != .both { return update(settings.parts == .actor ? actor : critic, table, rows, loss, settings) }
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

    /// A step of one tower alone.
    private func update(
        _ tower: MLPTower, _ table: ObservationTable, _ rows: Span<Int32>, _ loss: any MinibatchLoss, _ settings: OptimiserSettings
    ) -> StepOutcome {
        let count = rows.count
        tower.reserve(rows: count)
        let squares = tower.differentiate(table.features, rows) { output in
            if tower === actor { loss.turnIntoGradient(logits: output, rows: 0..<count, slot: 0) } else { loss.turnIntoGradient(values: output, rows: 0..<count, slot: 0) }
        }
        let norm = squares.squareRoot()
        guard norm.isFinite else { return .notFinite }
        guard loss.permitsStep() else { return .refused }
        optimizerSteps += 1
        tower.step(settings, scale: settings.scale(norm: norm), count: optimizerSteps)
        return .taken(gradientNorm: norm)
    }

    package func resetOptimizer() {
        memory.first.all.fill(0)
        memory.second.all.fill(0)
        optimizerSteps = 0
    }

    // MARK: Files

    private struct Slot {
        let name: String
        /// As stored, [in x out] for weights.
        let view: MatrixView
        let isWeight: Bool
        /// Its place among the parameters; nil for running statistics.
        let range: Range<Int>?
        var shape: [Int] { isWeight ? [view.columns, view.rows] : [view.columns] }

        /// This slot's part of `block`, the parameters' or one of the moments'.
        func part(of block: FloatBlock) -> MatrixView {
            guard let range else { return view }
            return block.matrix(at: range.lowerBound, rows: view.rows, columns: view.columns)
        }
    }

    /// Every parameter under Stable-Baselines3's key, in its order, then the running statistics under PyTorch's names.
    private var slots: [Slot] {
        var bodies: [Slot] = [], heads: [Slot] = [], running: [Slot] = []
        for (tower, body, head) in [(actor, "mlp_extractor.policy_net", "action_net"), (critic, "mlp_extractor.value_net", "value_net")] {
            var place = tower.range.lowerBound
            func take(_ name: String, _ view: MatrixView, isWeight: Bool) -> Slot {
                defer { place += view.count }
                return Slot(name: name, view: view, isWeight: isWeight, range: place..<place + view.count)
            }
            for (i, layer) in tower.layers.enumerated() {
                let isHead = i + 1 == tower.layers.count
                // Activations, and normalisations where there are any, take indices too.
                let name = isHead ? head : "\(body).\((hasBatchNorm ? 3 : 2) * i)"
                var found = [take(name + ".weight", layer.weight, isWeight: true), take(name + ".bias", layer.bias, isWeight: false)]
                if let norm = layer.norm {
                    let name = "\(body).\(3 * i + 1)"
                    found += [take(name + ".weight", norm.weight, isWeight: false), take(name + ".bias", norm.bias, isWeight: false)]
                    running += [
                        Slot(name: name + ".running_mean", view: norm.runningMean, isWeight: false, range: nil),
                        Slot(name: name + ".running_var", view: norm.runningVariance, isWeight: false, range: nil),
                    ]
                }
                if isHead { heads += found } else { bodies += found }
            }
        }
        return bodies + heads + running
    }

    private func tensor(_ prefix: String, _ slot: Slot, of block: FloatBlock) -> NamedTensor {
        let m = slot.part(of: block)
        guard slot.isWeight else { return NamedTensor(name: prefix + slot.name, shape: slot.shape, values: m.values) }
        let stored = m.values, inputs = m.rows, outputs = m.columns
        var values = [Float](repeating: 0, count: inputs * outputs)
        for r in 0..<inputs { for c in 0..<outputs { values[c * inputs + r] = stored[r * outputs + c] } }
        return NamedTensor(name: prefix + slot.name, shape: slot.shape, values: values)
    }

    private func assign(_ tensor: NamedTensor, _ slot: Slot, to block: FloatBlock) {
        let m = slot.part(of: block)
        guard slot.isWeight else { return m.assign(tensor.values) }
        let inputs = m.rows, outputs = m.columns
        var values = [Float](repeating: 0, count: inputs * outputs)
        for r in 0..<inputs { for c in 0..<outputs { values[r * outputs + c] = tensor.values[c * inputs + r] } }
        m.assign(values)
    }

    package func tensors() -> [NamedTensor] { slots.map { tensor("", $0, of: memory.values) } }

    package func optimizerTensors() -> [NamedTensor] {
        let learned = slots.filter { $0.range != nil }
        return learned.map { tensor("optimizer.first.", $0, of: memory.first) } + learned.map { tensor("optimizer.second.", $0, of: memory.second) }
    }

    package func load(_ tensors: [String: NamedTensor], includingOptimizer: Bool) throws(TensorMismatch) {
        let slots = slots
        var targets: [(name: String, slot: Slot, block: FloatBlock)] = slots.map { ($0.name, $0, memory.values) }
        if includingOptimizer {
            for slot in slots where slot.range != nil {
                targets += [("optimizer.first." + slot.name, slot, memory.first), ("optimizer.second." + slot.name, slot, memory.second)]
            }
        }
        // All checks before the first change.
        for (name, slot, _) in targets {
            guard let found = tensors[name] else { throw TensorMismatch("the tensor '\(name)' \(slot.shape) is missing") }
            guard found.shape == slot.shape else { throw TensorMismatch("the tensor '\(name)' has shape \(found.shape), the policy needs \(slot.shape)") }
        }
        for (name, slot, block) in targets { if let found = tensors[name] { assign(found, slot, to: block) } }
    }
}
