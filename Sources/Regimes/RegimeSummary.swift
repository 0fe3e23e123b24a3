internal import TradingTypes

/// How often, how long and in what order the regimes occur over a range of bars. Lane = `Regime` raw value throughout.
public struct RegimeSummary: Sendable, Equatable {
    public let bars: Int
    /// Share of the bars, summing to 1; all 0 for an empty range.
    public let shares: [Double]
    /// Stretches of one regime, those cut off by the range's ends included.
    public let runs: [Int]
    /// Bars a run lasts on average; NaN for a regime that does not occur.
    public let meanDuration: [Double]
    /// 1 / (1 - P_ii), the mean duration if leaving did not depend on the time spent: infinite for a regime never left, NaN for one with no successor.
    /// Differs from `meanDuration` only through the last run, which has no end in the range.
    public let impliedDuration: [Double]
    /// `transition[i][j]` = share of the bars of regime i, the last bar left out, that regime j follows. NaN rows for regimes with no successor.
    public let transition: [[Double]]

    /// Summarises `rows` of the labels, the valid ones when nil.
    public init(_ labels: RegimeLabels, rows: Range<Int>? = nil) {
        let rows = rows ?? labels.firstValid..<labels.labels.count
        let part = labels.labels[rows]
        let kinds = Regime.allCases.count
        var counts = [Int](repeating: 0, count: kinds), runs = counts
        var moves = [[Int]](repeating: counts, count: kinds)
        var previous: Int?
        for label in part {
            let now = Int(label)
            counts[now] += 1
            if previous != now { runs[now] += 1 }
            if let previous { moves[previous][now] += 1 }
            previous = now
        }
        bars = part.count
        let total = Double(max(1, part.count))
        shares = counts.map { Double($0) / total }
        self.runs = runs
        meanDuration = zip(counts, runs).map { $1 > 0 ? Double($0) / Double($1) : .nan }
        transition = moves.map { row in
            let sum = Double(row.reduce(0, +))
            return row.map { sum > 0 ? Double($0) / sum : .nan }
        }
        impliedDuration = transition.enumerated().map { i, row in 1 / (1 - row[i]) }
    }
}

/// How far two detectors agree on the same bars.
public struct RegimeAgreement: Sendable, Equatable {
    public let bars: Int
    /// `confusion[i][j]` = bars that the first calls i and the second j.
    public let confusion: [[Int]]
    /// Share of the bars with equal labels.
    public let equalShare: Double
    /// Cohen's kappa: (equal share - chance) / (1 - chance), chance from the two detectors' own shares. 1 full agreement, 0 chance;
    /// NaN for an empty range, or when both use a single label.
    public let kappa: Double

    /// Compares over `rows`; when nil, over the bars that are valid in both.
    public init(_ a: RegimeLabels, _ b: RegimeLabels, rows: Range<Int>? = nil) {
        precondition(a.labels.count == b.labels.count, "labels of \(a.labels.count) and \(b.labels.count) bars")
        let rows = rows ?? max(a.firstValid, b.firstValid)..<a.labels.count
        let kinds = Regime.allCases.count
        var confusion = [[Int]](repeating: [Int](repeating: 0, count: kinds), count: kinds)
        for t in rows { confusion[Int(a.labels[t])][Int(b.labels[t])] += 1 }
        let n = Double(rows.count)
        let equal = Double((0..<kinds).reduce(0) { $0 + confusion[$1][$1] }) / n
        let chance = (0..<kinds).reduce(0.0) { sum, k in
            let first = Double(confusion[k].reduce(0, +)), second = Double(confusion.reduce(0) { $0 + $1[k] })
            return sum + first / n * second / n
        }
        bars = rows.count
        self.confusion = confusion
        equalShare = equal
        kappa = chance < 1 ? (equal - chance) / (1 - chance) : .nan
    }
}
