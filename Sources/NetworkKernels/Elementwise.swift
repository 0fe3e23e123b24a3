/// Applies `wide` to whole vectors and to a padded last one of every row of `x`, in place. The rest of a partial vector is left as it was.
@inlinable @inline(__always)
package func mapInPlace(_ x: MatrixView, _ wide: (_ values: SIMD16<Float>, _ row: Int, _ column: Int) -> SIMD16<Float>) {
    let whole = x.columns & ~15, rest = x.columns - whole
    for r in 0..<x.rows {
        let p = x.base + r * x.stride
        var c = 0
        while c < whole {
            store16(wide(load16(p + c), r, c), p + c)
            c += 16
        }
        if rest > 0 {
            var v = SIMD16<Float>(repeating: 0)
            for i in 0..<rest { v[i] = p[whole + i] }
            v = wide(v, r, whole)
            for i in 0..<rest { p[whole + i] = v[i] }
        }
    }
}

/// Up to 16 floats from `p`, the rest 0.
@inlinable @inline(__always)
package func loadPart(_ p: UnsafePointer<Float>, _ count: Int) -> SIMD16<Float> {
    if count >= 16 { return load16(p) }
    var v = SIMD16<Float>(repeating: 0)
    for i in 0..<count { v[i] = p[i] }
    return v
}

// The three loops below are written out, each with its partial last vector: through `mapInPlace` they took twice the time, its closure
// not being inlined everywhere.

/// x[r, c] += bias[c]: [B x n] + [1 x n].
package func addBias(_ x: MatrixView, _ bias: MatrixView) {
    precondition(bias.rows == 1 && bias.columns == x.columns, "bias [\(bias.rows) x \(bias.columns)] for [\(x.rows) x \(x.columns)]")
    let whole = x.columns & ~15, rest = x.columns - whole
    for r in 0..<x.rows {
        let p = x.base + r * x.stride
        var c = 0
        while c < whole {
            store16(load16(p + c) + load16(bias.base + c), p + c)
            c += 16
        }
        for i in whole..<whole + rest { p[i] += bias.base[i] }
    }
}

/// x = tanh(x + bias), in place: [B x n], [1 x n].
package func addBiasThenTanh(_ x: MatrixView, _ bias: MatrixView) {
    precondition(bias.rows == 1 && bias.columns == x.columns, "bias [\(bias.rows) x \(bias.columns)] for [\(x.rows) x \(x.columns)]")
    let whole = x.columns & ~15, rest = x.columns - whole
    for r in 0..<x.rows {
        let p = x.base + r * x.stride
        var c = 0
        while c < whole {
            store16(tanh16(load16(p + c) + load16(bias.base + c)), p + c)
            c += 16
        }
        if rest > 0 { storePart(tanh16(loadPart(p + whole, rest) + loadPart(bias.base + whole, rest)), p + whole, rest) }
    }
}

/// x = tanh(x), in place.
package func tanhInPlace(_ x: MatrixView) { mapInPlace(x) { v, _, _ in tanh16(v) } }

/// Gradient through tanh: g *= 1 - y^2 where y is tanh's output, in place: [B x n] both.
package func backwardThroughTanh(_ gradient: MatrixView, output y: MatrixView) {
    precondition(y.rows == gradient.rows && y.columns == gradient.columns, "output [\(y.rows) x \(y.columns)], gradient [\(gradient.rows) x \(gradient.columns)]")
    let whole = y.columns & ~15, rest = y.columns - whole
    for r in 0..<y.rows {
        let p = gradient.base + r * gradient.stride, q = y.base + r * y.stride
        var c = 0
        while c < whole {
            let g = load16(p + c), t = load16(q + c)
            store16(g - g * t * t, p + c)
            c += 16
        }
        for i in whole..<whole + rest { p[i] -= p[i] * q[i] * q[i] }
    }
}

