internal import Environments
package import Features
internal import NumericKernels
internal import RealModule
internal import Synchronization
internal import TradingTypes

/// What can be learnt about the next bar from the features: a linear model, judged only on bars it was not fitted on.
///
/// Six blocks of consecutive bars; each block is predicted by a model fitted on the others without the 168 bars (a week of hours) next to
/// it, since features look back that far. Target and prediction are in units of the bar's own 24-bar volatility. The prior
/// is "no edge": the ridge penalty is chosen by marginal likelihood, and without evidence the predictions are practically 0.
package struct EdgeModel: Sendable {
    static let folds = 6
    static let purgedBars = 168

    package let estimate: EdgeEstimate
    private let hitRates: [Estimate]
    private let design: EdgeDesign
    private let solvers: [FoldSolver]
    /// Stretches of bars that every fold uses wholly or not at all.
    private let stretches: [Range<Int>]

    /// One fold: its bars, the stretches it is fitted on, and their decomposed normal equations.
    private struct FoldSolver: Sendable {
        let held: Range<Int>
        let training: [Int]
        let ridge: EvidenceRidge
    }

    package init(_ market: AnalysisMarket, features: FeatureTable, settings: ExpectedValueSettings) {
        let design = EdgeDesign(market, features)
        self.design = design
        let n = design.count
        let held = (0..<Self.folds).map { k in (k * n / Self.folds)..<((k + 1) * n / Self.folds) }
        let cuts = Set(held.flatMap { [$0.lowerBound - Self.purgedBars, $0.lowerBound, $0.upperBound, $0.upperBound + Self.purgedBars] } + [0, n])
        let edges = cuts.filter { (0...n).contains($0) }.sorted()
        let stretches = zip(edges, edges.dropFirst()).map { $0..<$1 }
        self.stretches = stretches
        let grams = stretches.map { stretch in
            var gram = GramMatrix(width: design.width)
            gram.add(design.matrix, rows: stretch)
            return gram
        }
        solvers = held.map { fold in
            let purged = (fold.lowerBound - Self.purgedBars)..<(fold.upperBound + Self.purgedBars)
            let training = stretches.indices.filter { !stretches[$0].overlaps(purged) }
            let gram = training.reduce(GramMatrix(width: design.width)) { $0 + grams[$1] }
            return FoldSolver(held: fold, training: training, ridge: EvidenceRidge(gram))
        }
        let returns = design.standardisedReturns
        let predicted = Self.predictions(design, stretches, solvers, returns)
        hitRates = Self.hitRates(design, market, predicted, returns, settings)
        let parts = [nil] + market.regimeNames.indices.map { g in design.labels.indices.filter { Int(design.labels[$0]) == g } }
        let populations = inParallel(parts.count, threads: settings.threads) { WaldEdge(design, rows: parts[$0], returns: returns).estimate }
        estimate = EdgeEstimate(
            population: populations[0], outOfFold: Self.correlation(predicted, returns),
            regimes: market.regimeNames.indices.map { (market.regimeNames[$0], populations[$0 + 1]) })
    }

    /// Out-of-fold share of bars whose direction was predicted rightly; a return of exactly 0 counts half.
    func hitRate(regime: Int) -> Estimate { hitRates[regime] }

    /// Out-of-fold predictions of a target that is proportional to volatility, one a bar, in the target's units.
    func predict(_ target: [Double]) -> [Double] {
        let scaled = zip(target, design.volatility).map { $0 / $1 }
        return zip(Self.predictions(design, stretches, solvers, scaled), design.volatility).map { $0 * $1 }
    }

    private static func predictions(_ design: EdgeDesign, _ stretches: [Range<Int>], _ solvers: [FoldSolver], _ y: [Double]) -> [Double] {
        let sums = stretches.map { stretch -> (products: [Double], squares: Double) in
            var xy = [Double](repeating: 0, count: design.width), squares = 0.0
            addTransposedProduct(design.matrix, width: design.width, rows: stretch, y, into: &xy)
            for t in stretch { squares += y[t] * y[t] }
            return (xy, squares)
        }
        var out = [Double](repeating: 0, count: y.count)
        for solver in solvers {
            var xy = [Double](repeating: 0, count: design.width), squares = 0.0
            for s in solver.training {
                for j in xy.indices { xy[j] += sums[s].products[j] }
                squares += sums[s].squares
            }
            multiply(design.matrix, width: design.width, rows: solver.held, solver.ridge.solve(xy, sumOfSquares: squares).coefficients, into: &out)
        }
        return out
    }

    private static func hitRates(
        _ design: EdgeDesign, _ market: AnalysisMarket, _ predicted: [Double], _ returns: [Double], _ settings: ExpectedValueSettings
    ) -> [Estimate] {
        let hits = zip(predicted, returns).map { p, r in p == 0 || r == 0 ? 0.5 : (p > 0) == (r > 0) ? 1.0 : 0 }
        let table = RegimeTable(labels: design.labels, regimes: market.regimeNames.count, columns: [hits])
        let plan = BootstrapPlan(
            meanBlock: max(24, Double(design.count) / 4_096), replicates: min(settings.replicates, 2_000), seed: settings.seed, threads: settings.threads)
        let intervals = bootstrapIntervals(stationaryBootstrap(table, plan), threads: settings.threads)
        return intervals.indices.map { g in
            table.counts[g] == 0 ? Estimate(nil, reason: "no bars of this regime") : Estimate(intervals[g].estimate, Interval(intervals[g].percentile))
        }
    }

    /// Correlation with the interval of Fisher's z.
    private static func correlation(_ x: [Double], _ y: [Double]) -> Estimate {
        let n = Double(x.count)
        var sx = 0.0, sy = 0.0, xx = 0.0, yy = 0.0, xy = 0.0
        for t in x.indices {
            sx += x[t]
            sy += y[t]
            xx += x[t] * x[t]
            yy += y[t] * y[t]
            xy += x[t] * y[t]
        }
        let vx = xx - sx * sx / n, vy = yy - sy * sy / n
        guard vx > 0, vy > 0, n > 4 else { return Estimate(nil, reason: "the predictions do not vary") }
        let r = (xy - sx * sy / n) / Double.sqrt(vx * vy)
        let z = 0.5 * (Double.log(onePlus: r) - Double.log(onePlus: -r)), half = 1.959963984540054 / Double.sqrt(n - 3)
        return Estimate(r, Interval(Double.tanh(z - half), Double.tanh(z + half)))
    }
}

