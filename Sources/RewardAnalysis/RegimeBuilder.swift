internal import Environments
internal import NumericKernels
internal import RealModule
internal import Rewards
internal import TradingTypes

/// Puts together what is said about one regime under one reward.
struct RegimeBuilder {
    let design: RewardDesign
    let scored: RewardColumns
    let paired: PairedColumns
    let intervals: RegimeIntervals
    let market: AnalysisMarket
    let edge: EdgeModel?
    let greedy: GreedyShares
    let regime: Int

    func build(bars: Int, share: Double, runs: Int) -> RegimeValue {
        let g = regime
        let names = SpotAction.allCases.map(\.name)
        if bars == 0 { return nothingKnown(names, share: share) }
        let kinds = Provenance.allCases
        func part(_ kind: Provenance, _ a: Int) -> Double { scored.partMeans[kinds.firstIndex(of: kind) ?? 0][a][g] }
        let actions = SpotAction.allCases.indices.map { a in
            ActionValue(
                action: names[a], expected: intervals.mean(g, PairedColumn(rawValue: a) ?? .hold),
                interval95: intervals.interval(g, PairedColumn(rawValue: a) ?? .hold), guaranteed: part(.guaranteed, a), path: part(.path, a),
                uncertain: part(.uncertain, a), shaping: part(.shaping, a),
                terms: design.terms.indices.filter { design.terms[$0].weight != 0 }.map { (design.terms[$0].id, scored.termMeans[$0][a][g]) })
        }
        func certain(_ a: Int) -> Double { part(.guaranteed, a) + part(.path, a) }
        func doubtful(_ a: Int) -> Double { part(.uncertain, a) + part(.shaping, a) }
        let premium = certain(0) - max(certain(1), certain(2))
        let slope = intervals.mean(g, .breakEvenSlope)
        let atHalf = 0.5 * (doubtful(1) + doubtful(2)) - doubtful(0)
        let scale = actions.flatMap { [abs($0.expected), abs($0.guaranteed), abs($0.path), abs($0.uncertain)] }.max() ?? 0
        let gap = intervals.mean(g, .zeroEdgeGap)
        let tolerance = 1e-9 * max(scale, intervals.deviation(g, .long))
        let zeroEdge = abs(gap) <= tolerance ? "TIE" : (gap > 0 ? "TRADE" : "HOLD")
        let contrasts = [
            contrast("LONG-HOLD", .longMinusHold), contrast("SHORT-HOLD", .shortMinusHold), contrast("TRADE-HOLD", .zeroEdgeGap),
        ]
        let observed = edge?.hitRate(regime: g) ?? Estimate(nil, reason: "no model was fitted")
        var value = RegimeValue(
            regime: market.regimeNames[g], bars: bars, share: share, runs: runs, actions: actions, contrasts: contrasts, guaranteePremium: premium,
            uncertainAtHalf: atHalf, uncertainSlope: slope, breakEvenHitRate: intervals.breakEven(g, ratio: paired.breakEven[g]), observedHitRate: observed, zeroEdgeGreedy: zeroEdge,
            zeroEdgeGap: Estimate(gap, intervals.interval(g, .zeroEdgeGap)), learnableGreedy: greedy.learnable(g, names),
            clairvoyantGreedy: greedy.clairvoyant(g, names), barsToDecide: Estimate(nil), barsToDecideIndependent: nil,
            coinFlip: 0.5 * (intervals.mean(g, .long) + intervals.mean(g, .short)), sentence: "")
        (value.barsToDecide, value.barsToDecideIndependent) = barsToDecide(gap, tie: zeroEdge == "TIE", bars: bars)
        value.sentence = regimeSentence(value)
        return value
    }

    /// A regime without bars: everything is unknown, nothing is zero.
    private func nothingKnown(_ names: [String], share: Double) -> RegimeValue {
        let none = Estimate(nil, reason: "no bars of this regime"), unknown = Interval(.nan, .nan)
        return RegimeValue(
            regime: market.regimeNames[regime], bars: 0, share: share, runs: 0,
            actions: names.map {
                ActionValue(action: $0, expected: .nan, interval95: unknown, guaranteed: .nan, path: .nan, uncertain: .nan, shaping: .nan, terms: [])
            },
            contrasts: [], guaranteePremium: .nan, uncertainAtHalf: .nan, uncertainSlope: .nan, breakEvenHitRate: none, observedHitRate: none,
            zeroEdgeGreedy: "", zeroEdgeGap: none, learnableGreedy: [], clairvoyantGreedy: [], barsToDecide: none, barsToDecideIndependent: nil,
            coinFlip: .nan, sentence: "no bars of this regime")
    }

    private func contrast(_ name: String, _ column: PairedColumn) -> Contrast {
        Contrast(
            name: name, estimate: intervals.mean(regime, column), interval95: intervals.interval(regime, column),
            simultaneous95: intervals.simultaneous(regime, column), probabilityWrongSign: intervals.wrongSign(regime, column))
    }

