internal import RealModule

/// One ridge fit: minimises |y - a - X b|^2 + penalty |b|^2, the intercept a not penalised.
package struct RidgeFit: Sendable {
    package let penalty: Double
    /// b [p], in the units of the columns as given: scale the columns alike first.
    package let coefficients: [Double]
    package let intercept: Double
    /// sum l / (l + penalty) over the eigenvalues l of the centred Gram matrix; the intercept not counted.
    package let effectiveDegrees: Double
    /// Sum of squared residuals on the fitted rows.
    package let residualSquares: Double
    /// Log marginal likelihood under b ~ N(0, s^2 / penalty), noise N(0, s^2), s^2 at its maximum, given the intercept.
    package let logEvidence: Double
    /// Generalised cross-validation score (RSS / n) / (1 - (effectiveDegrees + 1) / n)^2; infinite where the denominator is not positive.
    package let gcv: Double
}

/// How a penalty is chosen.
package enum PenaltyRule: Sendable {
    case evidence, generalisedCrossValidation
}

/// The eigendecomposition of a centred Gram matrix with one target: every penalty then costs O(p^2).
package struct RidgePath: Sendable {
    private let count: Double
    private let eigen: SymmetricEigen
    /// Target products in the eigenbasis [p].
    private let rotated: [Double]
    private let targetSquares: Double
    private let featureMeans: [Double]
    private let targetMean: Double
    /// 1 with a free intercept, else 0.
    private let constants: Double

    /// - Parameters:
    ///   - features, target: input columns of the features and of the target (as given to `DesignMatrix`).
    ///   - intercept: false leaves out the free constant; then the intercept of every fit is 0, and a constant that is to be
    ///     shrunk like the rest must be among the features.
    /// Traps without features or rows.
    package init(_ gram: GramMatrix, features: Range<Int>, target: Int, intercept: Bool = true) {
        precondition(!features.isEmpty && gram.count >= 2, "RidgePath: \(features.count) features, \(gram.count) rows")
        let p = features.count, offset = features.lowerBound
        func moment(_ x: Int, _ y: Int) -> Double { intercept ? gram.centred(x, y) : gram.values[(x + 1) * gram.width + y + 1] }
        var s = [Double](repeating: 0, count: p * p)
        for i in 0..<p { for j in i..<p { s[i * p + j] = moment(offset + i, offset + j) } }
        let eigen = symmetricEigen(s, size: p)
        let products = (0..<p).map { moment(offset + $0, target) }
        rotated = (0..<p).map { i in (0..<p).reduce(0.0) { $0 + eigen.vectors[i * p + $1] * products[$1] } }
        self.eigen = eigen
        count = gram.count
        targetSquares = max(moment(target, target), 0)
        featureMeans = features.map { intercept ? gram.mean($0) : 0 }
        targetMean = intercept ? gram.mean(target) : 0
        constants = intercept ? 1 : 0
    }

    /// Eigenvalues of the centred Gram matrix, ascending; rounding below zero is cut off.
    package var eigenvalues: [Double] { eigen.values.map { max($0, 0) } }

    /// The fit at one penalty (> 0).
    package func fit(penalty: Double) -> RidgeFit {
        precondition(penalty > 0, "RidgePath: penalty \(penalty), expected above 0")
        let p = eigen.size, l = eigenvalues
        var b = [Double](repeating: 0, count: p)
        var degrees = 0.0, explained = 0.0, quadratic = targetSquares, logDeterminant = 0.0
        for i in 0..<p {
            let z = rotated[i], shrunk = z / (l[i] + penalty)
            for j in 0..<p { b[j] += shrunk * eigen.vectors[i * p + j] }
            degrees += l[i] / (l[i] + penalty)
            explained += shrunk * shrunk * (l[i] + 2 * penalty)
            quadratic -= z * shrunk
            logDeterminant += Double.log(onePlus: l[i] / penalty)
        }
        let residual = max(targetSquares - explained, 0), free = count - constants
        let scale = max(quadratic, .leastNormalMagnitude) / free
        let leverage = 1 - (degrees + constants) / count
        return RidgeFit(
            penalty: penalty, coefficients: b, intercept: targetMean - zip(b, featureMeans).reduce(0) { $0 + $1.0 * $1.1 }, effectiveDegrees: degrees,
            residualSquares: residual, logEvidence: -0.5 * (free * (Double.log(2 * .pi * scale) + 1) + logDeterminant),
            gcv: leverage > 0 ? residual / count / (leverage * leverage) : .infinity)
    }

    /// The best fit over a grid of penalties (the first of equals).
    package func choose(_ penalties: [Double], by rule: PenaltyRule = .evidence) -> RidgeFit {
        precondition(!penalties.isEmpty, "RidgePath: no penalties")
        var best = fit(penalty: penalties[0])
        for penalty in penalties.dropFirst() {
            let next = fit(penalty: penalty)
            let better = rule == .evidence ? next.logEvidence > best.logEvidence : next.gcv < best.gcv
            if better { best = next }
        }
        return best
    }

    /// Penalties in equal steps of the logarithm from `low` to `high` times the mean eigenvalue (at least two).
    package func grid(low: Double = 1e-3, high: Double = 1e4, steps: Int = 29) -> [Double] {
        let middle = max(eigenvalues.reduce(0, +) / Double(eigen.size), .leastNormalMagnitude)
        return (0..<max(steps, 2)).map { middle * low * Double.pow(high / low, Double($0) / Double(max(steps, 2) - 1)) }
    }
}

/// Coefficients [p] of a ridge fit without intercept at one penalty (> 0): (S + penalty I) b = c by Cholesky, S and c the sums of products of the features
/// and of the features with the target. O(p^3 / 6), for many fits that need nothing else.
package func ridgeCoefficients(_ gram: GramMatrix, features: Range<Int>, target: Int, penalty: Double) -> [Double] {
    precondition(penalty > 0 && !features.isEmpty, "ridgeCoefficients: penalty \(penalty), \(features.count) features")
    let p = features.count, first = features.lowerBound + 1
    // Lower triangle of L, row by row; b first holds c, then the solution of L z = c, then that of L' b = z.
    var l = [Double](repeating: 0, count: p * p)
    var b = (0..<p).map { gram.values[(first + $0) * gram.width + target + 1] }
    for i in 0..<p {
        for j in 0...i {
            var x = gram.values[(first + i) * gram.width + first + j] + (i == j ? penalty : 0)
            for k in 0..<j { x -= l[i * p + k] * l[j * p + k] }
            l[i * p + j] = i == j ? Double.sqrt(max(x, penalty * 1e-12)) : x / l[j * p + j]
        }
        for k in 0..<i { b[i] -= l[i * p + k] * b[k] }
        b[i] /= l[i * p + i]
    }
    for i in (0..<p).reversed() {
        for k in i + 1..<p { b[i] -= l[k * p + i] * b[k] }
        b[i] /= l[i * p + i]
    }
    return b
}
