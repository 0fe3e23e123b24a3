internal import Environments
internal import Features
internal import NumericKernels
package import Rewards
package import TradingTypes

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
    /// Options only: the same of HOLD, TRIM and EXIT in a trade, [R]; empty otherwise.
    package var inTrade: [Regime] = []
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
        let sums = inParallel(stretches.count, threads: threads) { i -> UnitPaySums in
            let stretch = scorer.tried(stretches[i]), first = market.rows.lowerBound + stretches[i].lowerBound
            var sums = UnitPaySums(
                terms: terms, labels: stretch.labels, regimes: regimes, nextReturn: Array(market.environment.nextReturn[first..<(first + stretch.labels.count)]), blockLength: block)
            let real = SpotAction.allCases.map { stretch.outcomes($0, false) }, mirror = SpotAction.allCases.map { stretch.outcomes($0, true) }
            for k in 0..<terms {
                func parts(_ outcomes: [OutcomeColumns]) -> [[(provenance: Provenance, pay: Column)]] { outcomes.map { stack.parts(of: k, tried: $0, taken: stretch.taken) } }
                sums.add(term: k, parts(real), mirrored: parts(mirror))
            }
            return sums
        }
        self.init(regimes: Self.regimes(sums), text: stack.design.weightedText)
    }

    /// Regime means and covariances of sums over stretches that follow each other.
    package static func regimes(_ sums: [UnitPaySums]) -> [Regime] {
        guard let first = sums.first else { return [] }
        let width = PayCovariance.columnCount, each = 0..<first.terms
        return first.counts.indices.map { g in
            let count = sums.reduce(0) { $0 + $1.counts[g] }, bars = Double(max(1, count))
            func total(_ rows: (UnitPaySums) -> Double) -> Double { sums.reduce(0) { $0 + rows($1) } / bars }
            let means = each.map { k in (0..<width).map { q in total { $0.columns[g][k * width + q] } } }
            return Regime(
                parts: each.map { k in Provenance.allCases.indices.map { p in (0..<3).map { a in total { $0.parts[g][(k * 4 + p) * 3 + a] } } } },
                mirrored: each.map { k in (0..<3).map { a in total { $0.mirrored[g][k * 3 + a] } } },
                right: each.map { k in total { $0.right[g][k] } }, wrong: each.map { k in total { $0.wrong[g][k] } },
                covariances: count > 0 ? covariances(sums, regime: g, bars: bars, means: means) : [:])
        }
    }

    /// Covariance of the regime means: sums over blocks of the influence function (pay minus its mean, over the regime's bars), multiplied and added up.
    private static func covariances(_ sums: [UnitPaySums], regime g: Int, bars: Double, means: [[Double]]) -> [PayCovariance: [[Double]]] {
        let terms = means.count, width = PayCovariance.columnCount, pairs = PayCovariance.allCases
        var matrices = pairs.map { _ in Array(repeating: [Double](repeating: 0, count: terms), count: terms) }
        for part in sums {
            for block in part.blocks where block.regimeBars[g] > 0 {
                let held = Double(block.regimeBars[g])
                let influence = (0..<width).map { q in (0..<terms).map { k in (block.columns[g][k * width + q] - held * means[k][q]) / bars } }
                for (m, pair) in pairs.enumerated() {
                    let left = influence[pair.columns.0], right = influence[pair.columns.1]
                    for i in 0..<terms where left[i] != 0 { for j in 0..<terms { matrices[m][i][j] += left[i] * right[j] } }
                }
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(pairs, matrices))
    }
}

