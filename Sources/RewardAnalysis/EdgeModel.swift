internal import Environments
package import Features
internal import NumericKernels
internal import RealModule
internal import Synchronization
internal import TradingTypes

/// What can be learnt about the next bar from the features: a linear model, judged only on bars it was not fitted on.
///
/// Six blocks of consecutive bars; each block is predicted by a model fitted on the others without the 168 bars (a week of hours) next to
/// it, since features look back that far. Targets are in units of the return's expected size (`EdgeDesign.volatility`). The prior
/// is "no edge": the ridge penalty is chosen by marginal likelihood, and without evidence the predictions are practically 0.
package struct EdgeModel: Sendable {
    static let folds = 6
    static let purgedBars = 168

    package let estimate: EdgeEstimate
    private let hitRates: [Estimate]
    private let design: EdgeDesign

    package init(_ market: AnalysisMarket, features: FeatureTable, settings: ExpectedValueSettings) {
        let design = EdgeDesign(market, features)
        self.design = design
        let returns = design.standardisedReturns
        let matrix = DesignMatrix(columns: design.columns + [returns])
        let predicted = Self.predictions(matrix, features: design.columns.count, targets: 1)[0]
        hitRates = Self.hitRates(design, market, predicted, returns, settings)
        let parts = [nil] + market.regimeNames.indices.map { g in design.labels.indices.filter { Int(design.labels[$0]) == g } }
        let populations = inParallel(parts.count, threads: settings.threads) {
            populationEdge(matrix, features: 0..<design.featureCount, target: design.columns.count, rows: parts[$0])
        }
        estimate = EdgeEstimate(
            population: populations[0], outOfFold: Self.correlation(predicted, returns),
            regimes: market.regimeNames.indices.map { (market.regimeNames[$0], populations[$0 + 1]) })
    }

    /// Out-of-fold share of bars whose direction was predicted rightly; a return of exactly 0 counts half.
    func hitRate(regime: Int) -> Estimate { hitRates[regime] }

    /// Out-of-fold predictions of targets that are proportional to volatility, one a bar, in the targets' units.
    func predict(_ targets: [[Double]]) -> [[Double]] {
        if targets.isEmpty { return [] }
        let scaled = targets.map { zip($0, design.volatility).map { $0 / $1 } }
        let matrix = DesignMatrix(columns: design.columns + scaled)
        return Self.predictions(matrix, features: design.columns.count, targets: targets.count).map { zip($0, design.volatility).map { $0 * $1 } }
    }

    /// Each of the six blocks predicted from the others, in units of volatility, [targets][N].
    private static func predictions(_ matrix: DesignMatrix, features: Int, targets: Int) -> [[Double]] {
        let n = matrix.rows
        let held = (0..<folds).map { k in (k * n / folds)..<((k + 1) * n / folds) }
        // Stretches of bars that every fold uses wholly or not at all, so that one pass over the data serves all folds.
        let cuts = Set(held.flatMap { [$0.lowerBound - purgedBars, $0.lowerBound, $0.upperBound, $0.upperBound + purgedBars] } + [0, n])
        let edges = cuts.filter { (0...n).contains($0) }.sorted()
        let stretches = zip(edges, edges.dropFirst()).map { $0..<$1 }
        let grams = stretches.map { matrix.gram(rows: $0) }
        var out = Array(repeating: [Double](repeating: 0, count: n), count: targets)
        for fold in held {
            let purged = (fold.lowerBound - purgedBars)..<(fold.upperBound + purgedBars)
            let training = stretches.indices.filter { !stretches[$0].overlaps(purged) }.map { grams[$0] }
            guard let first = training.first, !fold.isEmpty else { continue }
            let gram = training.dropFirst().reduce(first, +)
            if gram.count < 2 { continue }
            for k in 0..<targets {
                let path = RidgePath(gram, features: 0..<features, target: features + k, intercept: false)
                // At the upper end of the grid nothing is left of the coefficients: "no edge" is one of the choices.
                let fit = path.choose(path.grid(low: 1e-3, high: 1e7, steps: 61))
                let values = matrix.predict(fit.coefficients, intercept: 0, rows: fold)
                for (i, t) in fold.enumerated() { out[k][t] = values[i] }
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

/// The normalised features of the analysed bars, then one indicator a regime (which carry the drift, shrunk like the rest).
struct EdgeDesign: Sendable {
    let featureCount: Int
    /// F features (mean 0, sd 1 over the bars, clipped at 10, missing 0) and R indicators, [F+R][N].
    let columns: [[Double]]
    let labels: [UInt8]
    /// Size of the next return that the features lead one to expect; sizes say nothing about direction.
    let volatility: [Double]
    /// Next return over volatility, scaled to mean square 1 and clipped at 6, so that a jump counts as one large return.
    let standardisedReturns: [Double]

    var count: Int { labels.count }
    static let clip = 6.0

    init(_ market: AnalysisMarket, _ table: FeatureTable) {
        let rows = market.rows, first = rows.lowerBound, n = rows.count
        let labels = Array(market.labels[rows])
        let normalised = Normalizer(table, fittedOn: rows).apply(table, rows: rows).columns
        let columns = normalised + market.regimeNames.indices.map { g in labels.map { Int($0) == g ? 1 : 0 } }
        featureCount = normalised.count
        self.columns = columns
        self.labels = labels
        let returns = (0..<n).map { market.environment.nextReturn[first + $0] }
        let volatility = Self.expectedSize(columns, returns, recent: market.columns["volatility_24h"] ?? .constant(1), first: first)
        self.volatility = volatility
        var squares = 0.0
        for t in 0..<n { squares += (returns[t] / volatility[t]) * (returns[t] / volatility[t]) }
        let scale = squares > 0 ? 1 / Double.sqrt(squares / Double(n)) : 1
        standardisedReturns = (0..<n).map { min(max(scale * returns[$0] / volatility[$0], -Self.clip), Self.clip) }
    }

    /// exp of a ridge regression of ln|r| on the design (|r| floored at a twentieth of the recent volatility), not below a tenth of it.
    private static func expectedSize(_ columns: [[Double]], _ returns: [Double], recent: Column, first: Int) -> [Double] {
        let n = returns.count
        var sum = 0.0
        for t in 0..<n { sum += recent[first + t].isFinite ? recent[first + t] : 0 }
        let floor = max(1e-12, 1e-3 * sum / Double(max(1, n)))
        let recently = (0..<n).map { max(floor, recent[first + $0].isFinite ? recent[first + $0] : floor) }
        if n < 10 * columns.count { return recently }
        let sizes = (0..<n).map { Double.log(max(abs(returns[$0]), 0.05 * recently[$0]) / recently[$0]) }
        let matrix = DesignMatrix(columns: columns + [sizes])
        let path = RidgePath(matrix.gram(rows: 0..<n), features: 0..<columns.count, target: columns.count)
        let fit = path.choose(path.grid())
        let logs = matrix.predict(fit.coefficients, intercept: fit.intercept, rows: 0..<n)
        return (0..<n).map { recently[$0] * max(0.1, Double.exp(min(logs[$0], 5))) }
    }
}

/// The edge of the best linear predictor in the population, without the bias of having been fitted.
///
/// Least squares of the standardised next return on the features; the Wald statistic W with the heteroskedasticity-robust covariance
/// (White 1980) is about noncentral chi-square with noncentrality l = n e^2 / (1 - e^2), e the multiple correlation. e is
/// estimated from W minus its degrees of freedom, its interval by inverting the distribution.
private func populationEdge(_ matrix: DesignMatrix, features: Range<Int>, target: Int, rows: [Int]?) -> Estimate {
    let n = Double(rows?.count ?? matrix.rows)
    guard n > 20 * Double(features.count + 1), let wald = robustWald(matrix, features: features, target: target, rows: rows), wald.degrees > 0 else {
        return Estimate(nil, reason: "\(grouped(n)) bars are too few for \(features.count) features")
    }
    func edge(_ lambda: Double) -> Double { Double.sqrt(max(0, lambda) / (n + max(0, lambda))) }
    let bounds = noncentralityInterval(observed: wald.statistic, degrees: Double(wald.degrees))
    return Estimate(edge(wald.statistic - Double(wald.degrees)), Interval(edge(bounds.low), edge(bounds.high)))
}

/// `body` for 0..<count on several threads, results in order.
func inParallel<T: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) -> T) -> [T] {
    let results = Mutex([T?](repeating: nil, count: count))
    parallelFor(count: count, threads: threads) { range in
        for i in range {
            let value = body(i)
            results.withLock { $0[i] = value }
        }
    }
    return results.withLock { $0.compactMap { $0 } }
}
