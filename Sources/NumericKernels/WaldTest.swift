internal import RealModule

/// Whether any slope of a linear regression differs from zero, robust to heteroskedasticity.
package struct WaldTest: Sendable {
    /// W = b' V^-1 b; chi-square with `degrees` degrees of freedom when all slopes are zero and errors are uncorrelated.
    package let statistic: Double
    /// Rank of V: columns that repeat others do not count.
    package let degrees: Int
    /// P(chi-square >= W).
    package let pValue: Double
    /// OLS slopes [p], minimum-norm (in units of column standard deviations) where columns repeat each other.
    package let coefficients: [Double]
    /// HC0 standard errors [p].
    package let standardErrors: [Double]
    package let intercept: Double
    /// 1 - RSS / TSS.
    package let rSquared: Double
    package let rows: Int
}

/// Ordinary least squares with White's covariance (HC0, 1980): V = S^-1 M S^-1, S = sum x x', M = sum e^2 x x', x the centred row and e the OLS
/// residual, which is the slope block of the sandwich with an intercept. So W = b'V^-1 b = c' M^-1 c with c = sum x y.
///
/// - Parameters: columns of the design matrix as for `RidgePath`; `rows` restricts it, e.g. to one regime.
/// Nil when there are not more rows than features + 1, or the target or all features are constant.
package func robustWald(_ design: DesignMatrix, features: Range<Int>, target: Int, rows chosen: [Int]? = nil) -> WaldTest? {
    let z = chosen.map { design.select($0) } ?? design
    guard let fit = RobustRegression(z.gram(rows: 0..<z.rows), features: features, target: target) else { return nil }
    return fit.test(fit.scores(z))
}

/// `robustWald` in two passes over data that come in parts: least squares from the sum of the parts' Gram matrices, then the scores of every part.
package struct RobustRegression: Sendable {
    private let features: Range<Int>
    private let target: Int
    private let count: Double
    private let total: Double
    private let means: [Double]
    /// 1 / norm of each column, 0 for a constant one: ranks do not depend on units.
    private let units: [Double]
    private let products: [Double]
    private let inverse: PseudoInverse
    private let slopes: [Double]
    private let intercept: Double

    /// Sums over rows of the scores' products (row x residual, centred, in units of the columns' norms) [p x p], and of squared residuals.
    package struct Scores: Sendable {
        var meat: [Double]
        var residualSquares: Double

        package static func + (a: Scores, b: Scores) -> Scores {
            Scores(meat: zip(a.meat, b.meat).map { $0 + $1 }, residualSquares: a.residualSquares + b.residualSquares)
        }
    }

    /// Nil as for `robustWald`.
    package init?(_ gram: GramMatrix, features: Range<Int>, target: Int) {
        let p = features.count, first = features.lowerBound
        if gram.count <= Double(p + 1) || p == 0 { return nil }
        total = gram.centred(target, target)
        let scales = features.map { Double.sqrt(max(gram.centred($0, $0), 0)) }
        if !(total > 0) || scales.allSatisfy({ $0 == 0 }) { return nil }
        let units = scales.map { $0 > 0 ? 1 / $0 : 0 }
        var s = [Double](repeating: 0, count: p * p)
        for i in 0..<p { for j in i..<p { s[i * p + j] = gram.centred(first + i, first + j) * units[i] * units[j] } }
        products = (0..<p).map { gram.centred(first + $0, target) * units[$0] }
        inverse = PseudoInverse(s, size: p)
        let b = inverse.apply(products)
        slopes = (0..<p).map { b[$0] * units[$0] }
        means = features.map { gram.mean($0) }
        intercept = gram.mean(target) - zip(slopes, means).reduce(0) { $0 + $1.0 * $1.1 }
        self.units = units
        self.features = features
        self.target = target
        count = gram.count
    }

    /// The scores of some rows of `z`, all of them when nil.
    package func scores(_ z: DesignMatrix, rows chosen: [Int]? = nil) -> Scores {
        let p = features.count, first = features.lowerBound, n = chosen?.count ?? z.rows
        var scores = [Double](repeating: 0, count: n * p), residualSquares = 0.0
        z.values.withUnsafeBufferPointer { values in
            for i in 0..<n {
                let row = (chosen?[i] ?? i) * z.width + 1
                var e = values[row + target] - intercept
                for j in 0..<p { e -= slopes[j] * values[row + first + j] }
                residualSquares += e * e
                for j in 0..<p { scores[i * p + j] = e * (values[row + first + j] - means[j]) * units[j] }
            }
        }
        let meat = scores.withUnsafeBufferPointer { $0.isEmpty ? [Double](repeating: 0, count: p * p) : productSums($0.baseAddress!, rows: n, width: p).values }
        return Scores(meat: meat, residualSquares: residualSquares)
    }

    /// The test, from the scores of all rows that were fitted on.
    package func test(_ scores: Scores) -> WaldTest {
        let p = features.count, meatInverse = PseudoInverse(scores.meat, size: p)
        let w = zip(products, meatInverse.apply(products)).reduce(0) { $0 + $1.0 * $1.1 }
        let errors = (0..<p).map { i -> Double in
            let row = inverse.row(i)
            var v = 0.0
            for j in 0..<p { for k in 0..<p { v += row[j] * scores.meat[j * p + k] * row[k] } }
            return Double.sqrt(max(v, 0)) * units[i]
        }
        return WaldTest(
            statistic: w, degrees: meatInverse.rank, pValue: 1 - chiSquareCDF(w, degrees: Double(max(meatInverse.rank, 1))), coefficients: slopes,
            standardErrors: errors, intercept: intercept, rSquared: 1 - scores.residualSquares / total, rows: Int(count))
    }
}

/// Inverse of a symmetric non-negative matrix on the space where its eigenvalues exceed 1e-10 of the largest.
private struct PseudoInverse: Sendable {
    let eigen: SymmetricEigen
    let reciprocal: [Double]
    var rank: Int { reciprocal.count { $0 > 0 } }

    init(_ matrix: [Double], size: Int) {
        let eigen = symmetricEigen(matrix, size: size)
        let floor = 1e-10 * (eigen.values.last ?? 0)
        reciprocal = eigen.values.map { $0 > floor && $0 > 0 ? 1 / $0 : 0 }
        self.eigen = eigen
    }

    func apply(_ x: [Double]) -> [Double] {
        let p = eigen.size
        var out = [Double](repeating: 0, count: p)
        for i in 0..<p where reciprocal[i] > 0 {
            let z = (0..<p).reduce(0.0) { $0 + eigen.vectors[i * p + $1] * x[$1] } * reciprocal[i]
            for j in 0..<p { out[j] += z * eigen.vectors[i * p + j] }
        }
        return out
    }

    func row(_ k: Int) -> [Double] {
        var unit = [Double](repeating: 0, count: eigen.size)
        unit[k] = 1
        return apply(unit)
    }
}
