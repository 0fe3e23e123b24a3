internal import RealModule

/// Eigenvalues (ascending) and eigenvectors of a symmetric matrix.
package struct SymmetricEigen: Sendable {
    package let size: Int
    package let values: [Double]
    /// Row i holds the unit eigenvector of `values[i]` (row-major [p x p]).
    package let vectors: [Double]
}

/// Householder tridiagonalisation followed by implicit QL with Wilkinson shifts (Golub and Van Loan 2013, 8.3). O(p^3); meant for p up to some hundred.
/// Only the upper triangle of `matrix` [p x p] is read. Traps when it is not p^2 finite numbers.
package func symmetricEigen(_ matrix: [Double], size p: Int) -> SymmetricEigen {
    precondition(matrix.count == p * p && p > 0, "symmetricEigen: \(matrix.count) values for size \(p)")
    precondition(matrix.allSatisfy(\.isFinite), "symmetricEigen: a value is not finite")
    var a = matrix
    for i in 0..<p { for j in 0..<i { a[i * p + j] = a[j * p + i] } }
    // q accumulates the reflections row-wise: row i becomes an eigenvector.
    var q = [Double](repeating: 0, count: p * p)
    for i in 0..<p { q[i * p + i] = 1 }
    var off = [Double](repeating: 0, count: p)
    var v = [Double](repeating: 0, count: p), w = v
    a.withUnsafeMutableBufferPointer { a in
        q.withUnsafeMutableBufferPointer { q in
            for k in 0..<max(p - 2, 0) {
                // Reflect column k below the diagonal onto its first entry.
                var norm = 0.0
                for i in k + 1..<p { norm += a[i * p + k] * a[i * p + k] }
                norm = Double.sqrt(norm)
                let head = a[(k + 1) * p + k]
                off[k] = head > 0 ? -norm : norm
                var length = 0.0
                for i in k + 1..<p {
                    v[i] = a[i * p + k] - (i == k + 1 ? off[k] : 0)
                    length += v[i] * v[i]
                }
                if length == 0 { continue }
                let beta = 2 / length
                // A <- H A H on the trailing block: w = beta A v - (beta^2/2 v'Av) v, A -= v w' + w v'.
                var vw = 0.0
                for i in k + 1..<p {
                    var s = 0.0
                    for j in k + 1..<p { s += a[i * p + j] * v[j] }
                    w[i] = beta * s
                    vw += v[i] * w[i]
                }
                for i in k + 1..<p { w[i] -= 0.5 * beta * vw * v[i] }
                for i in k + 1..<p {
                    let vi = v[i], wi = w[i]
                    for j in k + 1..<p { a[i * p + j] -= vi * w[j] + wi * v[j] }
                }
                // Q' <- H Q', rows.
                for j in 0..<p { w[j] = 0 }
                for i in k + 1..<p { for j in 0..<p { w[j] += v[i] * q[i * p + j] } }
                for i in k + 1..<p {
                    let f = beta * v[i]
                    for j in 0..<p { q[i * p + j] -= f * w[j] }
                }
            }
        }
    }
    if p > 1 { off[p - 2] = a[(p - 1) * p + p - 2] }
    var diagonal = (0..<p).map { a[$0 * p + $0] }
    implicitQL(&diagonal, &off, rows: &q, size: p)
    let order = (0..<p).sorted { diagonal[$0] < diagonal[$1] }
    return SymmetricEigen(size: p, values: order.map { diagonal[$0] }, vectors: order.flatMap { q[$0 * p..<($0 + 1) * p] })
}

/// Diagonalises a tridiagonal matrix (diagonal d, off-diagonal e, e[p - 1] unused), applying the rotations to pairs of rows.
private func implicitQL(_ d: inout [Double], _ e: inout [Double], rows: inout [Double], size p: Int) {
    rows.withUnsafeMutableBufferPointer { z in
        for l in 0..<p {
            var turns = 0
            while true {
                var m = l
                while m < p - 1 && abs(e[m]) > Double.ulpOfOne * (abs(d[m]) + abs(d[m + 1])) && abs(e[m]) > .leastNormalMagnitude { m += 1 }
                if m == l { break }
                turns += 1
                precondition(turns <= 80, "symmetricEigen: no convergence")
                var g = (d[l + 1] - d[l]) / (2 * e[l])
                var r = Double.hypot(g, 1)
                g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r))
                var s = 1.0, c = 1.0, moved = 0.0, i = m - 1, split = false
                while i >= l {
                    let f = s * e[i], b = c * e[i]
                    r = Double.hypot(f, g)
                    e[i + 1] = r
                    if r == 0 {
                        d[i + 1] -= moved
                        e[m] = 0
                        split = true
                        break
                    }
                    s = f / r
                    c = g / r
                    g = d[i + 1] - moved
                    r = (d[i] - g) * s + 2 * c * b
                    moved = s * r
                    d[i + 1] = g + moved
                    g = c * r - b
                    let upper = i * p, lower = (i + 1) * p
                    for k in 0..<p {
                        let x = z[lower + k], y = z[upper + k]
                        z[lower + k] = s * y + c * x
                        z[upper + k] = c * y - s * x
                    }
                    i -= 1
                }
                if split { continue }
                d[l] -= moved
                e[l] = g
                e[m] = 0
            }
        }
    }
}