/// Sums over some consecutive bars of what one unit of each weight pays, filled term by term. N bars, K terms, 3 actions, HOLD first.
package struct UnitPaySums: Sendable {
    fileprivate struct Block: Sendable {
        var regimeBars: [Int]
        /// By regime, [K x 8]; empty where the block has no bar of it.
        var columns: [[Double]]
    }

    package let terms: Int
    fileprivate var counts: [Int]
    /// By regime: [K x 4 x 3], [K x 3], [K], [K], [K x 8].
    fileprivate var parts, mirrored, right, wrong, columns: [[Double]]
    fileprivate var blocks: [Block] = []
    private let labels: [UInt8]
    private let nextReturn: [Double]
    private let blockLength: Int

    /// - Parameters:
    ///   - labels: regime of each bar, [N].
    ///   - nextReturn: tells which trade turned out right, [N]; empty where there is no such thing.
    package init(terms: Int, labels: [UInt8], regimes: Int, nextReturn: [Double], blockLength: Int) {
        precondition(nextReturn.isEmpty || nextReturn.count == labels.count, "labels \(labels.count), next returns \(nextReturn.count): expected one a bar, or none")
        let width = PayCovariance.columnCount
        func zeros(_ count: Int) -> [[Double]] { Array(repeating: [Double](repeating: 0, count: count), count: regimes) }
        self.terms = terms
        self.labels = labels
        self.nextReturn = nextReturn
        self.blockLength = blockLength
        counts = [Int](repeating: 0, count: regimes)
        (parts, mirrored, right, wrong, columns) = (zeros(terms * 12), zeros(terms * 3), zeros(terms), zeros(terms), zeros(terms * width))
        for start in stride(from: 0, to: labels.count, by: blockLength) {
            var bars = [Int](repeating: 0, count: regimes)
            for t in start..<min(labels.count, start + blockLength) { bars[Int(labels[t])] += 1 }
            for g in bars.indices { counts[g] += bars[g] }
            blocks.append(Block(regimeBars: bars, columns: bars.map { $0 > 0 ? [Double](repeating: 0, count: terms * width) : [] }))
        }
    }

    /// Adds term `k`: its unweighted pay by action and part, and the same on mirrored futures.
    package mutating func add(term k: Int, _ pay: [[(provenance: Provenance, pay: Column)]], mirrored reflections: [[(provenance: Provenance, pay: Column)]]) {
        let n = labels.count, width = PayCovariance.columnCount
        // Certain and uncertain pay of the term by action, and uncertain pay in the mirror, [A][N].
        var certain = Array(repeating: [Double](repeating: 0, count: n), count: 3), uncertain = certain, reflected = certain
        for a in 0..<3 {
            for (provenance, column) in pay[a] {
                let isCertain = provenance == .guaranteed || provenance == .path
                let slot = (k * 4 + (Provenance.allCases.firstIndex(of: provenance) ?? 0)) * 3 + a
                for t in 0..<n {
                    let x = column[t]
                    parts[Int(labels[t])][slot] += x
                    if isCertain { certain[a][t] += x } else { uncertain[a][t] += x }
                }
            }
            for (provenance, column) in reflections[a] where provenance == .uncertain || provenance == .shaping {
                for t in 0..<n {
                    reflected[a][t] += column[t]
                    mirrored[Int(labels[t])][k * 3 + a] += column[t]
                }
            }
        }
        for t in 0..<n {
            let g = Int(labels[t]), r = nextReturn.isEmpty ? .nan : nextReturn[t]
            let either = 0.5 * (uncertain[1][t] + uncertain[2][t])
            let won = r > 0 ? uncertain[1][t] : r < 0 ? uncertain[2][t] : either, lost = r > 0 ? uncertain[2][t] : r < 0 ? uncertain[1][t] : either
            right[g][k] += won
            wrong[g][k] += lost
            let hold = certain[0][t] + 0.5 * (uncertain[0][t] + reflected[0][t])
            func gap(_ a: Int) -> Double { certain[a][t] + 0.5 * (uncertain[a][t] + reflected[a][t]) - hold }
            func numerator(_ a: Int) -> Double { certain[0][t] - certain[a][t] + uncertain[0][t] - lost }
            add(0, certain[0][t] + uncertain[0][t])
            add(1, certain[1][t] + uncertain[1][t])
            add(2, certain[2][t] + uncertain[2][t])
            add(3, gap(1))
            add(4, gap(2))
            add(5, numerator(1))
            add(6, numerator(2))
            add(7, won - lost)

            func add(_ q: Int, _ x: Double) {
                columns[g][k * width + q] += x
                blocks[t / blockLength].columns[g][k * width + q] += x
            }
        }
    }
}
