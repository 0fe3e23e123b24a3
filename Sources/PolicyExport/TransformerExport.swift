internal import RunRecords

/// A regime-conditioned Transformer policy to be exported: a window of bars and the present regime in, logits and value out.
///
/// Post-norm encoder with ReLU as PyTorch's `TransformerEncoderLayer`; the last position's vector beside the regime's embedding feeds both heads. The
/// graph computes the last layer for every position, where Assay computes it for the last one only: the same numbers, more work.
package struct TransformerExport: Sendable {
    /// Features of a bar and bars of a window.
    package var observations: Int
    package var context: Int
    package var layers: Int
    package var heads: Int
    package var actions: [String]
    /// Applied to the raw features of every bar.
    package var standardization: ObservationStandardization?
    /// Fixed positions [context x width]; nil where `positions.weight` is learned.
    package var fixedPositions: [Float]?
    /// Parameters by PyTorch's names, weights [out x in] row by row.
    package var tensors: [String: [Float]]
    package var metadata: [String: String]

    package init(
        observations: Int, context: Int, layers: Int, heads: Int, actions: [String], standardization: ObservationStandardization?, fixedPositions: [Float]?,
        tensors: [String: [Float]], metadata: [String: String] = [:]
    ) {
        self.observations = observations
        self.context = context
        self.layers = layers
        self.heads = heads
        self.actions = actions
        self.standardization = standardization
        self.fixedPositions = fixedPositions
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The model: inputs `obs` [N, context, observations] (float, raw, oldest bar first), `regime` [N] (int64, code of the last bar's regime) and `action_mask`
    /// [N, actions] (bool, true = allowed); outputs as `GraphBuilder.policyOutputs`. Traps, naming it, when a tensor is missing or of another size.
    package func model(version: String) -> ONNXModel {
        var graph = GraphBuilder(name: "regime_transformer")
        let raw = graph.input("obs", .float, [.named("N"), .size(context), .size(observations)])
        let regime = graph.input("regime", .int64, [.named("N")])
        let mask = graph.input("action_mask", .bool, [.named("N"), .size(actions.count)])
        let width = tensor("input_projection.bias").count
        precondition(width % heads == 0, "TransformerExport: width \(width) does not divide into \(heads) heads")

        let observation = standardization.map { graph.standardized(raw, $0) } ?? raw
        var x = linear("input_projection", observation, inputs: observations, &graph)
        let table = fixedPositions ?? tensor("positions.weight")
        x = graph.node("Add", [x, graph.initializer("positions.weight", table, shape: [context, width])])
        let parts = graph.initializer("attention.parts", [Int64](repeating: Int64(width), count: 3))
        let split = graph.initializer("attention.split", [0, 0, Int64(heads), Int64(width / heads)]), joined = graph.initializer("attention.joined", [0, 0, Int64(width)])
        let scale = graph.initializer("attention.scale", [1 / Float(width / heads).squareRoot()], shape: [])
        for i in 0..<layers {
            let layer = "encoder.layers.\(i)"
            let projected = linear(layer + ".self_attn.in_proj", x, inputs: width, separator: "_", &graph)
            let names = ["query", "key", "value"].map { "\($0)_\(i)" }
            let qkv = graph.node("Split", [projected, parts], outputs: names, attributes: ["axis": 2])
            let q = graph.node("Transpose", [graph.node("Reshape", [qkv[0], split])], attributes: ["perm": [0, 2, 1, 3]])
            let k = graph.node("Transpose", [graph.node("Reshape", [qkv[1], split])], attributes: ["perm": [0, 2, 3, 1]])
            let v = graph.node("Transpose", [graph.node("Reshape", [qkv[2], split])], attributes: ["perm": [0, 2, 1, 3]])
            let scores = graph.node("Softmax", [graph.node("Mul", [graph.node("MatMul", [q, k]), scale])], attributes: ["axis": -1])
            let mixed = graph.node("Transpose", [graph.node("MatMul", [scores, v])], attributes: ["perm": [0, 2, 1, 3]])
            let attended = linear(layer + ".self_attn.out_proj", graph.node("Reshape", [mixed, joined]), inputs: width, &graph)
            x = normalized(layer + ".norm1", graph.node("Add", [x, attended]), &graph)
            let hidden = graph.node("Relu", [linear(layer + ".linear1", x, inputs: width, &graph)])
            let fed = linear(layer + ".linear2", hidden, inputs: tensor(layer + ".linear1.bias").count, &graph)
            x = normalized(layer + ".norm2", graph.node("Add", [x, fed]), &graph)
        }
        let last = graph.node("Gather", [x, graph.initializer("last_position", [Int64(context - 1)], shape: [])], attributes: ["axis": 1])
        let regimes = tensor("regime_embedding.weight")
        let embedding = graph.initializer("regime_embedding.weight", regimes, shape: [regimes.count / width, width])
        let state = graph.node("Concat", [last, graph.node("Gather", [embedding, regime], attributes: ["axis": 0])], attributes: ["axis": 1])
        func head(_ name: String) -> String {
            let hidden = graph.node("Relu", [linear(name + ".0", state, inputs: 2 * width, &graph)])
            return linear(name + ".2", hidden, inputs: tensor(name + ".0.bias").count, &graph)
        }
        let logits = head("actor")
        graph.policyOutputs(logits: logits, value: head("critic"), mask: mask, actions: actions.count)
        var entries = metadata
        entries["actions"] = JSONValue.list(actions.map { .text($0) }).compact
        if let standardization { entries["observation_standardization"] = standardization.json }
        return graph.model(version: version, metadata: entries)
    }

    private func tensor(_ name: String) -> [Float] {
        guard let values = tensors[name] else { preconditionFailure("TransformerExport: there is no tensor '\(name)'") }
        return values
    }

    /// x W^T + b over the last axis.
    private func linear(_ name: String, _ x: String, inputs: Int, separator: String = ".", _ graph: inout GraphBuilder) -> String {
        let weights = tensor(name + separator + "weight"), bias = tensor(name + separator + "bias")
        precondition(weights.count == inputs * bias.count, "TransformerExport: '\(name)' has \(weights.count) weights; [\(bias.count), \(inputs)] needs \(inputs * bias.count)")
        let w = graph.initializer(name + separator + "weight", weights, shape: [bias.count, inputs]), b = graph.initializer(name + separator + "bias", bias)
        return graph.node("Add", [graph.node("MatMul", [x, graph.node("Transpose", [w], attributes: ["perm": [1, 0]])]), b])
    }

    private func normalized(_ name: String, _ x: String, _ graph: inout GraphBuilder) -> String {
        let w = graph.initializer(name + ".weight", tensor(name + ".weight")), b = graph.initializer(name + ".bias", tensor(name + ".bias"))
        return graph.node("LayerNormalization", [x, w, b], attributes: ["axis": -1, "epsilon": 1e-5])
    }
}
