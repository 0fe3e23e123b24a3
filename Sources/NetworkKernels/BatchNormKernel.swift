/// Batch normalisation over the rows of a minibatch: y = weight (x - mean) / sqrt(var + epsilon) + bias, by column: [B x n] -> [B x n].
///
/// Uses the batch's own mean and population variance, keeps them normalised in `record`, and moves the running statistics:
/// running = (1 - momentum) running + momentum batch, with the unbiased variance (divisor B - 1), as PyTorch does.
/// `inverseDeviation` [1 x n]. Needs at least two rows. Source: Ioffe and Szegedy 2015, algorithm 1.
package func batchNormTraining(
    _ x: MatrixView, weight: MatrixView, bias: MatrixView, epsilon: Float, momentum: Float, runningMean: MatrixView, runningVariance: MatrixView,
    into y: MatrixView, normalized: MatrixView, inverseDeviation: MatrixView
) {
    let n = x.columns, rows = x.rows
    requireSameShape(x, y)
    requireSameShape(x, normalized)
    precondition(rows >= 2, "batch normalisation of \(rows) row: a variance needs two")
    let share = 1 / Float(rows)
    forVectors(n) { c, rest in
        var sum = SIMD16<Float>(repeating: 0), squares = sum
        for r in 0..<rows { sum += loadPart(x.base + r * x.stride + c, rest) }
        let mean = sum * share
        for r in 0..<rows {
            let d = loadPart(x.base + r * x.stride + c, rest) - mean
            squares.addProduct(d, d)
        }
        let variance = squares * share
        var inverse = SIMD16<Float>(repeating: 0)
        for i in 0..<min(16, rest) { inverse[i] = 1 / (variance[i] + epsilon).squareRoot() }
        storePart(inverse, inverseDeviation.base + c, rest)
        let w = loadPart(weight.base + c, rest), b = loadPart(bias.base + c, rest)
        for r in 0..<rows {
            let v = (loadPart(x.base + r * x.stride + c, rest) - mean) * inverse
            storePart(v, normalized.base + r * normalized.stride + c, rest)
            storePart(b.addingProduct(v, w), y.base + r * y.stride + c, rest)
        }
        let unbiased = squares * (1 / Float(rows - 1))
        storePart(loadPart(runningMean.base + c, rest) * (1 - momentum) + mean * momentum, runningMean.base + c, rest)
        storePart(loadPart(runningVariance.base + c, rest) * (1 - momentum) + unbiased * momentum, runningVariance.base + c, rest)
    }
}

/// Batch normalisation with the running statistics, which it leaves alone: [B x n] -> [B x n]. `normalized` and `inverseDeviation` as in training.
package func batchNormInference(
    _ x: MatrixView, weight: MatrixView, bias: MatrixView, epsilon: Float, runningMean: MatrixView, runningVariance: MatrixView,
    into y: MatrixView, normalized: MatrixView, inverseDeviation: MatrixView
) {
    requireSameShape(x, y)
    requireSameShape(x, normalized)
    forVectors(x.columns) { c, rest in
        let variance = loadPart(runningVariance.base + c, rest), mean = loadPart(runningMean.base + c, rest)
        var inverse = SIMD16<Float>(repeating: 0)
        for i in 0..<min(16, rest) { inverse[i] = 1 / (variance[i] + epsilon).squareRoot() }
        storePart(inverse, inverseDeviation.base + c, rest)
        let w = loadPart(weight.base + c, rest), b = loadPart(bias.base + c, rest)
        for r in 0..<x.rows {
            let v = (loadPart(x.base + r * x.stride + c, rest) - mean) * inverse
            storePart(v, normalized.base + r * normalized.stride + c, rest)
            storePart(b.addingProduct(v, w), y.base + r * y.stride + c, rest)
        }
    }
}

/// Gradient through batch normalisation, in place: g [B x n] turns from the output's gradient into the input's; weight and bias gradients are
/// added to. In training the statistics depend on x: g = weight / deviation (g - mean g - normalized mean(g normalized)), by column.
package func backwardThroughBatchNorm(
    _ gradient: MatrixView, normalized: MatrixView, inverseDeviation: MatrixView, isTraining: Bool, weight: MatrixView, weightGradient: MatrixView,
    biasGradient: MatrixView
) {
    requireSameShape(gradient, normalized)
    let rows = gradient.rows, share = 1 / Float(max(1, rows))
    forVectors(gradient.columns) { c, rest in
        var sum = SIMD16<Float>(repeating: 0), products = sum
        for r in 0..<rows {
            let g = loadPart(gradient.base + r * gradient.stride + c, rest)
            sum += g
            products.addProduct(g, loadPart(normalized.base + r * normalized.stride + c, rest))
        }
        storePart(loadPart(weightGradient.base + c, rest) + products, weightGradient.base + c, rest)
        storePart(loadPart(biasGradient.base + c, rest) + sum, biasGradient.base + c, rest)
        let factor = loadPart(weight.base + c, rest) * loadPart(inverseDeviation.base + c, rest)
        let mean = sum * share, slope = products * share
        for r in 0..<rows {
            let p = gradient.base + r * gradient.stride + c
            var g = loadPart(p, rest)
            if isTraining { g -= mean + slope * loadPart(normalized.base + r * normalized.stride + c, rest) }
            storePart(factor * g, p, rest)
        }
    }
}
