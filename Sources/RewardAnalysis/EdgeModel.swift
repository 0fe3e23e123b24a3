internal import ComponentKit
internal import Environments
package import Features
internal import NumericKernels
internal import RealModule
internal import TradingTypes

/// What can be learnt about the next bar from the features: a linear model, judged only on bars it was not fitted on.
///
/// Six blocks of consecutive bars; each block is predicted by a model fitted on the others without the 168 bars (a week of hours) next to
/// it, since features look back that far. Targets are in units of the return's expected size (`EdgeDesign.volatility`). The prior
/// is "no edge": the ridge penalty is chosen by marginal likelihood, and without evidence the predictions are practically 0.
///
/// All of it is computed from sums of products over the design's pieces, so that features need not lie in memory: 16 bytes a bar remain.
package struct EdgeModel: Sendable {
    static let folds = 6
    static let purgedBars = 168
    static let blocks = 20

    package let estimate: EdgeEstimate
    private let hitRates: [Estimate]
    let design: EdgeDesign

    package init(_ market: AnalysisMarket, features: FeatureTable, settings: ExpectedValueSettings) {
        self.init(market, features: FeatureSource(features), settings: settings)
    }

    package init(_ market: AnalysisMarket, features: FeatureSource, settings: ExpectedValueSettings) {
        let threads = settings.threads, design = EdgeDesign(market, features, threads: threads), target = design.width
        self.design = design
        // First pass: sums of products with the returns, of every piece and of every regime within it.
        let grams = inParallel(design.pieces.count, threads: threads) { piece -> (all: GramMatrix, regimes: [GramMatrix]) in
            let matrix = design.matrix(piece).appending([design.standardisedReturns(piece)])
            return (matrix.gram(rows: 0..<matrix.rows), design.rowsByRegime(piece).map { matrix.gram(rows: $0) })
        }
        let fits = Self.foldFits(design, grams.map(\.all), targets: 1)
        let regressions = ([grams.map(\.all)] + market.regimeNames.indices.map { g in grams.map { $0.regimes[g] } }).map { parts in
            parts.dropFirst().reduce(parts[0], +)
        }.map { gram in (count: gram.count, fit: RobustRegression(gram, features: 0..<design.featureCount, target: target)) }
        // Second pass: out-of-fold predictions, and the scores of the population's regressions.
        let jackknife = EdgeJackknife(design, grams.map(\.all), fits)
        let second = inParallel(design.pieces.count, threads: threads) { piece -> (hits: [OutOfFoldSums], scores: [RobustRegression.Scores?]) in
            let base = design.matrix(piece), matrix = base.appending([design.standardisedReturns(piece)])
            let rows = [nil] + design.rowsByRegime(piece)
            return (
                jackknife.sums(piece, base, design.standardisedReturns(piece)),
                zip(regressions, rows).map { regression, rows in regression.fit?.scores(matrix, rows: rows) }
            )
        }
        let reached = second.map(\.hits).reduce(into: [OutOfFoldSums](repeating: OutOfFoldSums(regimes: market.regimeNames.count), count: Self.blocks + 1)) { all, part in
            for j in all.indices { all[j].add(part[j]) }
        }
        hitRates = market.regimeNames.indices.map { g in EdgeJackknife.estimate(reached, missing: "no bars of this regime") { $0.hitRate(g) } }
        let populations = regressions.indices.map { i in
            let scores = second.compactMap { $0.scores[i] }
            return populationEdge(regressions[i].fit, scores, bars: regressions[i].count, features: design.featureCount, attenuation: design.attenuation)
        }
        estimate = EdgeEstimate(
            population: populations[0], outOfFold: EdgeJackknife.estimate(reached, missing: "the predictions do not vary") { $0.correlation },
            regimes: market.regimeNames.indices.map { (market.regimeNames[$0], populations[$0 + 1]) })
    }

    /// Out-of-fold share of bars whose direction was predicted rightly; a return of exactly 0 counts half.
    package func hitRate(regime: Int) -> Estimate { hitRates[regime] }

    /// Fits of targets that are proportional to volatility, one a fold and target, from their values on each piece (nil for a target that is zero on all
    /// bars): what `predict` needs. `grams` are those of `productSums`.
    func fits(_ grams: [GramMatrix], targets: Int) -> [[RidgeFit?]] { Self.foldFits(design, grams, targets: targets) }

    /// Sums of products of the design and of targets in their own units, [targets][bars of the piece].
    func productSums(_ piece: Int, _ targets: [[Double]]) -> GramMatrix {
        let volatility = design.volatility[design.pieces[piece]]
        let matrix = design.matrix(piece).appending(targets.map { zip($0, volatility).map { $0 / $1 } })
        return matrix.gram(rows: 0..<matrix.rows)
    }

    /// Out-of-fold predictions of the targets on one piece, in their own units; empty for a target without a fit.
    func predict(_ piece: Int, _ fits: [[RidgeFit?]]) -> [[Double]] {
        let volatility = design.volatility[design.pieces[piece]]
        return Self.predict(design, piece, design.matrix(piece), fits).map { zip($0, volatility).map { $0 * $1 } }
    }

    /// Pieces outside a fold and its purged surroundings.
    static func trainingPieces(_ design: EdgeDesign, _ fold: Range<Int>) -> [Int] {
        let purged = (fold.lowerBound - purgedBars)..<(fold.upperBound + purgedBars)
        return design.pieces.indices.filter { !design.pieces[$0].overlaps(purged) }
    }

    /// One ridge fit a fold and target on the pieces outside the fold and its purged surroundings; nil where the target is zero or the bars too few.
    private static func foldFits(_ design: EdgeDesign, _ grams: [GramMatrix], targets: Int) -> [[RidgeFit?]] {
        let width = design.width
        let varies = (0..<targets).map { k in grams.contains { $0.values[(width + k + 1) * ($0.width + 1)] > 0 } }
        return design.folds.map { fold in
            let training = trainingPieces(design, fold).map { grams[$0] }
            guard let first = training.first, !fold.isEmpty else { return [RidgeFit?](repeating: nil, count: targets) }
            let gram = training.dropFirst().reduce(first, +)
            return (0..<targets).map { k in
                if gram.count < 2 || !varies[k] { return nil }
                let path = RidgePath(gram, features: 0..<width, target: width + k, intercept: false)
                // At the upper end of the grid nothing is left of the coefficients: "no edge" is one of the choices.
                return path.choose(path.grid(low: 1e-3, high: 1e7, steps: 61))
            }
        }
    }

    /// Predictions of every target on one piece, in units of volatility; zeros without a fit.
    private static func predict(_ design: EdgeDesign, _ piece: Int, _ matrix: DesignMatrix, _ fits: [[RidgeFit?]]) -> [[Double]] {
        guard let fold = design.folds.firstIndex(where: { $0.contains(design.pieces[piece].lowerBound) }) else { return [] }
        return fits[fold].map { fit in
            fit.map { matrix.predict($0.coefficients, intercept: 0, rows: 0..<matrix.rows) } ?? [Double](repeating: 0, count: matrix.rows)
        }
    }
}

