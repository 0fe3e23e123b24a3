internal import Environments
internal import NumericKernels
package import Rewards
internal import TradingTypes

/// Settings of the expected-value analysis.
public struct ExpectedValueSettings: Sendable {
    public var replicates: Int
    public var seed: UInt64
    public var threads: Int
    public var gamma: Double

    public init(replicates: Int = 10_000, seed: UInt64 = 1, threads: Int = 2, gamma: Double = 0.99) {
        self.replicates = replicates
        self.seed = seed
        self.threads = threads
        self.gamma = gamma
    }
}

/// Per-bar columns whose regime means, and whose differences between bars, every verdict is made of.
///
/// For bar t: H, L, S the rewards of HOLD, LONG and SHORT; Z the better side's trade minus HOLD when the bar's future and its
/// mirror image weigh the same; B the gain from being right rather than wrong, and A such that the break-even hit rate of a regime is
/// p = mean A / mean B. Column A - p B, whose mean is 0 in each regime, carries the break-even's uncertainty.
enum PairedColumn: Int, CaseIterable {
    case hold, long, short, longMinusHold, shortMinusHold, zeroEdgeGap, breakEvenResidual, breakEvenSlope
}

/// Everything about one reward that is computed bar by bar, before any resampling.
struct PairedColumns: Sendable {
    /// [PairedColumn][N]
    var columns: [[Double]]
    /// The better trade of each regime at zero edge, and in guaranteed pay: action codes.
    var bestTrade: [Int]
    var bestCertain: [Int]
    /// Break-even hit rate of each regime; nil where right and wrong trades are paid alike, or there are no bars.
    var breakEven: [Double?]

    init(_ reward: RewardColumns, _ market: AnalysisMarket) {
        let n = market.rows.count, regimes = market.regimeNames.count
        let first = market.rows.lowerBound
        let counts = market.regimeCounts.map { Double(max(1, $0)) }
        let c = reward.certain, u = reward.uncertain, m = reward.mirrored
        // Which side is better, regime by regime: at zero edge, and in guaranteed pay alone.
        var zeroEdge = [[Double]](repeating: [0, 0, 0], count: regimes), sure = zeroEdge
        for t in 0..<n {
            let g = Int(market.labels[first + t])
            for a in 0..<3 {
                sure[g][a] += c[a][t]
                zeroEdge[g][a] += c[a][t] + 0.5 * (u[a][t] + m[a][t])
            }
        }
        bestTrade = (0..<regimes).map { zeroEdge[$0][2] > zeroEdge[$0][1] + 1e-9 * counts[$0] * max(1e-12, abs(zeroEdge[$0][1]) / counts[$0]) ? 2 : 1 }
        bestCertain = (0..<regimes).map { sure[$0][2] > sure[$0][1] ? 2 : 1 }
        var out = Array(repeating: [Double](repeating: 0, count: n), count: PairedColumn.allCases.count)
        for t in 0..<n {
            let g = Int(market.labels[first + t])
            let hold = c[0][t] + u[0][t], long = c[1][t] + u[1][t], short = c[2][t] + u[2][t]
            out[0][t] = hold
            out[1][t] = long
            out[2][t] = short
            out[3][t] = long - hold
            out[4][t] = short - hold
            let z = bestTrade[g]
            out[5][t] = c[z][t] + 0.5 * (u[z][t] + m[z][t]) - c[0][t] - 0.5 * (u[0][t] + m[0][t])
            let r = market.environment.nextReturn[first + t]
            let right = r > 0 ? u[1][t] : (r < 0 ? u[2][t] : 0.5 * (u[1][t] + u[2][t]))
            let wrong = r > 0 ? u[2][t] : (r < 0 ? u[1][t] : 0.5 * (u[1][t] + u[2][t]))
            out[6][t] = c[0][t] - c[bestCertain[g]][t] + u[0][t] - wrong
            out[7][t] = right - wrong
        }
        breakEven = Self.residual(&out[6], of: out[7], regimes: regimes) { Int(market.labels[first + $0]) }
        columns = out
    }

    /// Ratio of means by regime; `numerator` becomes numerator - ratio * denominator. What is only rounding of the numerator becomes 0.
    private static func residual(_ numerator: inout [Double], of denominator: [Double], regimes: Int, label: (Int) -> Int) -> [Double?] {
        var top = [Double](repeating: 0, count: regimes), bottom = top, size = top, largest = top
        for t in numerator.indices {
            let g = label(t)
            top[g] += numerator[t]
            bottom[g] += denominator[t]
            size[g] = max(size[g], abs(numerator[t]))
        }
        let ratios = (0..<regimes).map { bottom[$0] == 0 ? nil : top[$0] / bottom[$0] }
        for t in numerator.indices {
            let g = label(t)
            numerator[t] -= (ratios[g] ?? 0) * denominator[t]
            largest[g] = max(largest[g], abs(numerator[t]))
        }
        for t in numerator.indices where largest[label(t)] <= 1e-12 * size[label(t)] { numerator[t] = 0 }
        return ratios
    }

