internal import Environments
package import Features
internal import NumericKernels
internal import RealModule
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

    /// One fold: its rows, the training stretches, and the decomposed normal equations of those.
    private struct FoldSolver: Sendable {
        let held: Range<Int>
        let training: [Range<Int>]
        let ridge: EvidenceRidge
    }

    package init(_ market: AnalysisMarket, features: FeatureTable, settings: ExpectedValueSettings) {
        let design = EdgeDesign(market, features)
        self.design = design
        let n = design.count
        solvers = (0..<Self.folds).map { k in
            let held = (k * n / Self.folds)..<((k + 1) * n / Self.folds)
            let training = [0..<max(0, held.lowerBound - Self.purgedBars), min(n, held.upperBound + Self.purgedBars)..<n].filter { !$0.isEmpty }
            var gram = GramMatrix(width: design.width)
            for stretch in training { design.blocks(of: stretch) { gram.add($1) } }
            return FoldSolver(held: held, training: training, ridge: EvidenceRidge(gram))
        }
        let returns = design.standardisedReturns
        let predicted = Self.predictions(design, solvers, returns)
        hitRates = Self.hitRates(design, market, predicted, returns, settings)
        let all = WaldEdge(design, rows: nil, returns: returns)
        estimate = EdgeEstimate(
            population: all.estimate, outOfFold: Self.correlation(predicted, returns),
            regimes: market.regimeNames.indices.map { g in
                (market.regimeNames[g], WaldEdge(design, rows: design.labels.indices.filter { Int(design.labels[$0]) == g }, returns: returns).estimate)
            })
    }

    /// Out-of-fold share of bars whose direction was predicted rightly; a return of exactly 0 counts half.
    func hitRate(regime: Int) -> Estimate { hitRates[regime] }

    /// Out-of-fold predictions of a target that is proportional to volatility, one a bar, in the target's units.
    func predict(_ target: [Double]) -> [Double] {
        let scaled = zip(target, design.volatility).map { $0 / $1 }
        return zip(Self.predictions(design, solvers, scaled), design.volatility).map { $0 * $1 }
    }

    private static func predictions(_ design: EdgeDesign, _ solvers: [FoldSolver], _ y: [Double]) -> [Double] {
        var out = [Double](repeating: 0, count: y.count)
        for solver in solvers {
            var xy = [Double](repeating: 0, count: design.width), squares = 0.0
            for stretch in solver.training {
                design.blocks(of: stretch) { rows, block in
                    addTransposedProduct(block, width: design.width, Array(y[rows]), into: &xy)
                    for t in rows { squares += y[t] * y[t] }
                }
            }
            let b = solver.ridge.solve(xy, sumOfSquares: squares).coefficients
            design.blocks(of: solver.held) { rows, block in
                let values = product(block, width: design.width, b)
                for (i, t) in rows.enumerated() { out[t] = values[i] }
            }
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
/// indicator a regime. Built block by block, so that memory stays bounded however long the series.
struct EdgeDesign: Sendable {
    let features: [[Double]]
    private let means: [Double]
    private let scales: [Double]
    let labels: [UInt8]
    private let regimes: Int
    private let first: Int
    let count: Int
    /// Sd of the last 24 returns, floored at a thousandth of its mean.
    let volatility: [Double]
    /// Next return over volatility.
    let standardisedReturns: [Double]

    var featureCount: Int { features.count }
    var width: Int { features.count + regimes }
    static let blockRows = 16_384

    init(_ market: AnalysisMarket, _ table: FeatureTable) {
        let rows = market.rows
        features = table.columns
        first = rows.lowerBound
        count = rows.count
        labels = Array(market.labels[rows])
        regimes = market.regimeNames.count
        let normalizer = Normalizer(table, fittedOn: rows)
        means = normalizer.mean
        scales = normalizer.deviation.map { $0 > 0 ? 1 / $0 : 0 }
        let sigma = market.columns["volatility_24h"] ?? .constant(1)
        var sum = 0.0
        for t in rows { sum += sigma[t].isFinite ? sigma[t] : 0 }
        let floor = max(1e-12, 1e-3 * sum / Double(max(1, rows.count)))
        let volatility = rows.map { max(floor, sigma[$0].isFinite ? sigma[$0] : floor) }
        self.volatility = volatility
        standardisedReturns = rows.indices.map { market.environment.nextReturn[$0] / volatility[$0 - rows.lowerBound] }
    }

    /// Calls `body` with row-major blocks of the design over `range`, in order.
    func blocks(of range: Range<Int>, _ body: (Range<Int>, [Double]) -> Void) {
        var start = range.lowerBound
        while start < range.upperBound {
            let rows = start..<min(range.upperBound, start + Self.blockRows)
            body(rows, block(Array(rows)))
            start = rows.upperBound
        }
    }

    /// The rows with the given indices, [n P] row-major.
    func block(_ rows: [Int]) -> [Double] {
        let p = width
        var out = [Double](repeating: 0, count: rows.count * p)
        for (f, column) in features.enumerated() {
            let mean = means[f], scale = scales[f]
            for i in 0..<rows.count {
                let x = (column[first + rows[i]] - mean) * scale
                out[i * p + f] = x.isNaN ? 0 : min(max(x, -Normalizer.limit), Normalizer.limit)
            }
        }
        for i in 0..<rows.count { out[i * p + features.count + Int(labels[rows[i]])] = 1 }
        return out
    }
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
        // Intercept in place of the regime indicators.
        func chunk(_ part: ArraySlice<Int>) -> [Double] {
            let wide = design.block(Array(part)), w = design.width
            var out = [Double](repeating: 1, count: part.count * p)
            for i in 0..<part.count { for j in 0..<f { out[i * p + j] = wide[i * w + j] } }
            return out
        }
        let parts = stride(from: 0, to: indices.count, by: EdgeDesign.blockRows).map { indices[$0..<min(indices.count, $0 + EdgeDesign.blockRows)] }
        var gram = GramMatrix(width: p), xy = [Double](repeating: 0, count: p)
        for part in parts {
            let x = chunk(part)
            gram.add(x)
            addTransposedProduct(x, width: p, part.map { returns[$0] }, into: &xy)
        }
        let solver = EvidenceRidge(gram)
        let b = solver.inverse(xy), (root, _) = solver.inverseRoot()
        var meat = GramMatrix(width: p)
        for part in parts {
            let x = chunk(part)
            let fitted = product(x, width: p, b)
            var weighted = x
            for (i, t) in part.enumerated() {
                var leverage = 0.0
                for k in 0..<p {
                    var sum = 0.0
                    for j in 0..<p { sum += root[k * p + j] * x[i * p + j] }
                    leverage += sum * sum
                }
                let e = (returns[t] - fitted[i]) / Double.sqrt(max(1e-6, 1 - leverage))
                for j in 0..<p { weighted[i * p + j] *= e }
            }
            meat.add(weighted)
        }
        // Covariance of the coefficients, then of those of the features alone.
        var covariance = GramMatrix(width: f)
        let bread = (0..<p).map { i -> [Double] in
            var unit = [Double](repeating: 0, count: p)
            unit[i] = 1
            return solver.inverse(unit)
        }
        var middle = [[Double]](repeating: [Double](repeating: 0, count: p), count: p)
        for i in 0..<p { middle[i] = product(meat.products, width: p, bread[i]) }
        var v = [Double](repeating: 0, count: f * f)
        for i in 0..<f {
            for j in 0..<f {
                var sum = 0.0
                for k in 0..<p { sum += bread[i][k] * middle[j][k] }
                v[i * f + j] = sum
            }
        }
        covariance.replace(v)
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
