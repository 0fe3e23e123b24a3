internal import PlotTemplates
internal import RewardAnalysis

/// TRADE minus HOLD at zero edge per regime, one panel a reward on its own scale. Gaps without an interval are left out; nil when none is left.
func comparisonFigure(_ report: ExpectedValueReport) -> Figure? {
    var table = FigureTable(
        numbers: ["reward_no", "regime_no", "gap", "low", "high", "simultaneous_low", "simultaneous_high"], texts: ["regime", "reward"])
    var regimes: [String] = []
    for regime in report.rewards.flatMap(\.regimes) where !regimes.contains(regime.regime) { regimes.append(regime.regime) }
    var names: [String] = [], notDrawn = 0
    for reward in report.rewards {
        var drawn = false
        for regime in reward.regimes {
            guard let gap = regime.zeroEdgeGap.value, gap.isFinite, let interval = regime.zeroEdgeGap.interval95, isFinite(interval),
                let number = regimes.firstIndex(of: regime.regime)
            else {
                notDrawn += 1
                continue
            }
            let band = regime.contrasts.first { $0.name == "TRADE-HOLD" }?.simultaneous95 ?? interval
            table.add(
                [Double(names.count + 1), Double(number + 1), gap, interval.low, interval.high, band.low, band.high], [regime.regime, reward.name])
            drawn = true
        }
        if drawn { names.append(reward.name) }
    }
    if table.rows.isEmpty { return nil }
    let columns = min(4, names.count)
    return Figure(
        name: "ev-compare", template: PlotTemplates.compare, table: table,
        settings: [
            ("reward_names", .texts(names.map { figureText($0, limit: max(12, 84 / columns)) })),
            ("regime_names", .texts(regimes.map { figureText($0, limit: 14) })),
        ],
        heading: "TRADE minus HOLD at zero edge, reward a bar", caption: sampleLine(report, notDrawn: notDrawn) + "; thin line: all regimes at once",
        reading:
            "One panel for each reward, on its own scale. Right of zero, a trader without any edge is paid more than one who holds; left of zero, less. The thick line is the 95% interval, the thin one holds for all regimes of the reward at once. Grey means that the interval includes zero: these bars cannot tell."
    )
}