    /// Bars that a two-sigma decision between trading and holding needs: (2 sd / gap)^2 for independent bars; with the
    /// resampled standard error se of the n bars at hand, n (2 se / gap)^2. What is to be decided is the gap at zero edge;
    /// the noise is that of the trade really made on each bar (REWARD-ANALYSIS E.3 item 5).
    private func barsToDecide(_ gap: Double, tie: Bool, bars: Int) -> (Estimate, Double?) {
        if tie { return (Estimate(nil, reason: "the gap at zero edge is zero: no number of bars decides a tie"), nil) }
        let column: PairedColumn = paired.bestTrade[regime] == 2 ? .shortMinusHold : .longMinusHold
        let sd = intervals.deviation(regime, column), se = intervals.standardError(regime, column)
        let independent = (2 * sd / gap) * (2 * sd / gap)
        let dependent = Double(bars) * (2 * se / gap) * (2 * se / gap)
        return (Estimate(dependent), independent)
    }
}

/// Greedy action shares under what can be learnt from the features, and under knowledge of the next bar.
struct GreedyShares {
    /// [R][A]; nil without a model.
    private let learnableShares: [[Double]]?
    private let clairvoyantShares: [[Double]]

    init(_ scored: RewardColumns, _ market: AnalysisMarket, edge: EdgeModel?, threads: Int) {
        let regimes = market.regimeNames.count, first = market.rows.lowerBound
        let counts = market.regimeCounts.map { Double(max(1, $0)) }
        let zeros = [[Double]](repeating: [0, 0, 0], count: regimes)
        func total(_ rows: [[[Double]]]) -> [[Double]] { rows.reduce(zeros) { zip($0, $1).map { zip($0, $1).map(+) } } }
        func shares(_ rows: [[[Double]]]) -> [[Double]] { zip(total(rows), counts).map { row, count in row.map { $0 / count } } }
        let pieces = edge?.design.pieces ?? scored.stretches

        // What is best in hindsight; the regime's mean of the pay that no direction changes; and what the part that does has in common with
        // the features: half the difference between a future and its mirror image.
        let hindsight = inParallel(pieces.count, threads: threads) { i -> (seen: [[Double]], even: [[Double]], products: GramMatrix?) in
            let pay = scored.bars(pieces[i]), c = pay.certain, u = pay.uncertain, m = pay.mirrored
            var seen = zeros, even = zeros
            for t in 0..<pieces[i].count {
                let g = Int(market.labels[first + pieces[i].lowerBound + t])
                Self.addBest(c[0][t] + u[0][t], c[1][t] + u[1][t], c[2][t] + u[2][t], to: &seen[g])
                for a in 0..<3 { even[g][a] += 0.5 * (u[a][t] + m[a][t]) / counts[g] }
            }
            let odd = (0..<3).map { a in zip(u[a], m[a]).map { 0.5 * ($0 - $1) } }
            return (seen, even, edge?.productSums(i, odd))
        }
        clairvoyantShares = shares(hindsight.map(\.seen))
        guard let edge else {
            learnableShares = nil
            return
        }
        let even = total(hindsight.map(\.even)), fits = edge.fits(hindsight.compactMap(\.products), targets: 3)
        learnableShares = shares(
            inParallel(pieces.count, threads: threads) { i -> [[Double]] in
                let c = scored.bars(pieces[i]).certain, predicted = edge.predict(i, fits)
                var learnt = zeros
                for t in 0..<pieces[i].count {
                    let g = Int(market.labels[first + pieces[i].lowerBound + t])
                    func value(_ a: Int) -> Double { c[a][t] + even[g][a] + predicted[a][t] }
                    Self.addBest(value(0), value(1), value(2), to: &learnt[g])
                }
                return learnt
            })
    }

    /// Adds a bar to the shares of the best action, or in equal parts to those of the tied best ones. HOLD shares a tie like any other action.
    private static func addBest(_ hold: Double, _ long: Double, _ short: Double, to shares: inout [Double]) {
        let tolerance = 1e-12 * max(abs(hold), abs(long), abs(short)), least = max(hold, long, short) - tolerance
        let wins = (hold >= least, long >= least, short >= least)
        let part = 1 / Double((wins.0 ? 1 : 0) + (wins.1 ? 1 : 0) + (wins.2 ? 1 : 0))
        if wins.0 { shares[0] += part }
        if wins.1 { shares[1] += part }
        if wins.2 { shares[2] += part }
    }

    func learnable(_ g: Int, _ names: [String]) -> [(action: String, share: Double)] {
        guard let shares = learnableShares else { return [] }
        return names.indices.map { (names[$0], shares[g][$0]) }
    }

    func clairvoyant(_ g: Int, _ names: [String]) -> [(action: String, share: Double)] {
        names.indices.map { (names[$0], clairvoyantShares[g][$0]) }
    }
}
