/// Columns of a bar series with one regime label a bar, centred on their regime means: what the bootstrap resamples.
///
/// Centring makes block sums those of the influence function (times the regime's share), keeps rounding errors small, and lets a
/// column that is constant within a regime have a spread of exactly zero.
package struct RegimeTable: Sendable {
    /// n, the number of bars, labelled or not.
    package let rows: Int
    /// G.
    package let regimes: Int
    /// C.
    package let columns: Int
    /// Mean of column c over the bars of regime g at `g * columns + c`; 0 where the regime has no bars.
    package let means: [Double]
    /// Bars per regime.
    package let counts: [Int]
    /// One a bar; `regimes` and above: no regime.
    let labels: [UInt8]
    /// SIMD8 vectors a bar: C / 8, rounded up.
    let vectors: Int
    /// Centred values: vector k of bar t at `k * rows + t`; zero on bars of no regime and in padding lanes.
    let centred: [SIMD8<Double>]

    /// - Parameters:
    ///   - labels: one a bar [n]; values of `regimes` and above mark bars of no regime, which count as rows of the
    ///     series (they are resampled like any other) but enter no sum.
    ///   - regimes: G, 1 to 16.
    ///   - columns: C arrays of n values; values on bars of no regime are not read.
    /// Traps when the lengths differ or a value on a labelled bar is not finite.
    package init(labels: [UInt8], regimes: Int, columns: [[Double]]) {
        let n = labels.count
        precondition(n > 0 && n < Int(UInt32.max) / 4, "RegimeTable: \(n) bars")
        precondition((1...16).contains(regimes), "RegimeTable: \(regimes) regimes, expected 1 to 16")
        precondition(
            !columns.isEmpty && columns.allSatisfy { $0.count == n }, "RegimeTable: \(n) labels, columns of \(columns.map(\.count)) values")
        var counts = [Int](repeating: 0, count: regimes)
        for label in labels where Int(label) < regimes { counts[Int(label)] += 1 }

        let vectors = (columns.count + 7) / 8
        var means = [Double](repeating: 0, count: regimes * columns.count)
        var centred = [SIMD8<Double>](repeating: .zero, count: n * vectors)
        centred.withUnsafeMutableBytes { raw in
            let flat = raw.bindMemory(to: Double.self)
            for (c, column) in columns.enumerated() {
                var mean = regimeMeans(column, labels: labels, counts: counts)
                for g in 0..<regimes { means[g * columns.count + c] = mean[g] }
                mean += [Double](repeating: 0, count: 256 - regimes)
                let base = (c / 8) * n * 8 + c % 8
                for t in 0..<n where Int(labels[t]) < regimes { flat[base + t * 8] = column[t] - mean[Int(labels[t])] }
            }
        }
        rows = n
        self.regimes = regimes
        self.columns = columns.count
        self.means = means
        self.counts = counts
        self.labels = labels
        self.vectors = vectors
        self.centred = centred
    }

    /// Influence function of one regime's mean: psi_t = 1[g_t = g] (X_t - mean_g) / share_g [n], with share_g = n_g / n; zero for a
    /// regime without bars. Its long-run variance over n is the variance of the mean; block lengths are estimated on it.
    package func influence(regime: Int, column: Int) -> [Double] {
        precondition(regime < regimes && column < columns, "influence: regime \(regime) of \(regimes), column \(column) of \(columns)")
        var psi = [Double](repeating: 0, count: rows)
        if counts[regime] == 0 { return psi }
        let scale = Double(rows) / Double(counts[regime]), base = (column / 8) * rows, lane = column % 8
        for t in 0..<rows where Int(labels[t]) == regime { psi[t] = centred[base + t][lane] * scale }
        return psi
    }
}

/// Mean per regime; exactly the value itself where the column is constant within the regime.
private func regimeMeans(_ column: [Double], labels: [UInt8], counts: [Int]) -> [Double] {
    let regimes = counts.count
    var sums = [Double](repeating: 0, count: regimes), firsts = sums
    var seen = [Bool](repeating: false, count: regimes), varies = seen
    for t in 0..<column.count {
        let g = Int(labels[t])
        if g >= regimes { continue }
        let x = column[t]
        precondition(x.isFinite, "RegimeTable: value \(x) at bar \(t)")
        if !seen[g] {
            seen[g] = true
            firsts[g] = x
        }
        varies[g] = varies[g] || x != firsts[g]
        sums[g] += x - firsts[g]
    }
    return (0..<regimes).map { g in counts[g] == 0 ? 0 : varies[g] ? firsts[g] + sums[g] / Double(counts[g]) : firsts[g] }
}
