internal import CVectorMath

/// Soft-max of every row, in place: [B x n]. Finite inputs give probabilities that sum to 1 up to rounding; NaN or an infinity makes its row NaN.
///
/// `isPadded` says that the floats from the last column up to the next multiple of 16 belong to the row too; they become 0, and no lane is
/// stored alone, which is faster.
package func softmaxRows(_ x: MatrixView, isPadded: Bool = false) {
    let n = x.columns, lowest = -Float.greatestFiniteMagnitude
    requirePadding(x, isPadded)
    for r in 0..<x.rows {
        let p = x.base + r * x.stride
        if isPadded { for i in n..<(n + 15) / 16 * 16 { p[i] = lowest } }
        let reach = isPadded ? (n + 15) / 16 * 16 : n
        var top = SIMD16<Float>(repeating: -.infinity)
        forVectors(reach) { c, rest in top = assay_max(top, loadPart(p + c, rest, otherwise: lowest)) }
        let largest = maximum(top)
        var sums = SIMD16<Float>(repeating: 0)
        forVectors(reach) { c, rest in
            let v = loadPart(p + c, rest, otherwise: lowest)
            let e = exp16(v - largest)
            // The maximum and e^x drop NaN; 0 * v is NaN for NaN and infinities and brings it back.
            sums += e.addingProduct(v, SIMD16(repeating: 0))
            storePart(e, p + c, rest)
        }
        let scale = 1 / sums.sum()
        forVectors(reach) { c, rest in storePart(loadPart(p + c, rest) * scale, p + c, rest) }
    }
}

/// Gradient through soft-max, in place: g [B x n] of the probabilities p [B x n] -> scale p (g - sum(g p)) row by row.
///
/// `isPadded` as in `softmaxRows`, for both: the padding of p must be 0, as it leaves it; that of g becomes 0.
package func backwardThroughSoftmax(_ gradient: MatrixView, probabilities: MatrixView, scale: Float = 1, isPadded: Bool = false) {
    requireSameShape(gradient, probabilities)
    requirePadding(gradient, isPadded)
    requirePadding(probabilities, isPadded)
    let n = gradient.columns, reach = isPadded ? (n + 15) / 16 * 16 : n
    for r in 0..<gradient.rows {
        let g = gradient.base + r * gradient.stride, p = probabilities.base + r * probabilities.stride
        if isPadded { for i in n..<reach { g[i] = 0 } }
        var products = SIMD16<Float>(repeating: 0)
        forVectors(reach) { c, rest in products.addProduct(loadPart(g + c, rest), loadPart(p + c, rest)) }
        let mean = products.sum()
        forVectors(reach) { c, rest in storePart((loadPart(g + c, rest) - mean) * (loadPart(p + c, rest) * scale), g + c, rest) }
    }
}

private func requirePadding(_ x: MatrixView, _ isPadded: Bool) {
    precondition(!isPadded || x.stride >= (x.columns + 15) / 16 * 16, "[\(x.rows) x \(x.columns)] with stride \(x.stride) has no padding to whole vectors")
}

/// Up to 16 floats from `p`, the rest `value`.
@inline(__always)
private func loadPart(_ p: UnsafePointer<Float>, _ count: Int, otherwise value: Float) -> SIMD16<Float> {
    if count >= 16 { return load16(p) }
    var v = SIMD16<Float>(repeating: value)
    for i in 0..<count { v[i] = p[i] }
    return v
}

/// Largest of 16 lanes; not defined for NaN.
@inline(__always)
private func maximum(_ v: SIMD16<Float>) -> Float {
    let eight = v.lowHalf.replacing(with: v.highHalf, where: v.highHalf .> v.lowHalf)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
    return two[0] > two[1] ? two[0] : two[1]
}
