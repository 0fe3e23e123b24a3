internal import Environments
internal import Features
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

/// The per-bar columns of one reward, before any resampling.
struct PairedColumns: Sendable {
    /// The better trade of each regime at zero edge, and in guaranteed pay: action codes.
    let bestTrade: [Int]
    let bestCertain: [Int]
    /// Break-even hit rate of each regime; nil where right and wrong trades are paid alike, or there are no bars.
    let breakEven: [Double?]
    private let reward: RewardColumns
    private let market: AnalysisMarket
    /// Largest |A| of each regime: a residual that is smaller by twelve digits is rounding and becomes 0.
    private let largest: [Double]

    /// Sums by regime and action (of certain pay, of pay at zero edge), and by regime and better trade (of A, of B; largest |A|).
    private struct Sums: Sendable {
        var zeroEdge: [[Double]]
        var sure: [[Double]]
        var numerator: [[Double]]
        var denominator: [[Double]]
        var largest: [[Double]]
    }

    init(_ reward: RewardColumns, _ market: AnalysisMarket, threads: Int = 1) {
        let regimes = market.regimeNames.count, first = market.rows.lowerBound
        let counts = market.regimeCounts.map { Double(max(1, $0)) }
        // Which side is better, regime by regime: at zero edge, and in guaranteed pay alone.
        let zeros = [[Double]](repeating: [0, 0, 0], count: regimes)
        let parts = inParallel(reward.stretches.count, threads: threads) { i -> Sums in
            let stretch = reward.stretches[i], pay = reward.bars(stretch)
            let c = pay.certain, u = pay.uncertain, m = pay.mirrored
            var sums = Sums(zeroEdge: zeros, sure: zeros, numerator: zeros, denominator: zeros, largest: zeros)
            for t in 0..<stretch.count {
                let row = first + stretch.lowerBound + t, g = Int(market.labels[row])
                for a in 0..<3 {
                    sums.sure[g][a] += c[a][t]
                    sums.zeroEdge[g][a] += c[a][t] + 0.5 * (u[a][t] + m[a][t])
                }
                for z in 1...2 {
                    let parts = Self.breakEvenParts(c, u, t, nextReturn: market.environment.nextReturn[row], z: z)
                    sums.numerator[g][z] += parts.a
                    sums.denominator[g][z] += parts.b
                    sums.largest[g][z] = max(sums.largest[g][z], abs(parts.a))
                }
            }
            return sums
        }
        func total(_ rows: [[[Double]]]) -> [[Double]] { rows.reduce(zeros) { zip($0, $1).map { zip($0, $1).map(+) } } }
        let zeroEdge = total(parts.map(\.zeroEdge)), sure = total(parts.map(\.sure))
        let numerator = total(parts.map(\.numerator)), denominator = total(parts.map(\.denominator))
        bestTrade = (0..<regimes).map { zeroEdge[$0][2] > zeroEdge[$0][1] + 1e-9 * counts[$0] * max(1e-12, abs(zeroEdge[$0][1]) / counts[$0]) ? 2 : 1 }
        let certain = (0..<regimes).map { sure[$0][2] > sure[$0][1] ? 2 : 1 }
        bestCertain = certain
        breakEven = certain.enumerated().map { g, z in denominator[g][z] == 0 ? nil : numerator[g][z] / denominator[g][z] }
        largest = certain.enumerated().map { g, z in parts.map { $0.largest[g][z] }.max() ?? 0 }
        self.reward = reward
        self.market = market
    }

    /// The columns of some of the analysed bars (the first being 0), [PairedColumn][N].
    func columns(_ range: Range<Int>) -> [[Double]] {
        let first = market.rows.lowerBound + range.lowerBound, pay = reward.bars(range)
        let c = pay.certain, u = pay.uncertain, m = pay.mirrored
        var out = Array(repeating: [Double](repeating: 0, count: range.count), count: PairedColumn.allCases.count)
        for t in 0..<range.count {
            let g = Int(market.labels[first + t])
            let hold = c[0][t] + u[0][t], long = c[1][t] + u[1][t], short = c[2][t] + u[2][t]
            out[0][t] = hold
            out[1][t] = long
            out[2][t] = short
            out[3][t] = long - hold
            out[4][t] = short - hold
            let z = bestTrade[g]
            out[5][t] = c[z][t] + 0.5 * (u[z][t] + m[z][t]) - c[0][t] - 0.5 * (u[0][t] + m[0][t])
            let parts = Self.breakEvenParts(c, u, t, nextReturn: market.environment.nextReturn[first + t], z: bestCertain[g])
            let residual = parts.a - (breakEven[g] ?? 0) * parts.b
            out[6][t] = abs(residual) <= 1e-12 * largest[g] ? 0 : residual
            out[7][t] = parts.b
        }
        return out
    }

