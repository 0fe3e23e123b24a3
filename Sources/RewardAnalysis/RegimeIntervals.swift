internal import NumericKernels

/// Intervals of every regime mean of one reward, from one set of bootstrap draws.
///
/// All are bootstrap-t (studentised by each replicate's own block sums), which keeps 95% within two points from about 1,000 bars on; the
/// break-even, a ratio, by inverting that of a linear contrast (Fieller 1954).
struct RegimeIntervals: Sendable {
    private let draws: BootstrapDraws
    private let table: RegimeMoments
    private let each: [QuantityIntervals]
    private let joint: [Int: Bounds]

    /// Columns whose bands hold jointly over all regimes.
    static let jointColumns: [PairedColumn] = [.longMinusHold, .shortMinusHold, .zeroEdgeGap]

    init(_ draws: BootstrapDraws, table: RegimeTable, threads: Int) {
        self.draws = draws
        self.table = RegimeMoments(table)
        each = bootstrapIntervals(draws, threads: threads)
        let quantities = (0..<table.regimes).filter { table.counts[$0] > 0 }.flatMap { g in Self.jointColumns.map { g * table.columns + $0.rawValue } }
        joint = Dictionary(uniqueKeysWithValues: zip(quantities, simultaneousBands(draws, quantities: quantities, studentised: false).bands))
    }

    private func quantity(_ g: Int, _ column: PairedColumn) -> Int { g * table.columns + column.rawValue }

    func mean(_ g: Int, _ column: PairedColumn) -> Double { table.means[quantity(g, column)] }
    func standardError(_ g: Int, _ column: PairedColumn) -> Double { each[quantity(g, column)].standardError }

    /// Standard deviation over the regime's bars.
    func deviation(_ g: Int, _ column: PairedColumn) -> Double { table.deviations[quantity(g, column)] }

    func interval(_ g: Int, _ column: PairedColumn) -> Interval {
        Interval(each[quantity(g, column)].preferred)
    }

    /// Band that holds for all regimes and contrasts at once: estimate +- max-|t| critical value times the standard error.
    func simultaneous(_ g: Int, _ column: PairedColumn) -> Interval { joint[quantity(g, column)].map { Interval($0) } ?? interval(g, column) }

    /// Share of replicates with the opposite sign.
    func wrongSign(_ g: Int, _ column: PairedColumn) -> Double { each[quantity(g, column)].probabilityWrongSign }

    /// Hit rate at which trading and holding are worth the same, `ratio` of the regime's paired columns.
    func breakEven(_ g: Int, ratio: Double?) -> Estimate {
        guard let ratio else { return Estimate(nil, reason: "skill does not enter: right and wrong trades are paid alike") }
        let bounds = ratioInterval(draws, residual: quantity(g, .breakEvenResidual), denominator: quantity(g, .breakEvenSlope), ratio: ratio)
        if case .bounded(let bounds) = bounds { return Estimate(ratio, Interval(bounds)) }
        return Estimate(ratio, nil, reason: "the data do not tell whether a higher hit rate pays more")
    }
}

/// Mean over all bars of one column, with its bootstrap-t interval: the bars of all regimes resampled as one series, in blocks of `pooledBlockLength`
/// (at least 1/4,096 of the series, as for the regimes).
func pooledMean(_ column: [Double], labels: [UInt8], regimes: Int, _ settings: ExpectedValueSettings) -> Estimate {
    let n = column.count
    let table = RegimeTable(labels: [UInt8](repeating: 0, count: n), regimes: 1, columns: [column])
    let block = max(pooledBlockLength(column, labels: labels, regimes: regimes), Double(n) / 4_096)
    let plan = BootstrapPlan(meanBlock: block, replicates: settings.replicates, seed: settings.seed, threads: settings.threads)
    let interval = bootstrapIntervals(stationaryBootstrap(table, plan), threads: settings.threads)[0]
    return Estimate(interval.estimate, Interval(interval.preferred))
}

/// What of a table is needed when its bars are gone.
private struct RegimeMoments: Sendable {
    let regimes: Int
    let columns: Int
    let counts: [Int]
    let means: [Double]
    let deviations: [Double]

    init(_ table: RegimeTable) {
        regimes = table.regimes
        columns = table.columns
        counts = table.counts
        means = table.means
        deviations = table.deviations
    }
}

extension Interval {
    init(_ bounds: Bounds) { self.init(bounds.low, bounds.high) }
}
