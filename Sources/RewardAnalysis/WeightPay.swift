internal import Environments
internal import Features
package import Rewards
internal import TradingTypes

/// What one unit of every weight pays, regime by regime: all that a change of weights needs. K terms, A actions (HOLD, LONG, SHORT), R regimes.
///
/// Scoring is linear in the weights, so a mean under other weights is the sum of weight times the mean here: exact. Shadow terms are among them. Standard errors are
/// quadratic in the weights; they come from the covariance of block sums (blocks of `RewardValue.blockLength` bars), which the bootstrap's intervals at the file's own weights calibrate.
package struct WeightPay: Sendable {
    package struct Regime: Sendable {
        /// Mean by kind of pay in the order of `Provenance.allCases`, [K][4][A].
        package var parts: [[[Double]]]
        /// Mean of uncertain and shaping pay when every future was its mirror image, [K][A].
        package var mirrored: [[Double]]
        /// Mean uncertain and shaping pay of the trade that turned out right, and wrong, [K].
        package var right: [Double]
        package var wrong: [Double]
        /// Covariances between terms of the regime means, [K][K] each; empty without bars.
        package var covariances: [PayCovariance: [[Double]]]

        package init(parts: [[[Double]]], mirrored: [[Double]], right: [Double], wrong: [Double], covariances: [PayCovariance: [[Double]]]) {
            self.parts = parts
            self.mirrored = mirrored
            self.right = right
            self.wrong = wrong
            self.covariances = covariances
        }
    }

    package var regimes: [Regime]
    /// The reward file around its weights; nil where they cannot be replaced in its text.
    package var text: WeightedText?

    package init(regimes: [Regime], text: WeightedText?) {
        self.regimes = regimes
        self.text = text
    }
}

/// A pair of columns whose covariance over terms is kept. Columns: pay of an action; gap, a side's trade minus HOLD at zero edge; numerator, A of a break-even rate A / B where
/// that side is the better trade in certain pay; slope, B.
package enum PayCovariance: String, CaseIterable, Sendable {
    case hold, long, short, longGap, shortGap, longNumerator, shortNumerator, slope, longNumeratorSlope, shortNumeratorSlope

    /// Indices into the columns hold, long, short, longGap, shortGap, longNumerator, shortNumerator, slope.
    fileprivate var columns: (Int, Int) {
        switch self {
        case .hold: (0, 0)
        case .long: (1, 1)
        case .short: (2, 2)
        case .longGap: (3, 3)
        case .shortGap: (4, 4)
        case .longNumerator: (5, 5)
        case .shortNumerator: (6, 6)
        case .slope: (7, 7)
        case .longNumeratorSlope: (5, 7)
        case .shortNumeratorSlope: (6, 7)
        }
    }

    fileprivate static let columnCount = 8
}

extension WeightPay {
    /// - Parameter blockLength: bars of a block, the bootstrap's at the file's weights.
    package init(_ stack: RewardStack, _ market: AnalysisMarket, blockLength: Double, threads: Int) {
        let n = market.rows.count, terms = stack.design.terms.count, regimes = market.regimeNames.count
        let scorer = StretchScorer(stack, market), block = max(1, Int(blockLength.rounded()))
        // Blocks never cross the border between two stretches.
        let step = stack.isStateful ? max(1, n) : max(block, FeatureSource.stretch / block * block)
        let stretches = stride(from: 0, to: n, by: step).map { $0..<min(n, $0 + step) }
        let sums = inParallel(stretches.count, threads: threads) { i in
            UnitSums(stack, scorer.tried(stretches[i]), nextReturn: market.environment.nextReturn, from: market.rows.lowerBound + stretches[i].lowerBound, regimes: regimes, block: block)
        }
        let counts = market.regimeCounts.map { Double(max(1, $0)) }
        self.regimes = (0..<regimes).map { g in
            func total(_ rows: (UnitSums) -> Double) -> Double { sums.reduce(0) { $0 + rows($1) } / counts[g] }
            let each = 0..<terms
            let means = each.map { k in (0..<PayCovariance.columnCount).map { q in total { $0.columns[g][k * PayCovariance.columnCount + q] } } }
            return Regime(
                parts: each.map { k in Provenance.allCases.indices.map { p in (0..<3).map { a in total { $0.parts[g][(k * 4 + p) * 3 + a] } } } },
                mirrored: each.map { k in (0..<3).map { a in total { $0.mirrored[g][k * 3 + a] } } },
                right: each.map { k in total { $0.right[g][k] } }, wrong: each.map { k in total { $0.wrong[g][k] } },
                covariances: market.regimeCounts[g] > 0 ? Self.covariances(sums, regime: g, bars: counts[g], means: means) : [:])
        }
        text = stack.design.weightedText
    }

