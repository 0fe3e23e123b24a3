internal import RunRecords

/// One step of a feed-forward network, for export.
package enum ExportedLayer: Sendable {
    /// y = x W^T + b; weights [outputs, inputs] row by row, as PyTorch and Stable-Baselines3 store them. `name` is their prefix there: `mlp_extractor.policy_net.0`.
    case dense(name: String, weights: [Float], bias: [Float])
    /// y = scale * x + offset, per feature.
    case affine(name: String, scale: [Float], offset: [Float])
    case tanh
    case relu

    /// Batch normalisation as it is at inference, by its running statistics: an affine map.
    package static func batchNormalization(
        name: String, mean: [Float], variance: [Float], weight: [Float], bias: [Float], epsilon: Float
    ) -> ExportedLayer {
        precondition(Set([mean.count, variance.count, weight.count, bias.count]).count == 1, "batchNormalization: \(mean.count), \(variance.count), \(weight.count), \(bias.count) values")
        let scale = weight.indices.map { weight[$0] / (variance[$0] + epsilon).squareRoot() }
        return .affine(name: name, scale: scale, offset: scale.indices.map { bias[$0] - mean[$0] * scale[$0] })
    }
}

/// A feed-forward actor-critic policy to be exported: two networks over the same observations.
package struct ActorCriticExport: Sendable {
    package var observations: Int
    package var actions: [String]
    /// Applied to the raw features first; nil when the observations come standardised.
    package var standardization: ObservationStandardization?
    /// Running statistics, applied after it.
    package var normalizer: ObservationNormalizer?
    /// From the observations to one logit per action.
    package var actor: [ExportedLayer]
    /// From the observations to the value.
    package var critic: [ExportedLayer]
    /// More entries for the model's metadata: `reward_hash`, `observation_names`, ...
    package var metadata: [String: String]

    package init(
        observations: Int, actions: [String], standardization: ObservationStandardization? = nil, normalizer: ObservationNormalizer?, actor: [ExportedLayer],
        critic: [ExportedLayer], metadata: [String: String] = [:]
    ) {
        self.observations = observations
        self.actions = actions
        self.standardization = standardization
        self.normalizer = normalizer
        self.actor = actor
        self.critic = critic
        self.metadata = metadata
    }

    /// The model: inputs `obs` [N, observations] (float, not normalised) and `action_mask` [N, actions] (bool, true = allowed); outputs as
    /// `GraphBuilder.policyOutputs`. Metadata: `actions`, `observation_standardization` (where there is one) and `observation_normalizer` as JSON, and the caller's entries.
    ///
    /// Traps, naming the layer, when widths do not chain from the observations to the actions and to one value.
    package func model(version: String) -> ONNXModel {
        var graph = GraphBuilder(name: "actor_critic")
        let raw = graph.input("obs", .float, [.named("N"), .size(observations)])
        let mask = graph.input("action_mask", .bool, [.named("N"), .size(actions.count)])
        precondition(normalizer.map { $0.mean.count == observations } ?? true, "ActorCriticExport: a normaliser of \(normalizer?.mean.count ?? 0) features for \(observations)")
        precondition(standardization.map { $0.mean.count == observations } ?? true, "ActorCriticExport: a standardisation of \(standardization?.mean.count ?? 0) features for \(observations)")
        var observation = standardization.map { graph.standardized(raw, $0) } ?? raw
        if let normalizer { observation = graph.normalized(observation, normalizer) }
        let logits = ActorCriticExport.add(actor, to: &graph, from: observation, inputs: observations, outputs: actions.count)
        let value = ActorCriticExport.add(critic, to: &graph, from: observation, inputs: observations, outputs: 1)
        graph.policyOutputs(logits: logits, value: value, mask: mask, actions: actions.count)

        var entries = metadata
        entries["actions"] = JSONValue.list(actions.map { .text($0) }).compact
        if let standardization { entries["observation_standardization"] = standardization.json }
        entries["observation_normalizer"] = normalizer?.json ?? "null"
        return graph.model(version: version, metadata: entries)
    }

    private static func add(_ layers: [ExportedLayer], to graph: inout GraphBuilder, from start: String, inputs: Int, outputs: Int) -> String {
        var name = start, width = inputs
        for layer in layers {
            switch layer {
            case .dense(let prefix, let weights, let bias):
                precondition(weights.count == width * bias.count, "ActorCriticExport: '\(prefix)' has \(weights.count) weights; [\(bias.count), \(width)] needs \(width * bias.count)")
                let w = graph.initializer(prefix + ".weight", weights, shape: [bias.count, width]), b = graph.initializer(prefix + ".bias", bias)
                name = graph.node("Gemm", [name, w, b], attributes: ["transB": 1])
                width = bias.count
            case .affine(let prefix, let scale, let offset):
                precondition(scale.count == width && offset.count == width, "ActorCriticExport: '\(prefix)' has \(scale.count) scales and \(offset.count) offsets for \(width) features")
                let s = graph.initializer(prefix + ".scale", scale), o = graph.initializer(prefix + ".offset", offset)
                name = graph.node("Add", [graph.node("Mul", [name, s]), o])
            case .tanh: name = graph.node("Tanh", [name])
            case .relu: name = graph.node("Relu", [name])
            }
        }
        precondition(width == outputs, "ActorCriticExport: a network ends with \(width) values, expected \(outputs)")
        return name
    }
}
