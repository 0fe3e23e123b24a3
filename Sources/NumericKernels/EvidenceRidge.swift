internal import RealModule

/// Ridge regression y = X b + noise with a normal prior on b, its strength chosen by the marginal likelihood.
///
/// Model: b ~ N(0, s^2/k I), noise ~ N(0, s^2 I). With X'X = V' diag(d) V and z = V X'y the log evidence, s^2 profiled out, is
/// -n/2 ln(y'y - sum z^2/(d+k)) - 1/2 sum ln(1 + d/k); it is evaluated on a grid of k and the best k taken. Without signal the largest
/// k wins and b is practically 0. Source: MacKay 1992, "Bayesian interpolation", sections 4 and 5.
package struct EvidenceRidge: Sendable {
    private let values: [Double]
    private let vectors: [Double]
    private let rows: Int

    /// - Parameter gram: of the training rows.
    package init(_ gram: GramMatrix) {
        (values, vectors) = gram.eigen()
        rows = gram.rows
    }

    /// Coefficients [P] for X'y [P] and y'y of the training rows, and the penalty k that won.
    package func solve(_ xy: [Double], sumOfSquares: Double) -> (coefficients: [Double], penalty: Double) {
        let p = values.count
        precondition(xy.count == p, "X'y of \(xy.count) values, width \(p)")
        var z = [Double](repeating: 0, count: p)
        for i in 0..<p {
            var sum = 0.0
            for j in 0..<p { sum += vectors[i * p + j] * xy[j] }
            z[i] = sum
        }
        let n = Double(rows), top = max(values.last ?? 0, 1e-300)
        var best = (score: -Double.infinity, penalty: Double.infinity)
        // From a thousandth of the largest eigenvalue to a million times it: at the upper end nothing is left of b.
        for step in 0...72 {
            let k = top * Double.exp(Double.log(10) * (Double(step) / 8 - 3))
            var explained = 0.0, logs = 0.0
            for i in 0..<p {
                let d = max(values[i], 0)
                explained += z[i] * z[i] / (d + k)
                logs += Double.log(onePlus: d / k)
            }
            let rest = max(sumOfSquares - explained, 1e-300)
            let score = -0.5 * n * Double.log(rest) - 0.5 * logs
            if score > best.score { best = (score, k) }
        }
        var b = [Double](repeating: 0, count: p)
        for i in 0..<p {
            let scaled = z[i] / (max(values[i], 0) + best.penalty)
            for j in 0..<p { b[j] += vectors[i * p + j] * scaled }
        }
        return (b, best.penalty)
    }

    /// X'X^-1 applied to `v` [P]; directions without spread are left out.
    package func inverse(_ v: [Double]) -> [Double] {
        let p = values.count, floor = 1e-10 * max(values.last ?? 0, 0)
        var out = [Double](repeating: 0, count: p)
        for i in 0..<p where values[i] > floor {
            var sum = 0.0
            for j in 0..<p { sum += vectors[i * p + j] * v[j] }
            for j in 0..<p { out[j] += vectors[i * p + j] * sum / values[i] }
        }
        return out
    }

    /// Rows W with (X'X)^-1 = W' W, [P P]; and the number of directions with spread.
    package func inverseRoot() -> (root: [Double], rank: Int) {
        let p = values.count, floor = 1e-10 * max(values.last ?? 0, 0)
        var root = [Double](repeating: 0, count: p * p), rank = 0
        for i in 0..<p where values[i] > floor {
            rank += 1
            let scale = 1 / Double.sqrt(values[i])
            for j in 0..<p { root[i * p + j] = vectors[i * p + j] * scale }
        }
        return (root, rank)
    }
}