/// The normalised features of the analysed bars, row by row: F features (mean 0, sd 1 over the bars, clipped at 10), then one
/// indicator a regime.
struct EdgeDesign: Sendable {
    let featureCount: Int
    let width: Int
    /// Row-major [N P].
    let matrix: [Double]
    let labels: [UInt8]
    /// Sd of the last 24 returns, floored at a thousandth of its mean.
    let volatility: [Double]
    /// Next return over volatility.
    let standardisedReturns: [Double]

    var count: Int { labels.count }

    init(_ market: AnalysisMarket, _ table: FeatureTable) {
        let rows = market.rows, first = rows.lowerBound, n = rows.count
        let features = table.columns, f = features.count, p = f + market.regimeNames.count
        featureCount = f
        width = p
        labels = Array(market.labels[rows])
        let normalizer = Normalizer(table, fittedOn: rows)
        var matrix = [Double](repeating: 0, count: n * p)
        // A few hundred rows at a time, so that the rows being filled stay in the cache.
        for start in stride(from: 0, to: n, by: 256) {
            let end = min(n, start + 256)
            for c in 0..<f {
                let column = features[c], mean = normalizer.mean[c], scale = normalizer.deviation[c] > 0 ? 1 / normalizer.deviation[c] : 0
                for t in start..<end {
                    let x = (column[first + t] - mean) * scale
                    matrix[t * p + c] = x.isNaN ? 0 : min(max(x, -Normalizer.limit), Normalizer.limit)
                }
            }
            for t in start..<end { matrix[t * p + f + Int(labels[t])] = 1 }
        }
        self.matrix = matrix
        let sigma = market.columns["volatility_24h"] ?? .constant(1)
        var sum = 0.0
        for t in rows { sum += sigma[t].isFinite ? sigma[t] : 0 }
        let floor = max(1e-12, 1e-3 * sum / Double(max(1, n)))
        let volatility = rows.map { max(floor, sigma[$0].isFinite ? sigma[$0] : floor) }
        self.volatility = volatility
        standardisedReturns = (0..<n).map { market.environment.nextReturn[first + $0] / volatility[$0] }
    }

