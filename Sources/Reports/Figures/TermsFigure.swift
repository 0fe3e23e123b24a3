internal import ComponentKit
internal import PlotTemplates
package import RewardAnalysis

/// What every term adds to TRADE minus HOLD, as steps from zero to the total.
///
/// A step is the term's mean over the trading actions minus its mean for HOLD, on the same bars: a coin decides the side. Where the better side
/// earns more than a coin, the difference to the zero-edge gap is a step of its own. The total carries the gap's 95% interval.
/// Regimes without an interval are left out; nil when nothing is left.
func termsFigure(_ reward: RewardValue, slug: String, report: ExpectedValueReport) -> Figure? {
    let regimes = reward.regimes.filter { $0.zeroEdgeGap.value?.isFinite == true && $0.zeroEdgeGap.interval95.map(isFinite) == true && $0.actions.count > 1 }
    if regimes.isEmpty { return nil }
    let waterfalls = regimes.map(tradeSteps)
    let scale = waterfalls.joined().map { abs($0.value) }.max() ?? 0
    let needsSide = waterfalls.contains { abs($0.last?.value ?? 0) > 1e-6 * scale }
    var table = FigureTable(numbers: ["regime_no", "row", "from", "to", "value", "low", "high"], texts: ["term", "regime"])
    var names: [String] = []
    for (k, (regime, steps)) in zip(regimes, waterfalls).enumerated() {
        let kept = needsSide ? steps : Array(steps.dropLast())
        var from = 0.0
        for (row, step) in kept.enumerated() {
            table.add([Double(k + 1), Double(row + 1), from, from + step.value, step.value, nil, nil], [step.id, regime.regime])
            from += step.value
        }
        let gap = regime.zeroEdgeGap
        table.add(
            [Double(k + 1), Double(kept.count + 1), 0, gap.value, gap.value, gap.interval95?.low, gap.interval95?.high],
            ["TRADE minus HOLD", regime.regime])
        if k == 0 { names = (kept.map(\.id) + ["TRADE minus HOLD"]).map { figureText($0, limit: 26) } }
    }
    return Figure(
        name: "ev-\(slug)-terms", template: PlotTemplates.terms, table: table,
        settings: [
            ("regime_names", .texts(regimes.map { figureText("\($0.regime)  n = \(grouped($0.bars))", limit: 24) })), ("term_names", .texts(names)),
        ],
        heading: figureText("Which term decides? \(reward.name), TRADE minus HOLD at zero edge", limit: 92),
        caption: sampleLine(report, reward, notDrawn: reward.regimes.count - regimes.count) + "; the interval is the total's",
        reading:
            "Read downwards: each row is one term of the reward and how far it moves the balance between trading (green, right) and holding (vermilion, left) for a trader without any edge; the next row starts where it ended. The grey bar is the sum, with its 95% interval. A term that stands out in the wrong direction is the one to change."
    )
}

/// The steps of one regime, in term order, and a last one for what the better side earns beyond a coin flip.
package func tradeSteps(_ regime: RegimeValue) -> [(id: String, value: Double)] {
    let hold = regime.actions.firstIndex { $0.action == "HOLD" } ?? 0
    let trades = regime.actions.indices.filter { $0 != hold }
    var steps: [(id: String, value: Double)] = []
    for (i, term) in regime.actions[hold].terms.enumerated() {
        var mean = 0.0
        for trade in trades where i < regime.actions[trade].terms.count { mean += regime.actions[trade].terms[i].value }
        steps.append((term.id, mean / Double(max(1, trades.count)) - term.value))
    }
    let total = steps.reduce(0) { $0 + $1.value }
    steps.append(("better side than a coin", (regime.zeroEdgeGap.value ?? total) - total))
    return steps
}
