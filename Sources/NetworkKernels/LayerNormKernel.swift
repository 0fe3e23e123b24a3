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
    // Whether there is an offset or a residual is settled once, outside the loops.
    switch (offset, residual) {
    case (nil, nil): normalizeRows(x, weight, bias, epsilon, into: y, record) { v, _, _, _ in v }
    case (let offset?, nil): normalizeRows(x, weight, bias, epsilon, into: y, record) { v, _, c, rest in v + loadPart(offset.base + c, rest) }
    case (nil, let residual?):
        normalizeRows(x, weight, bias, epsilon, into: y, record) { v, r, c, rest in v + loadPart(residual.base + r * residual.stride + c, rest) }
    case (let offset?, let residual?):
        normalizeRows(x, weight, bias, epsilon, into: y, record) { v, r, c, rest in
            v + loadPart(offset.base + c, rest) + loadPart(residual.base + r * residual.stride + c, rest)
        }
    }
}

@inline(__always)
private func normalizeRows(
    _ x: MatrixView, _ weight: MatrixView, _ bias: MatrixView, _ epsilon: Float, into y: MatrixView, _ record: LayerNormRecord,
    _ complete: (_ v: SIMD16<Float>, _ row: Int, _ column: Int, _ left: Int) -> SIMD16<Float>
) {
    let n = x.columns, scale = 1 / Float(n), whole = n & ~15, rest = n - whole
    for r in 0..<x.rows {
        let source = x.base + r * x.stride, kept = record.normalized.base + r * record.normalized.stride
        let target = y.base + r * y.stride
        var sums = SIMD16<Float>(repeating: 0), c = 0
        while c < whole {
            let v = complete(load16(source + c), r, c, 16)
            sums += v
            store16(v, kept + c)
            c += 16
        }
        if rest > 0 {
            let v = complete(loadPart(source + whole, rest), r, whole, rest)
            sums += v
            storePart(v, kept + whole, rest)
        }
        let mean = sums.sum() * scale
        var squares = SIMD16<Float>(repeating: 0)
        c = 0
        while c < whole {
            let d = load16(kept + c) - mean
            squares.addProduct(d, d)
            c += 16
        }
        var sum = squares.sum()
        for i in 0..<rest { sum += (kept[whole + i] - mean) * (kept[whole + i] - mean) }
        let inverse = 1 / (sum * scale + epsilon).squareRoot()
        record.inverseDeviation.base[r] = inverse
        c = 0
        while c < whole {
            let normalized = (load16(kept + c) - mean) * inverse
            store16(normalized, kept + c)
            store16(load16(bias.base + c).addingProduct(normalized, load16(weight.base + c)), target + c)
            c += 16
        }
        if rest > 0 {
            let normalized = (loadPart(kept + whole, rest) - mean) * inverse
            storePart(normalized, kept + whole, rest)
            storePart(loadPart(bias.base + whole, rest).addingProduct(normalized, loadPart(weight.base + whole, rest)), target + whole, rest)
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
