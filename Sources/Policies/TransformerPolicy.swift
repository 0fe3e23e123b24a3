package import NetworkKernels
package import NeuralNetworks

/// The regime-conditioned Transformer as PPO sees it: actor and critic share the encoder, a minibatch goes in two fixed halves, one a thread.
package final class TransformerPolicy: ActorCritic {
    package let network: RegimeConditionedPolicy
    package var observationCount: Int { network.configuration.features }
    package var actionCount: Int { network.configuration.actions }
    package var parameterCount: Int { network.parameterCount }
    package var contextRows: Int { network.configuration.context - 1 }
    package var optimizerSteps: Int {
        get { network.optimizer.steps }
        set { network.optimizer.steps = newValue }
    }

    /// Scratch for callers that want only logits or only values.
    private var unused = FloatBlock(count: 0)

    package init(_ configuration: RegimePolicyConfiguration, seed: UInt64, team: ThreadTeam) {
        network = RegimeConditionedPolicy(configuration, seed: seed, team: team)
    }

    /// Uses the team given at the start. Rows must have a whole context before them.
    package func infer(_ table: ObservationTable, rows: Span<Int32>, logits: MatrixView?, values: MatrixView?, team: ThreadTeam) {
        let count = rows.count
        if unused.count < count * actionCount { unused = FloatBlock(count: count * actionCount) }
        let regimes = regimes(table, rows)
        network.forward(
            bars: table.features, ends: rows, regimes: regimes.span, logits: logits ?? unused.matrix(rows: count, columns: actionCount),
            values: values ?? unused.matrix(rows: count, columns: 1))
    }

    package func update(
        _ table: ObservationTable, rows: Span<Int32>, loss: any MinibatchLoss, _ settings: OptimiserSettings, team: ThreadTeam
    ) -> StepOutcome {
        let count = rows.count, lanes = network.configuration.gradientLanes
        let regimes = regimes(table, rows)
        network.accumulateGradients(bars: table.features, ends: rows, regimes: regimes.span, step: optimizerSteps) { range, logits, values in
            // The lane whose part of the minibatch this piece lies in keeps its sums apart from the others'.
            let slot = (0..<lanes).last { count * $0 / lanes <= range.lowerBound } ?? 0
            if settings.parts.contains(.actor) { loss.turnIntoGradient(logits: logits, rows: range, slot: slot) } else { logits.fill(0) }
            if settings.parts.contains(.critic) { loss.turnIntoGradient(values: values, rows: range, slot: slot) } else { values.fill(0) }
        }
        if !settings.parts.contains(.actor) { keepOnlyCriticsGradient() }
        guard loss.permitsStep() else { return .refused }
        let norm = network.step(
            AdamSettings(
                rate: settings.learningRate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, weightDecay: settings.weightDecay,
                isDecoupled: settings.isDecoupled, maximumNorm: settings.maxGradientNorm))
        return norm.isFinite ? .taken(gradientNorm: norm) : .notFinite
    }

    /// The encoder serves both heads: a step of the critic alone leaves it, so that the actor stays as it is. What has neither gradient nor
    /// moments is not moved by Adam, which is why the moments must be fresh (`resetOptimizer`) when such steps begin.
    private func keepOnlyCriticsGradient() {
        network.sumGradients()
        for slice in network.store.layout.slices where !slice.name.hasPrefix("critic.") { network.store.gradients[slice].fill(0) }
    }

    package func resetOptimizer() {
        network.optimizer.first.block.all.fill(0)
        network.optimizer.second.block.all.fill(0)
        network.optimizer.steps = 0
    }

    private func regimes(_ table: ObservationTable, _ rows: Span<Int32>) -> [Int32] {
        precondition(!table.regimes.isEmpty, "the Transformer needs a regime for every row")
        return rows.indices.map { Int32(table.regimes[Int(rows[$0])]) }
    }

    private func tensors(_ vector: ParameterVector, prefix: String) -> [NamedTensor] {
        network.store.layout.slices.map { NamedTensor(name: prefix + $0.name, shape: $0.shape, values: vector[$0].values) }
    }

    package func tensors() -> [NamedTensor] { tensors(network.store.values, prefix: "") }

    package func optimizerTensors() -> [NamedTensor] {
        tensors(network.optimizer.first, prefix: "optimizer.first.") + tensors(network.optimizer.second, prefix: "optimizer.second.")
    }

    package func load(_ tensors: [String: NamedTensor], includingOptimizer: Bool) throws(TensorMismatch) {
        var targets = [("", network.store.values)]
        if includingOptimizer { targets += [("optimizer.first.", network.optimizer.first), ("optimizer.second.", network.optimizer.second)] }
        for (prefix, _) in targets {
            for slice in network.store.layout.slices {
                guard let found = tensors[prefix + slice.name] else { throw TensorMismatch("the tensor '\(prefix + slice.name)' \(slice.shape) is missing") }
                guard found.shape == slice.shape else { throw TensorMismatch("the tensor '\(prefix + slice.name)' has shape \(found.shape), the policy needs \(slice.shape)") }
            }
        }
        for (prefix, vector) in targets {
            for slice in network.store.layout.slices { if let found = tensors[prefix + slice.name] { vector[slice].assign(found.values) } }
        }
        network.parametersChanged()
    }
}
