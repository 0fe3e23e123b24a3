internal import NumericKernels
internal import RealModule

/// How far the out-of-fold results of the edge model depend on the bars at hand, the fitting of the model included: the delete-a-block jackknife.
///
/// Twenty blocks of consecutive bars are left out in turn, from the bars that the models of all folds are fitted on (at the penalty of the full fit) and from
/// those they are judged on. With theta_j the result without block j and m = 20, the standard error is sqrt((m - 1) / m * sum (theta_j - mean)^2)
/// and the 95% interval the result plus and minus 2.093 of them, Student's t with 19 degrees of freedom. Dependence over less than a block (a twentieth of the
/// bars) is allowed for (Kuensch 1989).
package struct EdgeJackknife: Sendable {
    private let design: EdgeDesign
    /// Coefficients of the full fit, then of the fit without each block, by fold; empty for a fold without a fit.
    private let coefficients: [[[Double]]]

    init(_ design: EdgeDesign, _ grams: [GramMatrix], _ fits: [[RidgeFit?]]) {
        self.design = design
        let width = design.width
        coefficients = zip(design.folds, fits).map { fold, fits in
            guard let fit = fits[0] else { return [] }
            let training = EdgeModel.trainingPieces(design, fold)
            let whole = training.dropFirst().reduce(grams[training[0]]) { $0 + grams[$1] }
            return [fit.coefficients]
                + design.blocks.indices.map { j in
                    let left = training.filter { design.block(of: $0) == j }.reduce(whole) { $0 - grams[$1] }
                    return left.count < 2 ? fit.coefficients : ridgeCoefficients(left, features: 0..<width, target: width, penalty: fit.penalty)
                }
        }
    }

    /// Results on one piece: with all bars, then without each block in turn (no bars where the piece belongs to it). `base` are the piece's rows.
    func sums(_ piece: Int, _ base: DesignMatrix, _ returns: [Double]) -> [OutOfFoldSums] {
        let rows = design.pieces[piece], own = design.block(of: piece)
        let fold = design.folds.firstIndex { $0.contains(rows.lowerBound) } ?? 0
        let regimes = design.width - design.featureCount
        let predictions = base.predict(coefficients[fold])
        return (0...design.blocks.count).map { j in
            var sums = OutOfFoldSums(regimes: regimes)
            if j == own + 1 { return sums }
            for (i, t) in rows.enumerated() { sums.add(predictions.isEmpty ? 0 : predictions[j][i], returns[i], regime: Int(design.labels[t])) }
            return sums
        }
    }

    /// A result from the sums over all pieces, with its interval.
    package static func estimate(_ sums: [OutOfFoldSums], missing: String, _ result: (OutOfFoldSums) -> Double?) -> Estimate {
        guard let value = result(sums[0]) else { return Estimate(nil, reason: missing) }
        let without = sums.dropFirst().compactMap(result)
        guard without.count == sums.count - 1 else { return Estimate(value, nil, reason: "all its bars lie in one twentieth of the series") }
        let m = Double(without.count), mean = without.reduce(0, +) / m
        let error = Double.sqrt((m - 1) / m * without.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
        return Estimate(value, Interval(value - 2.093024 * error, value + 2.093024 * error))
    }
}

/// Sums over bars from which hit rates and the correlation of predictions p with returns y follow.
package struct OutOfFoldSums: Sendable {
    private var bars: [Double]
    private var hits: [Double]
    private var p = 0.0, y = 0.0, pp = 0.0, yy = 0.0, py = 0.0

    package init(regimes: Int) {
        bars = [Double](repeating: 0, count: regimes)
        hits = bars
    }

    package mutating func add(_ prediction: Double, _ value: Double, regime: Int) {
        bars[regime] += 1
        hits[regime] += prediction == 0 || value == 0 ? 0.5 : (prediction > 0) == (value > 0) ? 1 : 0
        p += prediction
        y += value
        pp += prediction * prediction
        yy += value * value
        py += prediction * value
    }

    mutating func add(_ other: OutOfFoldSums) {
        for g in bars.indices {
            bars[g] += other.bars[g]
            hits[g] += other.hits[g]
        }
        p += other.p
        y += other.y
        pp += other.pp
        yy += other.yy
        py += other.py
    }

    /// Share of a regime's bars whose direction was predicted rightly, a return of exactly 0 counting half; nil without bars.
    package func hitRate(_ regime: Int) -> Double? { bars[regime] > 0 ? hits[regime] / bars[regime] : nil }

    /// Pearson correlation; nil where one of the two does not vary.
    package var correlation: Double? {
        let n = bars.reduce(0, +), vp = pp - p * p / n, vy = yy - y * y / n
        return n > 4 && vp > 0 && vy > 0 ? (py - p * y / n) / Double.sqrt(vp * vy) : nil
    }
}
