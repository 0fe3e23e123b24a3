internal import CVectorMath

/// One step of Adam on a contiguous piece of the parameters, in place.
///
/// g' = scale g (+ `weightDecay` w when not decoupled); m = b1 m + (1 - b1) g'; v = b2 v + (1 - b2) g'^2;
/// w = (1 - rate weightDecay) w when decoupled; w -= rate / (1 - b1^step) m / (sqrt(v / (1 - b2^step)) + epsilon).
/// Source: Kingma and Ba 2015, algorithm 1; AdamW: Loshchilov and Hutter 2019; order of operations as in PyTorch.
package func adamStep(
    _ w: MatrixView, gradient g: MatrixView, first m: MatrixView, second v: MatrixView, scale: Float, rate: Double, beta1: Double,
    beta2: Double, epsilon: Double, step: Int, weightDecay: Double = 0, isDecoupled: Bool = false
) {
    let n = w.count
    precondition(g.count == n && m.count == n && v.count == n, "parameters \(n), gradients \(g.count), moments \(m.count) and \(v.count)")
    precondition(w.isContiguous && g.isContiguous && m.isContiguous && v.isContiguous, "adamStep on a view with stride")
    precondition(step >= 1, "adamStep: step \(step)")
    var power1 = 1.0, power2 = 1.0
    // b^step by squaring: the same on every machine, unlike the C library's pow.
    var exponent = step, base1 = beta1, base2 = beta2
    while exponent > 0 {
        if exponent & 1 == 1 {
            power1 *= base1
            power2 *= base2
        }
        base1 *= base1
        base2 *= base2
        exponent >>= 1
    }
    let constants = AdamConstants(
        stepSize: Float(-rate / (1 - power1)), rootCorrection: Float(1 / (1 - power2).squareRoot()), beta1: Float(beta1), oneMinusBeta1: Float(1 - beta1),
        beta2: Float(beta2), oneMinusBeta2: Float(1 - beta2), epsilon: Float(epsilon), scale: scale,
        keep: isDecoupled ? Float(1 - rate * weightDecay) : 1, decay: isDecoupled ? 0 : Float(weightDecay))
    let whole = n & ~15
    var i = 0
    while i < whole {
        let new = constants.update(load16(w.base + i), load16(g.base + i), load16(m.base + i), load16(v.base + i))
        store16(new.0, w.base + i)
        store16(new.1, m.base + i)
        store16(new.2, v.base + i)
        i += 16
    }
    if whole < n {
        let rest = n - whole
        let new = constants.update(loadPart(w.base + i, rest), loadPart(g.base + i, rest), loadPart(m.base + i, rest), loadPart(v.base + i, rest))
        for k in 0..<rest {
            w.base[i + k] = new.0[k]
            m.base[i + k] = new.1[k]
            v.base[i + k] = new.2[k]
        }
    }
}

/// The numbers of one step, as the loop wants them. A type of its own because a function nested in `adamStep` is not inlined: the step
/// then takes eight times as long.
private struct AdamConstants {
    var stepSize, rootCorrection, beta1, oneMinusBeta1, beta2, oneMinusBeta2, epsilon, scale, keep, decay: Float

    @inline(__always)
    func update(
        _ w: SIMD16<Float>, _ g: SIMD16<Float>, _ m: SIMD16<Float>, _ v: SIMD16<Float>
    ) -> (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>) {
        let gradient = (g * scale).addingProduct(SIMD16(repeating: decay), w)
        let first = (m * beta1).addingProduct(SIMD16(repeating: oneMinusBeta1), gradient)
        let second = (v * beta2).addingProduct(gradient * oneMinusBeta2, gradient)
        let denominator = SIMD16(repeating: epsilon).addingProduct(assay_sqrt(second), SIMD16(repeating: rootCorrection))
        return ((w * keep).addingProduct(SIMD16(repeating: stepSize), first / denominator), first, second)
    }
}
