/// Means of one series over cells (group a, regime g), where every row belongs to one group: what a log tells of actions, since a step has only one.
///
/// All intervals come from stationary-bootstrap draws of the whole series with one block length. A difference between two groups in a regime is resampled through
/// its influence function, psi_a - psi_b (rows of neither group are 0): its mean over the replicate is, to first order, the replicate's difference of the
/// two means, and rows keep their neighbours, so dependence between the groups' steps is in the interval.
package struct UnpairedMeans: Sendable {
    /// One table a group; rows of other groups are rows of the series that enter no sum.
    package let tables: [RegimeTable]
    /// Mean block length of the draws.
    package let block: Double
    /// Intervals of each mean, [A][G]; NaN for a cell without rows.
    package let levels: [[QuantityIntervals]]
    /// Difference to the reference group, with its interval and the band for all of them at once.
    package struct Contrast: Sendable {
        package let estimate: Double
        package let interval: Bounds
        package let simultaneous: Bounds
        package let probabilityWrongSign: Double
    }
    private let contrasts: [Int: Contrast]
    private let regimes: Int

    /// - Parameters:
    ///   - values: the series [n].
    ///   - groups: its group, row by row [n], below `groupCount`.
    ///   - labels: its regime, row by row [n]; `regimes` and above: none.
    ///   - reference: the group that the others are compared with; nil compares none.
    package init(
        values: [Double], groups: [UInt8], groupCount: Int, labels: [UInt8], regimes: Int, reference: Int?, replicates: Int, seed: UInt64, threads: Int
    ) {
        let n = values.count, outside = UInt8(regimes)
        let tables = (0..<groupCount).map { a in
            RegimeTable(labels: (0..<n).map { Int(groups[$0]) == a ? labels[$0] : outside }, regimes: regimes, columns: [values])
        }
        // Influence functions of the differences, and which one each column is.
        var cells: [(group: Int, regime: Int)] = [], differences: [[Double]] = []
        if let reference {
            for g in 0..<regimes where tables[reference].counts[g] > 0 {
                let base = tables[reference].influence(regime: g, column: 0)
                for a in 0..<groupCount where a != reference && tables[a].counts[g] > 0 {
                    cells.append((a, g))
                    differences.append(zip(tables[a].influence(regime: g, column: 0), base).map { $0 - $1 })
                }
            }
        }
        var influences = differences
        for table in tables {
            for g in 0..<regimes where table.counts[g] > 1 { influences.append(table.influence(regime: g, column: 0)) }
        }
        let varying = influences.filter { $0.contains { $0 != 0 } }
        let estimated = n < 8 ? 1 : optimalBlockLengths(varying, threads: threads).map(\.stationary).filter(\.isFinite).max() ?? 1
        let block = max(estimated, Double(n) / 4_096, 1)
        let plan = BootstrapPlan(meanBlock: block, replicates: replicates, seed: seed, threads: threads)
        self.tables = tables
        self.regimes = regimes
        self.block = block
        levels = tables.map { bootstrapIntervals(stationaryBootstrap($0, plan), threads: threads) }
        var found: [Int: Contrast] = [:]
        if !cells.isEmpty {
            let draws = stationaryBootstrap(RegimeTable(labels: [UInt8](repeating: 0, count: n), regimes: 1, columns: differences), plan)
            let intervals = bootstrapIntervals(draws, threads: threads)
            let bands = simultaneousBands(draws, quantities: Array(cells.indices)).bands
            for (k, cell) in cells.enumerated() {
                let estimate = tables[cell.group].means[cell.regime] - tables[reference!].means[cell.regime]
                let own = intervals[k].preferred, band = bands[k]
                // The draws are of the influence function, whose mean is 0; they move to the estimate.
                let opposite = draws.deviations[k * replicates..<(k + 1) * replicates].reduce(0.0) {
                    let signs = (estimate + $1) * (estimate > 0 ? 1 : -1)
                    return $0 + (signs < 0 ? 1 : signs == 0 ? 0.5 : 0)
                }
                found[cell.group * regimes + cell.regime] = Contrast(
                    estimate: estimate, interval: Bounds(estimate + own.low, estimate + own.high), simultaneous: Bounds(estimate + band.low, estimate + band.high),
                    probabilityWrongSign: estimate == 0 ? 0.5 : opposite / Double(replicates))
            }
        }
        contrasts = found
    }

    /// Group a minus the reference in regime g; nil where either has no rows there.
    package func contrast(_ a: Int, regime g: Int) -> Contrast? { contrasts[a * regimes + g] }
}
