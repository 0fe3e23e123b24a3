import NetworkKernels
import NeuralNetworks

/// One layer as the tests see it: rows in, rows out, gradients back. Parameter names start with "m.".
final class LayerHarness {
    let store: ParameterStore
    private let rows: Int, columns: Int, outputColumns: Int
    private let x: FloatBlock, y: FloatBlock, g: FloatBlock, dx: FloatBlock
    private let forwardPass: (MatrixView, MatrixView) -> Void
    /// (output gradient, input, output, input gradient)
    private let backwardPass: (MatrixView, MatrixView, MatrixView, MatrixView) -> Void

    private init(
        _ store: ParameterStore, rows: Int, columns: Int, outputColumns: Int, forward: @escaping (MatrixView, MatrixView) -> Void,
        backward: @escaping (MatrixView, MatrixView, MatrixView, MatrixView) -> Void
    ) {
        self.store = store
        self.rows = rows
        self.columns = columns
        self.outputColumns = outputColumns
        x = FloatBlock(count: rows * columns)
        y = FloatBlock(count: rows * outputColumns)
        g = FloatBlock(count: rows * outputColumns)
        dx = FloatBlock(count: rows * columns)
        forwardPass = forward
        backwardPass = backward
    }

    func forward(_ input: [Float]) -> [Float] {
        x.values = input
        forwardPass(x.matrix(rows: rows, columns: columns), y.matrix(rows: rows, columns: outputColumns))
        return y.values
    }

    /// After `forward`: the input's gradient; the parameters' gradients are set to this call's.
    func backward(_ upstream: [Float]) -> [Float] {
        store.gradients.block.all.fill(0)
        g.values = upstream
        backwardPass(
            g.matrix(rows: rows, columns: outputColumns), x.matrix(rows: rows, columns: columns), y.matrix(rows: rows, columns: outputColumns),
            dx.matrix(rows: rows, columns: columns))
        return dx.values
    }

    /// The layer of a fixture's id for its input shape.
    static func make(_ id: String, shape: [Int], dropout: DropoutPlan = .none) -> LayerHarness {
        let columns = shape.last!, rows = shape.dropLast().reduce(1, *)
        var layout = ParameterLayout()
        switch id.split(separator: "_").first! {
        case "linear":
            let layer = Linear("m", inputs: columns, outputs: 3, in: &layout)
            let store = ParameterStore(layout)
            return LayerHarness(store, rows: rows, columns: columns, outputColumns: 3) {
                layer.forward($0, store.values, into: $1)
            } backward: { g, x, _, dx in
                layer.backward(g, input: x, store.values, gradients: store.gradients, inputGradient: dx)
            }
        case "tanh", "relu", "gelu":
            let activation = Activation(rawValue: id)!
            return LayerHarness(ParameterStore(layout), rows: rows, columns: columns, outputColumns: columns) {
                activation.forward($0, into: $1)
            } backward: { g, x, y, dx in
                dx.copy(from: g)
                activation.backward(dx, input: x, output: y)
            }
        case "softmax":
            return LayerHarness(ParameterStore(layout), rows: rows, columns: columns, outputColumns: columns) {
                $1.copy(from: $0)
                softmaxRows($1)
            } backward: { g, _, y, dx in
                dx.copy(from: g)
                backwardThroughSoftmax(dx, probabilities: y)
            }
        case "layer":
            let layer = LayerNorm("m.norm", width: columns, in: &layout)
            let store = ParameterStore(layout), memory = LayerNormMemory(rows: rows, width: columns)
            return LayerHarness(store, rows: rows, columns: columns, outputColumns: columns) {
                layer.forward($0, store.values, into: $1, record: memory.record(rows: rows))
            } backward: { g, _, _, dx in
                dx.copy(from: g)
                layer.backward(dx, record: memory.record(rows: rows), store.values, gradients: store.gradients)
            }
        case "batch":
            let layer = BatchNorm("m.norm", width: columns, in: &layout)
            let store = ParameterStore(layout), memory = layer.memory(rows: rows), isTraining = !id.hasSuffix("inference")
            return LayerHarness(store, rows: rows, columns: columns, outputColumns: columns) {
                layer.forward($0, store.values, isTraining: isTraining, into: $1, memory: memory)
            } backward: { g, _, _, dx in
                dx.copy(from: g)
                layer.backward(dx, store.values, isTraining: isTraining, memory: memory, gradients: store.gradients)
            }
        case "attention":
            let layer = MultiHeadAttention("m", width: columns, heads: 2, in: &layout)
            let store = ParameterStore(layout), samples = shape[0]
            let memory = AttentionMemory(samples: samples, time: shape[1], width: columns, heads: 2)
            let scratch = AttentionScratch(time: shape[1], heads: 2)
            return LayerHarness(store, rows: rows, columns: columns, outputColumns: columns) {
                layer.forward($0, samples: samples, store.values, memory: memory, scratch: scratch, into: $1)
            } backward: { g, x, _, dx in
                layer.backward(
                    g, input: x, samples: samples, store.values, memory: memory, scratch: scratch, gradients: store.gradients, inputGradient: dx)
            }
        case "encoder":
            let encoder = EncoderShape(
                width: columns, heads: 2, feedForward: 12, order: id.contains("_pre_") ? .pre : .post,
                activation: Activation(rawValue: String(id.split(separator: "_")[2]))!)
            let layer = EncoderLayer("m", encoder, index: 0, in: &layout)
            let store = ParameterStore(layout)
            let piece = EncoderPiece(samples: shape[0], time: shape[1], dropout: dropout)
            let memory = EncoderMemory(encoder, samples: shape[0], time: shape[1]), scratch = EncoderScratch(encoder, samples: shape[0], time: shape[1])
            return LayerHarness(store, rows: rows, columns: columns, outputColumns: columns) {
                layer.forward($0, piece, store.values, memory: memory, scratch: scratch, into: $1)
            } backward: { g, x, _, dx in
                dx.copy(from: g)
                layer.backward(dx, input: x, piece, store.values, memory: memory, scratch: scratch, gradients: store.gradients)
            }
        default: preconditionFailure("no layer '\(id)'")
        }
    }
}
