/// Sizes of the regime-conditioned Transformer policy; the defaults are those of the hourly BTC case (2.67 million parameters).
package struct RegimePolicyConfiguration: Sendable, Equatable {
    /// Numbers that describe one bar.
    package var features = 44
    /// Bars of a window.
    package var context = 100
    package var width = 256
    package var layers = 3
    package var heads = 4
    package var feedForward = 1_024
    package var regimes = 4
    /// Hidden width of the actor's and the critic's head.
    package var headWidth = 256
    package var actions = 3
    package var positions = PositionEncoding.learned
    /// ReLU or tanh.
    package var headActivation = Activation.relu
    /// Dropout inside the encoder layers while training, in [0, 1).
    package var dropout: Float = 0
    /// Parts of a minibatch, each with its own gradients, added up in their order: the most threads that training can use. Part of the result's
    /// last bits, hence never derived from the machine.
    package var gradientLanes = 2
    /// Samples that go through the network together in training; small enough that their activations stay in the cache.
    package var trainingPiece = 8
    /// The same without training, where less is kept.
    package var inferencePiece = 8

    package init() {}

    /// Everything that is out of range, in words; empty when the configuration can be built.
    package var issues: [String] {
        var found = [String]()
        for (name, value) in [
            ("features", features), ("context", context), ("width", width), ("layers", layers), ("heads", heads), ("feedForward", feedForward),
            ("regimes", regimes), ("headWidth", headWidth), ("actions", actions), ("gradientLanes", gradientLanes), ("trainingPiece", trainingPiece),
            ("inferencePiece", inferencePiece),
        ] where value < 1 { found.append("\(name) is \(value): expected at least 1") }
        if heads > 0, width % heads != 0 { found.append("width \(width) does not divide into \(heads) heads") }
        if positions == .sinusoidal, width % 2 != 0 { found.append("sinusoidal positions need an even width, not \(width)") }
        if headActivation.needsInput { found.append("head activation \(headActivation.rawValue): expected relu or tanh") }
        if !(dropout >= 0 && dropout < 1) { found.append("dropout \(dropout) is outside [0, 1)") }
        return found
    }

    var encoder: EncoderShape { EncoderShape(width: width, heads: heads, feedForward: feedForward) }
}

/// The policy's layers and the places of their parameters, under the names that the same module has in PyTorch.
struct RegimePolicyLayers: Sendable {
    let layout: ParameterLayout
    let inputProjection: Linear
    /// [context x width]; nil when the positions are fixed.
    let positions: ParameterSlice?
    let encoder: [EncoderLayer]
    let regimeEmbedding: Embedding
    let actorHidden: Linear, actorOutput: Linear
    let criticHidden: Linear, criticOutput: Linear

    init(_ c: RegimePolicyConfiguration) {
        var layout = ParameterLayout()
        inputProjection = Linear("input_projection", inputs: c.features, outputs: c.width, in: &layout)
        positions = c.positions == .learned ? layout.add("positions.weight", [c.context, c.width]) : nil
        encoder = (0..<c.layers).map { EncoderLayer("encoder.layers.\($0)", c.encoder, index: $0, in: &layout) }
        regimeEmbedding = Embedding("regime_embedding", count: c.regimes, width: c.width, in: &layout)
        actorHidden = Linear("actor.0", inputs: 2 * c.width, outputs: c.headWidth, in: &layout)
        actorOutput = Linear("actor.2", inputs: c.headWidth, outputs: c.actions, in: &layout)
        criticHidden = Linear("critic.0", inputs: 2 * c.width, outputs: c.headWidth, in: &layout)
        criticOutput = Linear("critic.2", inputs: c.headWidth, outputs: 1, in: &layout)
        self.layout = layout
    }

    /// Encoder: PyTorch's defaults of its modules, learned positions normal with deviation .02. Heads: orthogonal with Stable-Baselines3's gains,
    /// sqrt 2 hidden, .01 at the logits (a nearly uniform start), 1 at the value; biases 0.
    func initialize(_ values: ParameterVector, _ c: RegimePolicyConfiguration, seed: UInt64) {
        func set(_ slice: ParameterSlice?, _ initializer: Initializer) {
            if let slice { initializer.apply(to: slice, of: values, seed: seed) }
        }
        set(inputProjection.weight, .linear(inputs: c.features))
        set(inputProjection.bias, .linear(inputs: c.features))
        set(positions, .normal(deviation: 0.02))
        for layer in encoder {
            set(layer.attention.inputWeight, .xavier(inputs: c.width, outputs: 3 * c.width))
            set(layer.attention.inputBias, .zeros)
            set(layer.attention.output.weight, .linear(inputs: c.width))
            set(layer.attention.output.bias, .zeros)
            set(layer.linear1.weight, .linear(inputs: c.width))
            set(layer.linear1.bias, .linear(inputs: c.width))
            set(layer.linear2.weight, .linear(inputs: c.feedForward))
            set(layer.linear2.bias, .linear(inputs: c.feedForward))
            for norm in [layer.norm1, layer.norm2] {
                set(norm.weight, .ones)
                set(norm.bias, .zeros)
            }
        }
        set(regimeEmbedding.weight, .normal(deviation: 1))
        for (layer, gain) in [(actorHidden, 2.0.squareRoot()), (actorOutput, 0.01), (criticHidden, 2.0.squareRoot()), (criticOutput, 1)] {
            set(layer.weight, .orthogonal(gain: gain))
            set(layer.bias, .zeros)
        }
    }
}