    /// Intercept and features of the given rows, [n F+1] row-major.
    func regressors(_ rows: [Int]) -> [Double] {
        let p = featureCount + 1
        var out = [Double](repeating: 1, count: rows.count * p)
        for i in 0..<rows.count {
            let from = rows[i] * width
            for j in 0..<featureCount { out[i * p + j] = matrix[from + j] }
        }
        return out
    }
}

/// `body` for 0..<count on several threads, results in order.
private func inParallel<T: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) -> T) -> [T] {
    let results = Mutex([T?](repeating: nil, count: count))
    parallelFor(count: count, threads: threads) { range in
        for i in range {
            let value = body(i)
            results.withLock { $0[i] = value }
        }
    }
    return results.withLock { $0.compactMap { $0 } }
}

/// The edge of the best linear predictor in the population, without the bias of having been fitted.
///
/// Least squares of the standardised next return on intercept and features; the Wald statistic W = b' V^-1 b with the
/// heteroskedasticity-robust covariance HC2 (White 1980; MacKinnon and White 1985) is about noncentral chi-square with noncentrality
/// l = n e^2 / (1 - e^2), e the multiple correlation. e is estimated from W - F and its interval by inverting the distribution.
struct WaldEdge {
    let estimate: Estimate

    /// - Parameter rows: nil for all.
    init(_ design: EdgeDesign, rows: [Int]?, returns: [Double]) {
        let indices = rows ?? Array(0..<design.count), f = design.featureCount, p = f + 1
        guard indices.count > 20 * p else {
            estimate = Estimate(nil, reason: "\(indices.count) bars are too few for \(f) features")
            return
        }
        let x = design.regressors(indices), y = indices.map { returns[$0] }
        var gram = GramMatrix(width: p), xy = [Double](repeating: 0, count: p)
        gram.add(x)
        addTransposedProduct(x, width: p, rows: y.indices, y, into: &xy)
        let solver = EvidenceRidge(gram)
        let b = solver.inverse(xy), (root, _) = solver.inverseRoot()
        var fitted = [Double](repeating: 0, count: y.count)
        multiply(x, width: p, rows: y.indices, b, into: &fitted)
        // Leverage of a row: its squared length in the metric of (X'X)^-1.
        let rotated = productWithTransposed(x, root, width: p)
        var weighted = x
        for i in y.indices {
            var leverage = 0.0
            for k in (i * p)..<((i + 1) * p) { leverage += rotated[k] * rotated[k] }
            let e = (y[i] - fitted[i]) / Double.sqrt(max(1e-6, 1 - leverage))
            for k in (i * p)..<((i + 1) * p) { weighted[k] *= e }
        }
        var meat = GramMatrix(width: p)
        meat.add(weighted)
        // Sandwich (X'X)^-1 meat (X'X)^-1, of which the features' part is kept.
        let bread = (0..<p).flatMap { i -> [Double] in
            var unit = [Double](repeating: 0, count: p)
            unit[i] = 1
            return solver.inverse(unit)
        }
        let sandwich = productWithTransposed(productWithTransposed(bread, meat.products, width: p), bread, width: p)
        var covariance = GramMatrix(width: f)
        covariance.replace((0..<(f * f)).map { sandwich[$0 / f * p + $0 % f] })
        let inverse = EvidenceRidge(covariance)
        let features = Array(b[0..<f])
        let wald = zip(features, inverse.inverse(features)).reduce(0) { $0 + $1.0 * $1.1 }
        let rank = Double(inverse.inverseRoot().rank), n = Double(indices.count)
        func edge(_ lambda: Double) -> Double { Double.sqrt(max(0, lambda) / (n + max(0, lambda))) }
        let low = noncentrality(observed: wald, degreesOfFreedom: rank, quantile: 0.975)
        let high = noncentrality(observed: wald, degreesOfFreedom: rank, quantile: 0.025)
        estimate = Estimate(edge(wald - rank), Interval(edge(low), edge(high)))
    }
}