/// The edge of the best linear predictor in the population, without the bias of having been fitted.
///
/// Least squares of the standardised next return on the features; the Wald statistic W with the heteroskedasticity-robust covariance
/// (White 1980) is about noncentral chi-square with noncentrality l = n e^2 / (1 - e^2), e the multiple correlation. e is
/// estimated from W minus its degrees of freedom, its interval by inverting the distribution. Both are divided by `attenuation` (and cut at 1),
/// which makes them correlations with the return over its true scale.
private func populationEdge(
    _ fit: RobustRegression?, _ scores: [RobustRegression.Scores], bars n: Double, features: Int, attenuation: Double
) -> Estimate {
    guard n > 20 * Double(features + 1), let fit, let first = scores.first else {
        return Estimate(nil, reason: "\(grouped(n)) bars are too few for \(features) features")
    }
    let wald = fit.test(scores.dropFirst().reduce(first, +))
    guard wald.degrees > 0 else { return Estimate(nil, reason: "the features do not vary") }
    func edge(_ lambda: Double) -> Double { min(1, Double.sqrt(max(0, lambda) / (n + max(0, lambda))) / attenuation) }
    let bounds = noncentralityInterval(observed: wald.statistic, degrees: Double(wald.degrees))
    return Estimate(edge(wald.statistic - Double(wald.degrees)), Interval(edge(bounds.low), edge(bounds.high)))
}
