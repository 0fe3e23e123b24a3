internal import CVectorMath

/// What layer normalisation keeps for the way back: the normalised rows [B x n] and 1 / sqrt(variance + epsilon) of each [1 x B].
package struct LayerNormRecord: Sendable {
    package let normalized: MatrixView
    package let inverseDeviation: MatrixView

    package init(normalized: MatrixView, inverseDeviation: MatrixView) {
        precondition(
            inverseDeviation.isContiguous && inverseDeviation.count >= normalized.rows,
            "\(inverseDeviation.count) deviations for \(normalized.rows) rows")
        self.normalized = normalized
        self.inverseDeviation = inverseDeviation
    }

    package func rows(_ range: Range<Int>) -> LayerNormRecord {
        LayerNormRecord(normalized: normalized.rows(range), inverseDeviation: inverseDeviation.columns(range))
    }
}

/// y = weight (v - mean v) / sqrt(var v + epsilon) + bias row by row, where v = x (+ offset) (+ residual): [B x n], [1 x n], [B x n] -> [B x n].
///
/// Population variance over the row, taken around the mean. One pass joins the bias of the product before, the residual sum and the
/// normalisation. y may be x or the residual. Source: Ba, Kiros and Hinton 2016.
package func layerNorm(
    _ x: MatrixView, offset: MatrixView? = nil, residual: MatrixView? = nil, weight: MatrixView, bias: MatrixView, epsilon: Float,
    into y: MatrixView, record: LayerNormRecord
) {
    let n = x.columns
    requireSameShape(x, y)
    requireSameShape(x, record.normalized)
    precondition(weight.count == n && bias.count == n, "weight \(weight.count) and bias \(bias.count) for \(n) columns")
    if let offset { precondition(offset.count == n, "offset \(offset.count) for \(n) columns") }
    if let residual { requireSameShape(x, residual) }
    let scale = 1 / Float(n)
    for r in 0..<x.rows {
        let source = x.base + r * x.stride, kept = record.normalized.base + r * record.normalized.stride
        let target = y.base + r * y.stride
        var sums = SIMD16<Float>(repeating: 0)
        forVectors(n) { c, rest in
            var v = loadPart(source + c, rest)
            if let offset { v += loadPart(offset.base + c, rest) }
            if let residual { v += loadPart(residual.base + r * residual.stride + c, rest) }
            sums += v
            storePart(v, kept + c, rest)
        }
        let mean = sums.sum() * scale
        var squares = SIMD16<Float>(repeating: 0)
        forVectors(n) { c, rest in
            var d = loadPart(kept + c, rest) - mean
            if rest < 16 { for i in rest..<16 { d[i] = 0 } }
            squares.addProduct(d, d)
        }
        let inverse = 1 / (squares.sum() * scale + epsilon).squareRoot()
        record.inverseDeviation.base[r] = inverse
        forVectors(n) { c, rest in
            let normalized = (loadPart(kept + c, rest) - mean) * inverse
            storePart(normalized, kept + c, rest)
            storePart(loadPart(bias.base + c, rest).addingProduct(normalized, loadPart(weight.base + c, rest)), target + c, rest)
        }
    }
}

/// Gradient through layer normalisation, in place: g [B x n] turns from the output's gradient into the input's (and, where there was one, the
/// residual's); weightGradient and biasGradient [1 x n] are added to.
///
/// With h = g weight: input gradient = (h - mean h - normalized mean(h normalized)) / deviation.
package func backwardThroughLayerNorm(
    _ gradient: MatrixView, record: LayerNormRecord, weight: MatrixView, weightGradient: MatrixView, biasGradient: MatrixView
) {
    let n = gradient.columns
    requireSameShape(gradient, record.normalized)
    precondition(weight.count == n && weightGradient.count == n && biasGradient.count == n, "weight \(weight.count) for \(n) columns")
    let scale = 1 / Float(n)
    for r in 0..<gradient.rows {
        let g = gradient.base + r * gradient.stride, kept = record.normalized.base + r * record.normalized.stride
        var sums = SIMD16<Float>(repeating: 0), products = sums
        forVectors(n) { c, rest in
            let upstream = loadPart(g + c, rest), normalized = loadPart(kept + c, rest)
            storePart(loadPart(weightGradient.base + c, rest).addingProduct(upstream, normalized), weightGradient.base + c, rest)
            storePart(loadPart(biasGradient.base + c, rest) + upstream, biasGradient.base + c, rest)
            let h = upstream * loadPart(weight.base + c, rest)
            sums += h
            products.addProduct(h, normalized)
        }
        let mean = sums.sum() * scale, slope = products.sum() * scale
        let inverse = record.inverseDeviation.base[r]
        forVectors(n) { c, rest in
            let h = loadPart(g + c, rest) * loadPart(weight.base + c, rest)
            storePart((h - mean - loadPart(kept + c, rest) * slope) * inverse, g + c, rest)
        }
    }
}

/// Calls `body(column, columns left)` for every vector of a row of n floats.
@inline(__always)
func forVectors(_ n: Int, _ body: (Int, Int) -> Void) {
    var c = 0
    while c < n {
        body(c, n - c)
        c += 16
    }
}

/// Stores up to 16 floats.
@inline(__always)
func storePart(_ v: SIMD16<Float>, _ p: UnsafeMutablePointer<Float>, _ count: Int) {
    if count >= 16 {
        store16(v, p)
    } else {
        for i in 0..<count { p[i] = v[i] }
    }
}
