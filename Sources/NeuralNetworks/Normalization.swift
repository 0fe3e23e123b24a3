package import NetworkKernels

/// Layer normalisation over the columns: [B x n] -> [B x n]. Epsilon as PyTorch's default.
package struct LayerNorm: Sendable {
    package let weight: ParameterSlice
    package let bias: ParameterSlice
    package let epsilon: Float

    package init(_ name: String, width: Int, epsilon: Float = 1e-5, in layout: inout ParameterLayout) {
        weight = layout.add(name + ".weight", [width])
        bias = layout.add(name + ".bias", [width])
        self.epsilon = epsilon
    }

    /// y = norm(x + offset + residual); see the kernel `layerNorm`.
    package func forward(
        _ x: MatrixView, offset: MatrixView? = nil, residual: MatrixView? = nil, _ values: ParameterVector, into y: MatrixView, record: LayerNormRecord
    ) {
        layerNorm(x, offset: offset, residual: residual, weight: values[weight], bias: values[bias], epsilon: epsilon, into: y, record: record)
    }

    /// In place; adds to the parameters' gradients.
    package func backward(_ gradient: MatrixView, record: LayerNormRecord, _ values: ParameterVector, gradients: ParameterVector) {
        backwardThroughLayerNorm(
            gradient, record: record, weight: values[weight], weightGradient: gradients[weight], biasGradient: gradients[bias])
    }
}

/// Memory of one layer normalisation of up to `rows` rows.
package struct LayerNormMemory: Sendable {
    let normalized: FloatBlock, inverseDeviation: FloatBlock
    let width: Int

    package init(rows: Int, width: Int) {
        normalized = FloatBlock(count: rows * width)
        inverseDeviation = FloatBlock(count: rows)
        self.width = width
    }

    /// The record of the first `rows` rows.
    package func record(rows: Int) -> LayerNormRecord {
        LayerNormRecord(normalized: normalized.matrix(rows: rows, columns: width), inverseDeviation: inverseDeviation.row(0..<rows))
    }
}

/// Batch normalisation over the rows: [B x n] -> [B x n]. Momentum .1 and epsilon 1e-5 as PyTorch's defaults.
///
/// The running statistics are not parameters (no gradient, no optimiser step) but belong to the network: checkpoints save them under PyTorch's
/// buffer names, `NAME.running_mean` and `NAME.running_var`.
package struct BatchNorm: Sendable {
    package let weight: ParameterSlice
    package let bias: ParameterSlice
    package let epsilon: Float
    package let momentum: Float
    /// Means [0] and variances [1] of the rows seen so far, 0 and 1 at first: [2 x n].
    package let running: FloatBlock
    let width: Int

    package init(_ name: String, width: Int, epsilon: Float = 1e-5, momentum: Float = 0.1, in layout: inout ParameterLayout) {
        weight = layout.add(name + ".weight", [width])
        bias = layout.add(name + ".bias", [width])
        self.epsilon = epsilon
        self.momentum = momentum
        self.width = width
        running = FloatBlock([Float](repeating: 0, count: width) + [Float](repeating: 1, count: width))
    }

    package var runningMean: MatrixView { running.row(0..<width) }
    package var runningVariance: MatrixView { running.row(width..<2 * width) }

    /// Training uses the batch's statistics and moves the running ones; inference uses the running ones.
    package func forward(_ x: MatrixView, _ values: ParameterVector, isTraining: Bool, into y: MatrixView, memory: BatchNormMemory) {
        let normalized = memory.normalized.matrix(rows: x.rows, columns: width)
        let inverse = memory.inverseDeviation.row(0..<width)
        if isTraining {
            batchNormTraining(
                x, weight: values[weight], bias: values[bias], epsilon: epsilon, momentum: momentum, runningMean: runningMean,
                runningVariance: runningVariance, into: y, normalized: normalized, inverseDeviation: inverse)
        } else {
            batchNormInference(
                x, weight: values[weight], bias: values[bias], epsilon: epsilon, runningMean: runningMean, runningVariance: runningVariance,
                into: y, normalized: normalized, inverseDeviation: inverse)
        }
    }

    /// In place, for the mode that the forward pass used; adds to the parameters' gradients.
    package func backward(_ gradient: MatrixView, _ values: ParameterVector, isTraining: Bool, memory: BatchNormMemory, gradients: ParameterVector) {
        backwardThroughBatchNorm(
            gradient, normalized: memory.normalized.matrix(rows: gradient.rows, columns: width), inverseDeviation: memory.inverseDeviation.row(0..<width),
            isTraining: isTraining, weight: values[weight], weightGradient: gradients[weight], biasGradient: gradients[bias])
    }

    /// Memory for batches of up to `rows` rows.
    package func memory(rows: Int) -> BatchNormMemory { BatchNormMemory(rows: rows, width: width) }
}

/// What batch normalisation keeps for the way back, for batches of up to `rows` rows.
package struct BatchNormMemory: Sendable {
    let normalized: FloatBlock, inverseDeviation: FloatBlock

    init(rows: Int, width: Int) {
        normalized = FloatBlock(count: rows * width)
        inverseDeviation = FloatBlock(count: width)
    }
}