    /// A for someone whose better trade in certain pay is `z`, and B, on one bar.
    @inline(__always)
    private static func breakEvenParts(_ c: [[Double]], _ u: [[Double]], _ t: Int, nextReturn r: Double, z: Int) -> (a: Double, b: Double) {
        let right = r > 0 ? u[1][t] : (r < 0 ? u[2][t] : 0.5 * (u[1][t] + u[2][t]))
        let wrong = r > 0 ? u[2][t] : (r < 0 ? u[1][t] : 0.5 * (u[1][t] + u[2][t]))
        return (c[0][t] - c[z][t] + u[0][t] - wrong, right - wrong)
    }

    /// Reward of trading with a random side on each bar [N].
    func coinFlip() -> [Double] {
        reward.stretches.flatMap { stretch -> [Double] in
            let pay = reward.bars(stretch), c = pay.certain, u = pay.uncertain
            return (0..<stretch.count).map { t -> Double in
                let long = c[1][t] + u[1][t], short = c[2][t] + u[2][t]
                return 0.5 * (long + short)
            }
        }
    }

    /// All columns as the bootstrap reads them.
    func table(threads: Int) -> RegimeTable {
        RegimeTable(
            labels: Array(market.labels[market.rows]), regimes: market.regimeNames.count, columns: PairedColumn.allCases.count,
            stretch: FeatureSource.stretch, threads: threads) { columns($0) }
    }
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
    private let threads: Int

    init(_ design: RewardDesign, _ market: AnalysisMarket, _ settings: ExpectedValueSettings) {
        self.design = design
        self.market = market
        threads = settings.threads
        stack = RewardStack(design)
        scored = RewardColumns(stack, market, threads: settings.threads)
        paired = PairedColumns(scored, market, threads: settings.threads)
        (intervals, block) = Self.resample(paired, settings)
        let labels = Array(market.labels[market.rows])
        coinFlip = pooledMean(paired.coinFlip(), labels: labels, regimes: market.regimeNames.count, settings)
        terms = termReports(stack, scored, market)
    }

    /// The intervals, and the mean block they were resampled with. The table is gone when this returns: it is the largest thing of all.
    private static func resample(_ paired: PairedColumns, _ settings: ExpectedValueSettings) -> (RegimeIntervals, Double) {
        let table = paired.table(threads: settings.threads), block = blockLength(table, threads: settings.threads)
        let plan = BootstrapPlan(meanBlock: block, replicates: settings.replicates, seed: settings.seed, threads: settings.threads)
        return (RegimeIntervals(stationaryBootstrap(table, plan), table: table, threads: settings.threads), block)
    }

    /// The finished analysis; `edge` adds what can be learnt from the features.
    func value(edge: EdgeModel?) -> RewardValue {
        let greedy = GreedyShares(scored, market, edge: edge, threads: threads)
        let counts = market.regimeCounts, runs = market.regimeRuns, n = Double(max(1, market.rows.count))
        let regimes = market.regimeNames.indices.map { g in
            RegimeBuilder(
                design: design, scored: scored, paired: paired, intervals: intervals, market: market, edge: edge, greedy: greedy, regime: g
            ).build(bars: counts[g], share: Double(counts[g]) / n, runs: runs[g])
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
    if table.rows < 8 { return max(1, Double(table.rows) / 4_096) }
    let regimes = (0..<table.regimes).filter { table.counts[$0] > 1 }
    let quantities = regimes.flatMap { g in (RegimeIntervals.jointColumns + [.breakEvenResidual]).map { (g, $0.rawValue) } }
    // One influence function at a time and thread: each is as long as the series. A constant one asks for blocks of 1.
    let lengths = inParallel(quantities.count, threads: threads) {
        optimalBlockLength(table.influence(regime: quantities[$0].0, column: quantities[$0].1)).stationary
    }
    return max(lengths.filter(\.isFinite).max() ?? 1, Double(table.rows) / 4_096, 1)
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
