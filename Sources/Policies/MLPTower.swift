package import NetworkKernels

/// One multilayer perceptron: linear and tanh layers, and a linear head. The actor's and the critic's half of an `MLPPolicy`.
///
/// Weights are kept [in x out], so that the forward product needs no transpose (a third faster); they are turned over for files.
/// Training and inference have their own activations, and every lane of inference its own.
final class MLPTower {
    struct Layer {
        let weight, bias, weightGradient, biasGradient: MatrixView
        var inputs: Int { weight.rows }
        var outputs: Int { weight.columns }
    }

    /// Activations of a batch: the input, then every layer's output.
    struct Activations {
        private let blocks: [FloatBlock]
        let capacity: Int

        init(sizes: [Int], capacity: Int) {
            self.capacity = capacity
            blocks = sizes.map { FloatBlock(count: $0 * capacity) }
            views = zip(sizes, blocks).map { $1.matrix(rows: capacity, columns: $0) }
        }

        private let views: [MatrixView]
        subscript(layer: Int, rows: Int) -> MatrixView { views[layer].rows(0..<rows) }
    }

    /// Widths from the input to the head's output.
    let sizes: [Int]
    let layers: [Layer]
    /// This tower's part of the policy's parameters.
    let range: Range<Int>
    private let parameters, gradients, first, second: MatrixView
    private var training: Activations
    private var slopes: Activations
    private var inference: [Activations]
    static let inferenceRows = 256

    static func parameterCount(sizes: [Int]) -> Int { zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 } }

    init(sizes: [Int], offset: Int, memory: ParameterMemory, lanes: Int) {
        self.sizes = sizes
        range = offset..<(offset + Self.parameterCount(sizes: sizes))
        parameters = memory.values.row(range)
        gradients = memory.gradients.row(range)
        first = memory.first.row(range)
        second = memory.second.row(range)
        var layers: [Layer] = []
        var place = offset
        for (inputs, outputs) in zip(sizes, sizes.dropFirst()) {
            let weights = place, biases = place + inputs * outputs
            layers.append(
                Layer(
                    weight: memory.values.matrix(at: weights, rows: inputs, columns: outputs),
                    bias: memory.values.matrix(at: biases, rows: 1, columns: outputs),
                    weightGradient: memory.gradients.matrix(at: weights, rows: inputs, columns: outputs),
                    biasGradient: memory.gradients.matrix(at: biases, rows: 1, columns: outputs)))
            place = biases + outputs
        }
        self.layers = layers
        training = Activations(sizes: sizes, capacity: 64)
        slopes = Activations(sizes: sizes, capacity: 64)
        inference = (0..<lanes).map { _ in Activations(sizes: sizes, capacity: Self.inferenceRows) }
    }

    private func forward(_ a: Activations, _ rows: Int) -> MatrixView {
        let last = layers.count
        for i in 0..<last {
            let out = a[i + 1, rows]
            multiply(a[i, rows], layers[i].weight, into: out)
            if i + 1 < last { addBiasThenTanh(out, layers[i].bias) } else { addBias(out, layers[i].bias) }
        }
        return a[last, rows]
    }

    /// Output of the rows `indices` of `table`, [B x out], into `output`; B at most `inferenceRows`.
    func infer(_ table: MatrixView, _ indices: Span<Int32>, into output: MatrixView, lane: Int) {
        let a = inference[lane]
        gatherRows(table, indices, into: a[0, indices.count])
        output.copy(from: forward(a, indices.count))
    }

    func reserve(rows: Int) {
        if rows <= training.capacity { return }
        training = Activations(sizes: sizes, capacity: rows)
        slopes = Activations(sizes: sizes, capacity: rows)
    }

    /// Gradients of all parameters; `turn` overwrites the output with the loss's gradient. Returns the sum of their squares.
    func differentiate(_ table: MatrixView, _ indices: Span<Int32>, _ turn: (MatrixView) -> Void) -> Double {
        let rows = indices.count
        gatherRows(table, indices, into: training[0, rows])
        var slope = forward(training, rows)
        turn(slope)
        for i in layers.indices.reversed() {
            let layer = layers[i]
            multiply(training[i, rows], slope, into: layer.weightGradient, transposeA: true)
            columnSums(slope, into: layer.biasGradient)
            if i > 0 {
                let below = slopes[i, rows]
                multiply(slope, layer.weight, into: below, transposeB: true)
                backwardThroughTanh(below, output: training[i, rows])
                slope = below
            }
        }
        return sumOfSquares(gradients)
    }

    func step(_ settings: OptimiserSettings, scale: Float, count: Int) {
        adamStep(
            parameters, gradient: gradients, first: first, second: second, scale: scale, rate: settings.learningRate, beta1: settings.beta1,
            beta2: settings.beta2, epsilon: settings.epsilon, step: count, weightDecay: settings.weightDecay, isDecoupled: settings.isDecoupled)
    }
}

/// Parameters, gradients and Adam's moments of a policy, each one flat block.
package final class ParameterMemory {
    package let values, gradients, first, second: FloatBlock

    package init(count: Int) {
        values = FloatBlock(count: count)
        gradients = FloatBlock(count: count)
        first = FloatBlock(count: count)
        second = FloatBlock(count: count)
    }
}
