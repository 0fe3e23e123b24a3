import NetworkKernels
import NeuralNetworks
import Testing

private let layerNames = [
    "linear", "tanh", "relu", "gelu", "gelu_tanh", "softmax", "layer_norm_10", "layer_norm_256", "attention", "encoder_post_relu", "encoder_post_gelu",
    "encoder_pre_relu", "encoder_pre_gelu",
]

@Suite(.tags(.parity)) struct LayerParityTests {
    let fixture = NetworkFixture.shared

    @Test func fixtureIsOfTheVersionThatTheTestsName() {
        #expect(fixture.provenance.torch == "2.13.0", "renew with: \(fixture.provenance.command)")
    }

    @Test(arguments: layerNames) func agreesWithPyTorch(_ id: String) throws {
        let f = fixture.layer(id), x = try #require(f.inputs["x"])
        let layer = LayerHarness.make(id, shape: x.shape)
        layer.store.load(f.parameters, prefix: "m.")
        expectClose(layer.forward(x.floats), f.output.values, Tolerance.layer, "\(id): output")
        let gradient = layer.backward(f.upstream.floats)
        expectClose(gradient, try #require(f.input_gradients["x"]).values, Tolerance.layer, "\(id): input gradient")
        layer.store.expectGradients(f.parameter_gradients, prefix: "m.", Tolerance.layer, id)
    }

    /// Three training steps move the running statistics as PyTorch's do; inference then uses them.
    @Test func batchNormAgreesWithPyTorch() throws {
        var layout = ParameterLayout()
        let norm = BatchNorm("norm", width: 6, in: &layout)
        let store = ParameterStore(layout), memory = norm.memory(rows: 9)
        for id in ["batch_norm_training_0", "batch_norm_training_1", "batch_norm_training_2", "batch_norm_inference"] {
            let f = fixture.layer(id), isTraining = id != "batch_norm_inference"
            store.load(f.parameters)
            store.gradients.block.all.fill(0)
            let x = FloatBlock(try #require(f.inputs["x"]).floats), y = FloatBlock(count: 54), g = FloatBlock(f.upstream.floats)
            norm.forward(
                x.matrix(rows: 9, columns: 6), store.values, isTraining: isTraining, into: y.matrix(rows: 9, columns: 6), memory: memory)
            expectClose(y.values, f.output.values, Tolerance.layer, "\(id): output")
            expectClose(norm.runningMean.values, try #require(f.extra?["running_mean"]).values, Tolerance.layer, "\(id): running mean")
            expectClose(norm.runningVariance.values, try #require(f.extra?["running_var"]).values, Tolerance.layer, "\(id): running variance")
            norm.backward(g.matrix(rows: 9, columns: 6), store.values, isTraining: isTraining, memory: memory, gradients: store.gradients)
            expectClose(g.values, try #require(f.input_gradients["x"]).values, Tolerance.layer, "\(id): input gradient")
            store.expectGradients(f.parameter_gradients, Tolerance.layer, id)
        }
    }

    @Test func embeddingAgreesWithPyTorch() throws {
        let f = fixture.layer("embedding"), indices = try #require(f.inputs["index"]).values.map { Int32($0) }
        var layout = ParameterLayout()
        let embedding = Embedding("m", count: 4, width: 6, in: &layout)
        let store = ParameterStore(layout)
        store.load(f.parameters, prefix: "m.")
        let rows = FloatBlock(count: indices.count * 6), upstream = FloatBlock(f.upstream.floats)
        embedding.forward(indices.span, store.values, into: rows.matrix(rows: indices.count, columns: 6))
        expectClose(rows.values, f.output.values, 1e-8, "embedding: output")
        embedding.backward(upstream.matrix(rows: indices.count, columns: 6), indices.span, gradients: store.gradients)
        store.expectGradients(f.parameter_gradients, prefix: "m.", Tolerance.layer, "embedding")
    }

    @Test func sinusoidalPositionsAgreeWithPyTorch() {
        let f = fixture.layer("sinusoidal_positions")
        expectClose(sinusoidalPositions(length: 9, width: 12), f.output.values, 1e-7, "positions")
    }
}

/// Central differences of the loss sum(output upstream), in the inputs and in every parameter.
@Suite struct FiniteDifferenceTests {
    private static let step: Float = 1.0 / 2048

    @Test(arguments: layerNames.filter { $0 != "layer_norm_256" } + ["batch_norm_training_0", "batch_norm_inference"])
    func gradientsAreTheSlopesOfTheLoss(_ id: String) throws { try check(id, dropout: .none) }

    /// The mask is a function of its key, so that the loss with dropout has slopes like any other.
    @Test(arguments: ["encoder_post_relu", "encoder_post_gelu", "encoder_pre_relu", "encoder_pre_gelu"])
    func gradientsWithDropoutAreTheSlopesOfTheLoss(_ id: String) throws {
        try check(id, dropout: DropoutPlan(rate: 0.3, seed: 5, step: 2))
    }

    private func check(_ id: String, dropout: DropoutPlan) throws {
        let f = NetworkFixture.shared.layer(id)
        let tensor = try #require(f.inputs["x"])
        let layer = LayerHarness.make(id, shape: tensor.shape, dropout: dropout)
        layer.store.load(f.parameters, prefix: "m.")
        // Inputs beyond +-8 are flat for every activation and only add rounding to the loss; kinks of ReLU lie at 0.
        let x = tensor.floats.map { abs($0) < 4 * Self.step && id == "relu" ? 0.1 : min(max($0, -6), 6) }, upstream = f.upstream.floats
        func loss(_ input: [Float]) -> Double { zip(layer.forward(input), upstream).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        _ = layer.forward(x)
        let gradient = layer.backward(upstream)
        let parameterGradients = layer.store.layout.slices.map { layer.store.gradients[$0].values }
        let slopes = x.indices.map { i in
            var up = x, down = x
            up[i] += Self.step
            down[i] -= Self.step
            return (loss(up) - loss(down)) / Double(up[i] - down[i])
        }
        expectClose(gradient, slopes, Tolerance.differences, "\(id): input gradient")
        for (slice, ours) in zip(layer.store.layout.slices, parameterGradients) {
            let view = layer.store.values[slice]
            let slopes = (0..<slice.count).map { i in
                let r = i / slice.columns, c = i % slice.columns, before = view[r, c]
                view[r, c] = before + Self.step
                let up = loss(x)
                view[r, c] = before - Self.step
                let down = loss(x)
                view[r, c] = before
                return (up - down) / Double((before + Self.step) - (before - Self.step))
            }
            expectClose(ours, slopes, Tolerance.differences, "\(id): gradient of \(slice.name)")
        }
    }
}
