internal import RealModule

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
        precondition(
            !columns.isEmpty && columns.allSatisfy { $0.count == n }, "RegimeTable: \(n) labels, columns of \(columns.map(\.count)) values")
        self.init(labels: labels, regimes: regimes, columns: columns.count, stretch: max(1, n)) { _ in columns }
    }

    /// From columns that are computed stretch by stretch, so that they never lie in memory beside the table.
    ///
    /// - Parameter values: the C columns of some bars; called once for each stretch of `stretch` bars, on up to `threads` threads.
    package init(
        labels: [UInt8], regimes: Int, columns: Int, stretch: Int, threads: Int = 1, values: @Sendable (Range<Int>) -> [[Double]]
    ) {
        let n = labels.count
        precondition(n > 0 && n < Int(UInt32.max) / 4, "RegimeTable: \(n) bars")
        precondition((1...16).contains(regimes), "RegimeTable: \(regimes) regimes, expected 1 to 16")
        precondition(columns > 0 && stretch > 0, "RegimeTable: \(columns) columns in stretches of \(stretch)")
        var counts = [Int](repeating: 0, count: regimes)
        for label in labels where Int(label) < regimes { counts[Int(label)] += 1 }

        let vectors = (columns + 7) / 8
        var means = [Double](repeating: 0, count: regimes * columns)
        let centred = [SIMD8<Double>](unsafeUninitializedCapacity: n * vectors) { target, filled in
            nonisolated(unsafe) let base = target.baseAddress!
            parallelFor(count: n, threads: threads, chunk: stretch) { rows in
                let part = values(rows)
                precondition(part.count == columns, "RegimeTable: \(part.count) columns, expected \(columns)")
                for k in 0..<vectors {
                    let first = UnsafeMutableRawPointer(base + k * n + rows.lowerBound).assumingMemoryBound(to: Double.self)
                    for lane in 0..<8 {
                        if k * 8 + lane < columns {
                            part[k * 8 + lane].withUnsafeBufferPointer { x in for i in 0..<rows.count { first[i * 8 + lane] = x[i] } }
                        } else {
                            for i in 0..<rows.count { first[i * 8 + lane] = 0 }
                        }
                    }
                }
            }
            for k in 0..<vectors {
                let rows = UnsafeMutableBufferPointer(start: base + k * n, count: n)
                let mean = regimeMeans(rows, labels: labels, counts: counts)
                for g in 0..<regimes {
                    for lane in 0..<min(8, columns - k * 8) { means[g * columns + k * 8 + lane] = mean[g].value[lane] }
                }
                parallelFor(count: n, threads: threads, chunk: max(stretch, 1 << 14)) { part in
                    let row = base + k * n
                    for t in part {
                        let g = Int(labels[t])
                        row[t] = g < regimes ? (row[t] - mean[g].value).replacing(with: 0, where: mean[g].isConstant) : .zero
                    }
                }
            }
            filled = n * vectors
        }
        rows = n
        self.regimes = regimes
        self.columns = columns
        self.means = means
        self.counts = counts
        self.labels = labels
        self.vectors = vectors
        self.centred = centred
    }

    /// Standard deviation of every column over the bars of each regime, divisor n_g, laid out like `means`; 0 for a regime of at most one bar.
    package var deviations: [Double] {
        var out = [Double](repeating: 0, count: regimes * columns)
        for k in 0..<vectors {
            var sums = [SIMD8<Double>](repeating: .zero, count: regimes), squares = sums
            for t in 0..<rows where Int(labels[t]) < regimes {
                let x = centred[k * rows + t]
                sums[Int(labels[t])] += x
                squares[Int(labels[t])] += x * x
            }
            for g in 0..<regimes where counts[g] > 1 {
                let n = Double(counts[g])
                for lane in 0..<min(8, columns - k * 8) {
                    out[g * columns + k * 8 + lane] = Double.sqrt(max(0, (squares[g][lane] - sums[g][lane] * sums[g][lane] / n) / n))
                }
            }
        }
        return out
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

/// Mean per regime, lane by lane, and where a column is constant within the regime: its values differ by at most 1e-12 of the first one, which is the
/// rounding of how they were computed. The mean then is the first value itself. Rounding noise left in would pass for a series with
/// a memory of its own and set block lengths.
private func regimeMeans(
    _ rows: UnsafeMutableBufferPointer<SIMD8<Double>>, labels: [UInt8], counts: [Int]
) -> [(value: SIMD8<Double>, isConstant: SIMDMask<SIMD8<Int64>>)] {
    let regimes = counts.count
    func size(_ x: SIMD8<Double>) -> SIMD8<Double> { x.replacing(with: SIMD8<Double>.zero - x, where: x .< 0) }
    var sums = [SIMD8<Double>](repeating: .zero, count: regimes), firsts = sums, largest = sums
    var seen = [Bool](repeating: false, count: regimes)
    for t in rows.indices {
        let g = Int(labels[t])
        if g >= regimes { continue }
        let x = rows[t]
        precondition(all((x - x) .== 0), "RegimeTable: value \(x) at bar \(t)")
        if !seen[g] {
            seen[g] = true
            firsts[g] = x
        }
        let d = x - firsts[g], away = size(d)
        largest[g] = largest[g].replacing(with: away, where: away .> largest[g])
        sums[g] += d
    }
    return (0..<regimes).map { g in
        let isConstant = largest[g] .<= 1e-12 * size(firsts[g])
        if counts[g] == 0 { return (.zero, isConstant) }
        return (firsts[g] + (sums[g] / Double(counts[g])).replacing(with: 0, where: isConstant), isConstant)
    }
}
