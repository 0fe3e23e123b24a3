internal import NumericKernels

/// Intervals of every regime mean of one reward, from one set of bootstrap draws.
///
/// Levels and paired differences: bootstrap-t (studentised by each replicate's own block sums), which keeps 95% within two points
/// from about 1,000 bars on. Ratios (break-even) and pooled means: percentiles of the replicates.
struct RegimeIntervals: Sendable {
    private let draws: BootstrapDraws
    private let table: RegimeTable
    private let each: [QuantityIntervals]
    private let joint: [Int: Bounds]

    /// Columns whose bands hold jointly over all regimes.
    static let jointColumns: [PairedColumn] = [.longMinusHold, .shortMinusHold, .zeroEdgeGap]

    init(_ draws: BootstrapDraws, table: RegimeTable, threads: Int) {
        self.draws = draws
        self.table = table
        each = bootstrapIntervals(draws, threads: threads)
        let quantities = (0..<table.regimes).filter { table.counts[$0] > 0 }.flatMap { g in Self.jointColumns.map { g * table.columns + $0.rawValue } }
        joint = Dictionary(uniqueKeysWithValues: zip(quantities, simultaneousBands(draws, quantities: quantities, studentised: false).bands))
    }

    private func quantity(_ g: Int, _ column: PairedColumn) -> Int { g * table.columns + column.rawValue }

    func mean(_ g: Int, _ column: PairedColumn) -> Double { table.means[quantity(g, column)] }
    func standardError(_ g: Int, _ column: PairedColumn) -> Double { each[quantity(g, column)].standardError }

    func interval(_ g: Int, _ column: PairedColumn) -> Interval {
        // Bootstrap-t breaks down for a quantity that varies on a handful of bars only (a next return of exactly zero): some replicates
        // then see none of them and have no spread of their own.
        let q = each[quantity(g, column)], percentile = q.percentile.high - q.percentile.low
        if let t = q.studentised, t.high - t.low <= 3 * percentile { return Interval(t) }
        return Interval(q.percentile)
    }

    /// Band that holds for all regimes and contrasts at once: estimate +- max-|t| critical value times the standard error.
    func simultaneous(_ g: Int, _ column: PairedColumn) -> Interval { joint[quantity(g, column)].map { Interval($0) } ?? interval(g, column) }

    /// Share of replicates with the opposite sign.
    func wrongSign(_ g: Int, _ column: PairedColumn) -> Double { each[quantity(g, column)].probabilityWrongSign }

    /// Hit rate at which trading and holding are worth the same: mean A / mean B of the paired columns.
    func breakEven(_ g: Int) -> Estimate {
        let numerator = quantity(g, .breakEvenNumerator), denominator = quantity(g, .breakEvenDenominator)
        let top = table.means[numerator], bottom = table.means[denominator]
        if bottom == 0 { return Estimate(nil, reason: "skill does not enter: right and wrong trades are paid alike") }
        // Where the denominator's sign is in doubt the ratio has no bounded interval (Fieller 1954).
        if each[denominator].probabilityWrongSign > 0.025 {
            return Estimate(top / bottom, nil, reason: "the data do not tell whether a higher hit rate pays more")
        }
        let ratios = zip(draws.values(numerator), draws.values(denominator)).map { $0 / $1 }
        return Estimate(top / bottom, Interval(percentileBounds(ratios)))
    }

    /// Mean reward a bar of trading with a random side, over all regimes.
    func coinFlip() -> Estimate {
        let long = draws.pooled(column: PairedColumn.long.rawValue), short = draws.pooled(column: PairedColumn.short.rawValue)
        let bars = Double(max(1, table.counts.reduce(0, +)))
        let mean = (0..<table.regimes).reduce(0.0) { $0 + Double(table.counts[$1]) * 0.5 * (self.mean($1, .long) + self.mean($1, .short)) } / bars
        return Estimate(mean, Interval(percentileBounds(zip(long, short).map { 0.5 * ($0 + $1) })))
    }
}

extension Interval {
    init(_ bounds: Bounds) { self.init(bounds.low, bounds.high) }
}
