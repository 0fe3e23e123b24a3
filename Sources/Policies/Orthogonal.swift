package import NumericKernels

/// A random matrix [rows x columns], row-major, with orthonormal rows or columns (whichever are fewer), times `gain`.
///
/// A Gaussian matrix made orthonormal by Gram and Schmidt's method, applied twice, in double; its QR factor with positive diagonal, which
/// is uniform (Haar) as PyTorch's `orthogonal_` is. Source: Saxe, McClelland and Ganguli 2014.
package func orthogonalMatrix(rows: Int, columns: Int, gain: Double, _ random: inout RandomStream) -> [Float] {
    let count = min(rows, columns), length = max(rows, columns)
    var vectors: [[Double]] = []
    for _ in 0..<count {
        var v = (0..<length).map { _ in random.gaussian() }
        for _ in 0..<2 {
            for u in vectors {
                var dot = 0.0
                for i in 0..<length { dot += u[i] * v[i] }
                for i in 0..<length { v[i] -= dot * u[i] }
            }
        }
        let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
        vectors.append(v.map { $0 / norm })
    }
    var matrix = [Float](repeating: 0, count: rows * columns)
    for r in 0..<rows {
        for c in 0..<columns { matrix[r * columns + c] = Float(gain * (rows <= columns ? vectors[r][c] : vectors[c][r])) }
    }
    return matrix
}
