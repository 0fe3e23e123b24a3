/// How the error function inside GELU is taken.
package enum GELUForm: String, Sendable, CaseIterable {
    /// x Phi(x) with the error function itself; PyTorch's default.
    case exact
    /// The approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); PyTorch's `approximate="tanh"`.
    case tanh
}

/// x = max(x + bias, 0), in place: [B x n], [1 x n]. NaN stays NaN.
package func addBiasThenReLU(_ x: MatrixView, _ bias: MatrixView) {
    precondition(bias.rows == 1 && bias.columns == x.columns, "bias [\(bias.rows) x \(bias.columns)] for [\(x.rows) x \(x.columns)]")
    let b = bias.base, n = x.columns
    mapInPlace(x) { v, _, c in positivePart(v + loadPart(b + c, n - c)) }
}

/// y = max(x, 0): [B x n] both; y may be x. NaN stays NaN.
package func relu(_ x: MatrixView, into y: MatrixView) { map(x, into: y) { positivePart($0) } }

/// Not the processor's maximum, which turns NaN into 0 and so hides a network that has broken down.
@inline(__always)
private func positivePart(_ v: SIMD16<Float>) -> SIMD16<Float> { v.replacing(with: 0, where: v .< 0) }

/// y = tanh x: [B x n] both; y may be x.
package func tanh(_ x: MatrixView, into y: MatrixView) { map(x, into: y) { tanh16($0) } }

/// Gradient through ReLU: g = 0 where its output y is 0, in place: [B x n] both. The derivative at 0 is 0, as in PyTorch.
package func backwardThroughReLU(_ gradient: MatrixView, output y: MatrixView) {
    requireSameShape(gradient, y)
    let n = y.columns
    mapInPlace(gradient) { g, r, c in g.replacing(with: 0, where: loadPart(y.base + r * y.stride + c, n - c) .<= 0) }
}

/// `backwardThroughReLU`, and biasGradient += column sums of the result, in one pass over memory: [B x n], [B x n], [1 x n].
package func backwardThroughReLU(_ gradient: MatrixView, output y: MatrixView, biasGradient: MatrixView) {
    requireSameShape(gradient, y)
    precondition(biasGradient.rows == 1 && biasGradient.columns == y.columns, "bias gradient [\(biasGradient.rows) x \(biasGradient.columns)] for \(y.columns) columns")
    guard y.columns & 15 == 0 else {
        backwardThroughReLU(gradient, output: y)
        addColumnSums(gradient, into: biasGradient)
        return
    }
    for r in 0..<y.rows {
        let g = gradient.base + r * gradient.stride, o = y.base + r * y.stride, sums = biasGradient.base
        var c = 0
        while c < y.columns {
            let kept = load16(g + c).replacing(with: 0, where: load16(o + c) .<= 0)
            store16(kept, g + c)
            store16(load16(sums + c) + kept, sums + c)
            c += 16
        }
    }
}

/// sums += column sums of x, row by row in order: [B x n] -> [1 x n]. Reads x once from front to back, unlike `columnSums`, which walks down
/// the columns and suits few or short rows.
package func addColumnSums(_ x: MatrixView, into sums: MatrixView) {
    precondition(sums.rows == 1 && sums.columns == x.columns, "sums [\(sums.rows) x \(sums.columns)] of [\(x.rows) x \(x.columns)]")
    guard x.columns & 15 == 0 else { return columnSums(x, into: sums, beta: 1) }
    var r = 0
    while r < x.rows {
        let p = x.base + r * x.stride, next = r + 1 < x.rows
        var c = 0
        while c < x.columns {
            let pair = next ? load16(p + c) + load16(p + x.stride + c) : load16(p + c)
            store16(load16(sums.base + c) + pair, sums.base + c)
            c += 16
        }
        r += 2
    }
}

/// y += scale x: [B x n] both.
package func add(_ x: MatrixView, into y: MatrixView, scale: Float = 1) {
    requireSameShape(x, y)
    let factor = SIMD16<Float>(repeating: scale), n = x.columns
    mapInPlace(y) { v, r, c in v.addingProduct(factor, loadPart(x.base + r * x.stride + c, n - c)) }
}

/// y = GELU(x): [B x n] both; y must not be x, because the way back needs x.
///
/// Source: Hendrycks and Gimpel 2016. Absolute error below 1e-6 max(1, |x|): for x far below 0 the true value is smaller than that.
package func gelu(_ x: MatrixView, into y: MatrixView, form: GELUForm = .exact) {
    switch form {
    case .exact: map(x, into: y) { v in 0.5 * v * (1 + erf16(v * Float(0.7071067811865476))) }
    case .tanh: map(x, into: y) { v in 0.5 * v * (1 + tanh16(geluArgument(v))) }
    }
}

/// Gradient through GELU: g *= GELU'(x) for its input x, in place: [B x n] both.
package func backwardThroughGELU(_ gradient: MatrixView, input x: MatrixView, form: GELUForm = .exact) {
    requireSameShape(gradient, x)
    let n = x.columns
    switch form {
    case .exact:
        mapInPlace(gradient) { g, r, c in
            let v = loadPart(x.base + r * x.stride + c, n - c)
            // GELU' = Phi(x) + x phi(x)
            let density = exp16(v * v * Float(-0.5)) * Float(0.3989422804014327)
            return g * (0.5 * (1 + erf16(v * Float(0.7071067811865476)))).addingProduct(v, density)
        }
    case .tanh:
        mapInPlace(gradient) { g, r, c in
            let v = loadPart(x.base + r * x.stride + c, n - c)
            let argument = geluArgument(v), t = tanh16(argument)
            // tanh16 stops just short of 1; far out, where x^3 would blow that up, tanh is flat.
            let bend = (1 - t * t).replacing(with: 0, where: argument * argument .> 64)
            let slope = Float(0.7978845608028654) * (1 + Float(3 * 0.044715) * v * v)
            return g * (0.5 * (1 + t)).addingProduct(0.5 * v * bend, slope)
        }
    }
}

@inline(__always)
private func geluArgument(_ v: SIMD16<Float>) -> SIMD16<Float> {
    Float(0.7978845608028654) * v * (1 + Float(0.044715) * v * v)
}

/// y = f(x) element by element: [B x n] both.
@inline(__always)
private func map(_ x: MatrixView, into y: MatrixView, _ f: (SIMD16<Float>) -> SIMD16<Float>) {
    requireSameShape(x, y)
    let n = x.columns
    mapInPlace(y) { _, r, c in f(loadPart(x.base + r * x.stride + c, n - c)) }
}

@inline(__always)
func requireSameShape(_ a: MatrixView, _ b: MatrixView) {
    precondition(a.rows == b.rows && a.columns == b.columns, "[\(a.rows) x \(a.columns)] beside [\(b.rows) x \(b.columns)]")
}