    subscript(column: PairedColumn) -> [Double] { columns[column.rawValue] }
}

/// The expected-value analysis of one reward on one market, as far as it needs no model of the edge: pay by bar, action and kind, and
/// the resampled uncertainty of its regime means.
///
/// Regime means are ratios (sum over the regime's bars / number of them); uncertainty comes from resampling the whole series in
/// blocks (stationary bootstrap), so that regime runs and volatility clusters stay together (REWARD-ANALYSIS E.3).
struct RewardJudgement: Sendable {
    private let design: RewardDesign
    private let stack: RewardStack
    private let market: AnalysisMarket
    private let scored: RewardColumns
    private let paired: PairedColumns
    private let intervals: RegimeIntervals
    private let coinFlip: Estimate
    private let block: Double
    private let terms: [TermReport]

    init(_ design: RewardDesign, _ market: AnalysisMarket, _ settings: ExpectedValueSettings) {
        self.design = design
        self.market = market
        stack = RewardStack(design)
        scored = RewardColumns(stack, market)
        paired = PairedColumns(scored, market)
        let labels = Array(market.labels[market.rows]), regimes = market.regimeNames.count
        let table = RegimeTable(labels: labels, regimes: regimes, columns: paired.columns)
        block = blockLength(table, threads: settings.threads)
        let plan = BootstrapPlan(meanBlock: block, replicates: settings.replicates, seed: settings.seed, threads: settings.threads)
        intervals = RegimeIntervals(stationaryBootstrap(table, plan), table: table, threads: settings.threads)
        coinFlip = pooledMean(zip(paired[.long], paired[.short]).map { 0.5 * ($0 + $1) }, labels: labels, regimes: regimes, settings)
        terms = termReports(stack, scored, market)
    }

    /// The finished analysis; `edge` adds what can be learnt from the features.
    func value(edge: EdgeModel?) -> RewardValue {
        let greedy = GreedyShares(scored, paired, market, edge: edge)
        let counts = market.regimeCounts, runs = market.regimeRuns, n = Double(max(1, market.rows.count))
        let regimes = market.regimeNames.indices.map { g in
            RegimeBuilder(design: design, scored: scored, paired: paired, intervals: intervals, market: market, edge: edge, greedy: greedy, regime: g)
                .build(bars: counts[g], share: Double(counts[g]) / n, runs: runs[g])
        }
        let verdict = Verdict(design: design, regimes: regimes, stack: stack, coinFlip: coinFlip.value ?? 0)
        return RewardValue(
            name: design.name, file: design.file, about: design.about, hash: SHA256.hex(Array(design.text.utf8)), terms: terms, regimes: regimes,
            coinFlipPerBar: coinFlip.value ?? 0, coinFlipInterval95: coinFlip.interval95 ?? Interval(0, 0), verdictClass: verdict.verdictClass,
            learnableEdgeClass: verdict.learnableClass, sentence: verdict.sentence, notes: verdict.notes, blockLength: block)
    }
}

/// The whole analysis of one reward.
package func analyseReward(
    _ design: RewardDesign, _ market: AnalysisMarket, edge: EdgeModel?, _ settings: ExpectedValueSettings
) -> RewardValue {
    RewardJudgement(design, market, settings).value(edge: edge)
}

/// Mean block length: the longest of those estimated on the influence functions of the paired differences (LONG-HOLD,
/// SHORT-HOLD, zero-edge gap) and of the break-even of every regime, and at least 1/4,096 of the series, which bounds the cost of a replicate. A block longer
/// than needed costs little; one too short loses coverage.
private func blockLength(_ table: RegimeTable, threads: Int) -> Double {
    var series: [[Double]] = []
    for g in 0..<table.regimes where table.counts[g] > 1 {
        for column in RegimeIntervals.jointColumns + [.breakEvenResidual] {
            let psi = table.influence(regime: g, column: column.rawValue)
            if psi.contains(where: { $0 != 0 }) { series.append(psi) }
        }
    }
    let longest = table.rows < 8 ? 1 : optimalBlockLengths(series, threads: threads).map(\.stationary).filter(\.isFinite).max() ?? 1
    return max(longest, Double(table.rows) / 4_096, 1)
}

/// Provenance of every term, proved by scoring again on resampled futures.
private func termReports(_ stack: RewardStack, _ scored: RewardColumns, _ market: AnalysisMarket) -> [TermReport] {
    let proofs = ProvenanceProof(stack, market)
    return stack.design.terms.enumerated().map { k, term in
        TermReport(
            id: term.id, weight: term.weight, accrual: term.accrual.rawValue, provenance: stack.provenance(of: k).map(\.rawValue), formula: term.formula,
            resampling: proofs.findings[k], activity: scored.activity[k])
    }
}
