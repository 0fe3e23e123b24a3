package import NetworkKernels

/// One multilayer perceptron: linear and tanh layers, and a linear head. The actor's and the critic's half of an `MLPPolicy`.
/// With batch normalisation every hidden layer is linear, normalised, tanh.
///
/// Weights are kept [in x out], so that the forward product needs no transpose (a third faster); they are turned over for files.
/// Training and inference have their own activations, and every lane of inference its own.
final class MLPTower {
    struct Layer {
        let weight, bias, weightGradient, biasGradient: MatrixView
        /// Batch normalisation after the product; nil without, and for the head.
        let norm: Norm?
        var inputs: Int { weight.rows }
        var outputs: Int { weight.columns }
    }

    /// Scale and shift with their gradients, and the running statistics, each [1 x n]. PyTorch's defaults: epsilon 1e-5, momentum .1.
    struct Norm {
        let weight, bias, weightGradient, biasGradient, runningMean, runningVariance: MatrixView
        static let epsilon: Float = 1e-5, momentum: Float = 0.1
    }

    /// What batch normalisation keeps of a batch for its gradient.
    private struct Record {
        let normalized, inverseDeviation: FloatBlock
        init(rows: Int, columns: Int) {
            normalized = FloatBlock(count: rows * columns)
            inverseDeviation = FloatBlock(count: columns)
        }
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
    private var trainingRecords: [Record]
    private let inferenceRecords: [[Record]]
    static let inferenceRows = 256

    static func parameterCount(sizes: [Int], batchNorm: Bool) -> Int {
        zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 } + (batchNorm ? 2 * sizes.dropFirst().dropLast().reduce(0, +) : 0)
    }

    /// `statistics` holds the running means and variances, from `firstStatistic` on.
    init(sizes: [Int], batchNorm: Bool, offset: Int, memory: ParameterMemory, statistics: FloatBlock, firstStatistic: Int, lanes: Int) {
        self.sizes = sizes
        range = offset..<(offset + Self.parameterCount(sizes: sizes, batchNorm: batchNorm))
        parameters = memory.values.row(range)
        gradients = memory.gradients.row(range)
        first = memory.first.row(range)
        second = memory.second.row(range)
        var layers: [Layer] = []
        var place = offset, statistic = firstStatistic
        for (i, (inputs, outputs)) in zip(sizes, sizes.dropFirst()).enumerated() {
            let weights = place, biases = place + inputs * outputs
            var norm: Norm?
            if batchNorm, i + 2 < sizes.count {
                func row(_ block: FloatBlock, _ start: Int) -> MatrixView { block.matrix(at: start, rows: 1, columns: outputs) }
                let scale = biases + outputs, shift = scale + outputs
                norm = Norm(
                    weight: row(memory.values, scale), bias: row(memory.values, shift), weightGradient: row(memory.gradients, scale),
                    biasGradient: row(memory.gradients, shift), runningMean: row(statistics, statistic), runningVariance: row(statistics, statistic + outputs))
                norm?.weight.fill(1)
                norm?.runningVariance.fill(1)
                statistic += 2 * outputs
            }
            layers.append(
                Layer(
                    weight: memory.values.matrix(at: weights, rows: inputs, columns: outputs),
                    bias: memory.values.matrix(at: biases, rows: 1, columns: outputs),
                    weightGradient: memory.gradients.matrix(at: weights, rows: inputs, columns: outputs),
                    biasGradient: memory.gradients.matrix(at: biases, rows: 1, columns: outputs), norm: norm))
            place = biases + outputs + (norm == nil ? 0 : 2 * outputs)
        }
        self.layers = layers
        training = Activations(sizes: sizes, capacity: 64)
        slopes = Activations(sizes: sizes, capacity: 64)
        inference = (0..<lanes).map { _ in Activations(sizes: sizes, capacity: Self.inferenceRows) }
        func records(_ rows: Int) -> [Record] { batchNorm ? sizes.dropFirst().dropLast().map { Record(rows: rows, columns: $0) } : [] }
        trainingRecords = records(64)
        inferenceRecords = (0..<lanes).map { _ in records(Self.inferenceRows) }
    }

    private func forward(_ a: Activations, _ rows: Int, _ records: [Record], isTraining: Bool) -> MatrixView {
        let last = layers.count
        for i in 0..<last {
            let out = a[i + 1, rows]
            multiply(a[i, rows], layers[i].weight, into: out)
            if let norm = layers[i].norm {
                addBias(out, layers[i].bias)
                normalise(out, norm, records[i], isTraining: isTraining)
                tanhInPlace(out)
            } else if i + 1 < last {
                addBiasThenTanh(out, layers[i].bias)
            } else {
                addBias(out, layers[i].bias)
            }
        }
        return a[last, rows]
    }

    private func normalise(_ x: MatrixView, _ norm: Norm, _ record: Record, isTraining: Bool) {
        let normalized = record.normalized.matrix(rows: x.rows, columns: x.columns)
        // One row has no variance: it is normalised by the running statistics.
        if isTraining, x.rows > 1 {
            batchNormTraining(
                x, weight: norm.weight, bias: norm.bias, epsilon: Norm.epsilon, momentum: Norm.momentum, runningMean: norm.runningMean,
                runningVariance: norm.runningVariance, into: x, normalized: normalized, inverseDeviation: record.inverseDeviation.all)
        } else {
            batchNormInference(
                x, weight: norm.weight, bias: norm.bias, epsilon: Norm.epsilon, runningMean: norm.runningMean, runningVariance: norm.runningVariance,
                into: x, normalized: normalized, inverseDeviation: record.inverseDeviation.all)
        }
    }

    /// Output of the rows `indices` of `table`, [B x out], into `output`; B at most `inferenceRows`.
    func infer(_ table: MatrixView, _ indices: Span<Int32>, into output: MatrixView, lane: Int) {
        let a = inference[lane]
        gatherRows(table, indices, into: a[0, indices.count])
        output.copy(from: forward(a, indices.count, inferenceRecords[lane], isTraining: false))
    }

    func reserve(rows: Int) {
        if rows <= training.capacity { return }
        training = Activations(sizes: sizes, capacity: rows)
        slopes = Activations(sizes: sizes, capacity: rows)
        trainingRecords = trainingRecords.indices.map { Record(rows: rows, columns: sizes[$0 + 1]) }
    }

    /// Gradients of all parameters; `turn` overwrites the output with the loss's gradient. Returns the sum of their squares.
    func differentiate(_ table: MatrixView, _ indices: Span<Int32>, _ turn: (MatrixView) -> Void) -> Double {
        let rows = indices.count
        gatherRows(table, indices, into: training[0, rows])
        var slope = forward(training, rows, trainingRecords, isTraining: true)
        turn(slope)
        for i in layers.indices.reversed() {
            let layer = layers[i]
            if let norm = layer.norm {
                norm.weightGradient.fill(0)
                norm.biasGradient.fill(0)
                let record = trainingRecords[i]
                backwardThroughBatchNorm(
                    slope, normalized: record.normalized.matrix(rows: rows, columns: layer.outputs), inverseDeviation: record.inverseDeviation.all,
                    isTraining: rows > 1, weight: norm.weight, weightGradient: norm.weightGradient, biasGradient: norm.biasGradient)
            }
            multiply(training[i, rows], transposed: true, slope, into: layer.weightGradient)
            columnSums(slope, into: layer.biasGradient)
            if i > 0 {
                let below = slopes[i, rows]
                multiply(slope, transposed: false, layer.weight, transposed: true, into: below)
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
