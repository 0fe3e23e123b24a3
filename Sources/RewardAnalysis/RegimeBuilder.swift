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
        let tolerance = 1e-9 * max(scale, spread(.long))
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

    /// Standard deviation of a column over the regime's bars.
    private func spread(_ column: PairedColumn) -> Double {
        let values = paired[column], first = market.rows.lowerBound
        var count = 0.0, sum = 0.0, squares = 0.0
        let shift = intervals.mean(regime, column)
        for t in values.indices where Int(market.labels[first + t]) == regime {
            let x = values[t] - shift
            count += 1
            sum += x
            squares += x * x
        }
        return count > 1 ? Double.sqrt(max(0, (squares - sum * sum / count) / count)) : 0
    }

    /// Bars that a two-sigma decision between trading and holding needs: (2 sd / gap)^2 for independent bars; with the
    /// resampled standard error se of the n bars at hand, n (2 se / gap)^2. What is to be decided is the gap at zero edge;
    /// the noise is that of the trade really made on each bar (REWARD-ANALYSIS E.3 item 5).
    private func barsToDecide(_ gap: Double, tie: Bool, bars: Int) -> (Estimate, Double?) {
        if tie { return (Estimate(nil, reason: "the gap at zero edge is zero: no number of bars decides a tie"), nil) }
        let column: PairedColumn = paired.bestTrade[regime] == 2 ? .shortMinusHold : .longMinusHold
        let sd = spread(column), se = intervals.standardError(regime, column)
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

    init(_ scored: RewardColumns, _ paired: PairedColumns, _ market: AnalysisMarket, edge: EdgeModel?) {
        let n = market.rows.count, regimes = market.regimeNames.count, first = market.rows.lowerBound
        let c = scored.certain, u = scored.uncertain, m = scored.mirrored
        let counts = market.regimeCounts.map { Double(max(1, $0)) }
        var seen = [[Double]](repeating: [0, 0, 0], count: regimes)
        for t in 0..<n {
            let g = Int(market.labels[first + t])
            for (a, share) in Self.best(c[0][t] + u[0][t], c[1][t] + u[1][t], c[2][t] + u[2][t]) { seen[g][a] += share }
        }
        clairvoyantShares = (0..<regimes).map { g in seen[g].map { $0 / counts[g] } }
        guard let edge else {
            learnableShares = nil
            return
        }
        // Pay known before the bar, plus the regime's mean of the part that no direction changes, plus the prediction of the
        // part that does: half the difference between a future and its mirror image.
        var even = [[Double]](repeating: [0, 0, 0], count: regimes)
        for t in 0..<n {
            let g = Int(market.labels[first + t])
            for a in 0..<3 { even[g][a] += 0.5 * (u[a][t] + m[a][t]) / counts[g] }
        }
        let odd = (0..<3).map { a in (0..<n).map { 0.5 * (u[a][$0] - m[a][$0]) } }
        let moving = (0..<3).filter { a in odd[a].contains { $0 != 0 } }
        var predicted = [[Double]](repeating: [], count: 3)
        for (a, values) in zip(moving, edge.predict(moving.map { odd[$0] })) { predicted[a] = values }
        var learnt = [[Double]](repeating: [0, 0, 0], count: regimes)
        for t in 0..<n {
            let g = Int(market.labels[first + t])
            func value(_ a: Int) -> Double { c[a][t] + even[g][a] + (predicted[a].isEmpty ? 0 : predicted[a][t]) }
            for (a, share) in Self.best(value(0), value(1), value(2)) { learnt[g][a] += share }
        }
        learnableShares = (0..<regimes).map { g in learnt[g].map { $0 / counts[g] } }
    }

    /// The best action, or the tied best ones in equal shares. HOLD shares a tie like any other action.
    private static func best(_ hold: Double, _ long: Double, _ short: Double) -> [(Int, Double)] {
        let top = max(hold, long, short)
        let tolerance = 1e-12 * max(abs(hold), abs(long), abs(short))
        let winners = [hold, long, short].indices.filter { [hold, long, short][$0] >= top - tolerance }
        return winners.map { ($0, 1 / Double(winners.count)) }
    }

    func learnable(_ g: Int, _ names: [String]) -> [(action: String, share: Double)] {
        guard let shares = learnableShares else { return [] }
        return names.indices.map { (names[$0], shares[g][$0]) }
    }

    func clairvoyant(_ g: Int, _ names: [String]) -> [(action: String, share: Double)] {
        names.indices.map { (names[$0], clairvoyantShares[g][$0]) }
    }
}