    /// Covariance of the regime means: sums over blocks of the influence function (pay minus its mean, over the regime's bars), multiplied and added up.
    private static func covariances(_ sums: [UnitSums], regime g: Int, bars: Double, means: [[Double]]) -> [PayCovariance: [[Double]]] {
        let terms = means.count, width = PayCovariance.columnCount
        var out: [PayCovariance: [[Double]]] = [:]
        for pair in PayCovariance.allCases { out[pair] = Array(repeating: [Double](repeating: 0, count: terms), count: terms) }
        for part in sums {
            for block in part.blocks where block.regimeBars[g] > 0 {
                let held = Double(block.regimeBars[g])
                func influence(_ k: Int, _ q: Int) -> Double { (block.columns[g][k * width + q] - held * means[k][q]) / bars }
                for pair in PayCovariance.allCases {
                    let (p, q) = pair.columns
                    let left = (0..<terms).map { influence($0, p) }, right = p == q ? left : (0..<terms).map { influence($0, q) }
                    for i in 0..<terms { for j in 0..<terms { out[pair]![i][j] += left[i] * right[j] } }
                }
            }
        }
        return out
    }
}

/// Sums over a stretch of what one unit of each weight pays.
private struct UnitSums: Sendable {
    struct Block: Sendable {
        var regimeBars: [Int]
        /// By regime, [K x 8].
        var columns: [[Double]]
    }

    /// By regime: [K x 4 x 3], [K x 3], [K], [K], [K x 8].
    var parts, mirrored, right, wrong, columns: [[Double]]
    var blocks: [Block] = []

    init(_ stack: RewardStack, _ stretch: TriedStretch, nextReturn: [Double], from first: Int, regimes: Int, block length: Int) {
        let terms = stack.design.terms.count, n = stretch.labels.count, width = PayCovariance.columnCount
        func zeros(_ count: Int) -> [[Double]] { Array(repeating: [Double](repeating: 0, count: count), count: regimes) }
        (parts, mirrored, right, wrong, columns) = (zeros(terms * 12), zeros(terms * 3), zeros(terms), zeros(terms), zeros(terms * width))
        for start in stride(from: 0, to: n, by: length) {
            var bars = [Int](repeating: 0, count: regimes)
            for t in start..<min(n, start + length) { bars[Int(stretch.labels[t])] += 1 }
            blocks.append(Block(regimeBars: bars, columns: bars.map { $0 > 0 ? [Double](repeating: 0, count: terms * width) : [] }))
        }
        let real = SpotAction.allCases.map { stretch.outcomes($0, false) }, mirror = SpotAction.allCases.map { stretch.outcomes($0, true) }
        for k in 0..<terms {
            // Certain and uncertain pay of the term by action, and uncertain pay in the mirror, [A][N].
            var certain = Array(repeating: [Double](repeating: 0, count: n), count: 3), uncertain = certain, reflected = certain
            for a in 0..<3 {
                for (provenance, pay) in stack.parts(of: k, tried: real[a], taken: stretch.taken) {
                    let isCertain = provenance == .guaranteed || provenance == .path
                    let slot = (k * 4 + (Provenance.allCases.firstIndex(of: provenance) ?? 0)) * 3 + a
                    for t in 0..<n {
                        let x = pay[t]
                        parts[Int(stretch.labels[t])][slot] += x
                        if isCertain { certain[a][t] += x } else { uncertain[a][t] += x }
                    }
                }
                for (provenance, pay) in stack.parts(of: k, tried: mirror[a], taken: stretch.taken) where provenance == .uncertain || provenance == .shaping {
                    for t in 0..<n {
                        reflected[a][t] += pay[t]
                        mirrored[Int(stretch.labels[t])][k * 3 + a] += pay[t]
                    }
                }
            }
            for t in 0..<n {
                let g = Int(stretch.labels[t]), r = nextReturn[first + t], b = t / length
                let won = r > 0 ? uncertain[1][t] : r < 0 ? uncertain[2][t] : 0.5 * (uncertain[1][t] + uncertain[2][t])
                let lost = r > 0 ? uncertain[2][t] : r < 0 ? uncertain[1][t] : 0.5 * (uncertain[1][t] + uncertain[2][t])
                right[g][k] += won
                wrong[g][k] += lost
                let hold = certain[0][t] + 0.5 * (uncertain[0][t] + reflected[0][t])
                func gap(_ a: Int) -> Double { certain[a][t] + 0.5 * (uncertain[a][t] + reflected[a][t]) - hold }
                func numerator(_ a: Int) -> Double { certain[0][t] - certain[a][t] + uncertain[0][t] - lost }
                let values = (
                    certain[0][t] + uncertain[0][t], certain[1][t] + uncertain[1][t], certain[2][t] + uncertain[2][t], gap(1), gap(2), numerator(1), numerator(2), won - lost
                )
                func add(_ q: Int, _ x: Double) {
                    columns[g][k * width + q] += x
                    blocks[b].columns[g][k * width + q] += x
                }
                add(0, values.0)
                add(1, values.1)
                add(2, values.2)
                add(3, values.3)
                add(4, values.4)
                add(5, values.5)
                add(6, values.6)
                add(7, values.7)
            }
        }
    }
}