/// sums[c] = beta sums[c] + sum over r of x[r, c], rows in order: [B x n] -> [1 x n]. The gradient of a bias.
package func columnSums(_ x: MatrixView, into sums: MatrixView, beta: Float = 0) {
    precondition(sums.rows == 1 && sums.columns == x.columns, "sums [\(sums.rows) x \(sums.columns)] of [\(x.rows) x \(x.columns)]")
    var c = 0
    while c < x.columns {
        let width = min(16, x.columns - c)
        var a = SIMD16<Float>(repeating: 0), b = a
        let p = x.base + c
        var r = 0
        if width == 16 {
            while r + 1 < x.rows {
                a += load16(p + r * x.stride)
                b += load16(p + (r + 1) * x.stride)
                r += 2
            }
        }
        while r < x.rows {
            a += loadPart(p + r * x.stride, width)
            r += 1
        }
        let total = a + b
        for i in 0..<width { sums.base[c + i] = (beta == 0 ? 0 : beta * sums.base[c + i]) + total[i] }
        c += 16
    }
}

/// Sum of squares of all elements of a contiguous view, in a fixed order; accumulated in four float vectors, then in double.
package func sumOfSquares(_ x: MatrixView) -> Double {
    precondition(x.isContiguous, "sumOfSquares of a view with stride")
    let n = x.count
    var a = SIMD16<Float>(repeating: 0), b = a, c = a, d = a
    var i = 0
    while i + 64 <= n {
        let p = x.base + i
        let v0 = load16(p), v1 = load16(p + 16), v2 = load16(p + 32), v3 = load16(p + 48)
        a.addProduct(v0, v0)
        b.addProduct(v1, v1)
        c.addProduct(v2, v2)
        d.addProduct(v3, v3)
        i += 64
    }
    while i < n {
        let v = loadPart(x.base + i, n - i)
        a.addProduct(v, v)
        i += 16
    }
    let total = (a + b) + (c + d)
    var sum = 0.0
    for lane in 0..<16 { sum += Double(total[lane]) }
    return sum
}

/// Copies the rows `indices` of `table` into `rows`, in that order: [T x F], [B] -> [B x F].
package func gatherRows(_ table: MatrixView, _ indices: Span<Int32>, into rows: MatrixView) {
    precondition(rows.rows == indices.count && rows.columns == table.columns, "\(indices.count) rows of \(table.columns) into [\(rows.rows) x \(rows.columns)]")
    for i in indices.indices {
        let index = Int(indices[i])
        precondition(index >= 0 && index < table.rows, "row \(index) of \(table.rows)")
        let from = table.base + index * table.stride, to = rows.base + i * rows.stride
        if table.columns < 16 {
            for c in 0..<table.columns { to[c] = from[c] }
            continue
        }
        // Whole vectors, the last one overlapping its neighbour: a call of memmove a row costs more than the copy.
        var c = 0
        while c + 16 <= table.columns {
            store16(load16(from + c), to + c)
            c += 16
        }
        if c < table.columns { store16(load16(from + table.columns - 16), to + table.columns - 16) }
    }
}

/// True when every element is finite.
package func isFinite(_ x: MatrixView) -> Bool {
    for r in 0..<x.rows {
        // 0 * v is 0 for finite v and NaN otherwise.
        var a = SIMD16<Float>(repeating: 0)
        var c = 0
        while c < x.columns {
            a += loadPart(x.base + r * x.stride + c, x.columns - c) * 0
            c += 16
        }
        if !(a.sum() == 0) { return false }
    }
    return true
}

/// out = e^x, element by element: [r x c] both, columns a multiple of 16.
package func exponentials(_ x: MatrixView, into out: MatrixView) {
    precondition(x.rows == out.rows && x.columns == out.columns && x.columns % 16 == 0, "[\(x.rows) x \(x.columns)] into [\(out.rows) x \(out.columns)]")
    for r in 0..<x.rows {
        for c in stride(from: 0, to: x.columns, by: 16) { store16(exp16(load16(x.base + r * x.stride + c)), out.base + r * out.stride + c) }
    }
}
