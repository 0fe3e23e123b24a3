internal import ComponentKit
internal import PlotTemplates
internal import RewardAnalysis

/// Expected reward per regime and action: the four parts stacked away from zero (gains up, losses down), the total with its interval.
///
/// An action whose interval is missing is left out. Nil when nothing is left.
func valuesFigure(_ reward: RewardValue, slug: String, report: ExpectedValueReport) -> Figure? {
    var table = FigureTable(
        numbers: [
            "position", "regime_no", "expected", "low", "high", "guaranteed_from", "guaranteed_to", "path_from", "path_to", "uncertain_from",
            "uncertain_to", "shaping_from", "shaping_to",
        ], texts: ["action", "regime"])
    var position = 0.0, notDrawn = 0, regimeNumber = 0
    var actions: [String] = [], regimes: [String] = []
    for regime in reward.regimes {
        let drawn = regime.actions.filter { isFinite($0.interval95) && $0.expected.isFinite }
        notDrawn += regime.actions.count - drawn.count
        if drawn.isEmpty { continue }
        regimeNumber += 1
        regimes.append(figureText("\(regime.regime)  \(percent(regime.share))", limit: 24))
        for action in drawn {
            position += 1
            var up = 0.0, down = 0.0
            var cells: [Double?] = [position, Double(regimeNumber), action.expected, action.interval95.low, action.interval95.high]
            for part in [action.guaranteed, action.path, action.uncertain, action.shaping] {
                let from = part < 0 ? down : up
                cells += [from, from + part]
                if part < 0 { down += part } else { up += part }
            }
            table.add(cells, [action.action, regime.regime])
            actions.append(figureText(action.action, limit: 12))
        }
        position += 0.9
    }
    if table.rows.isEmpty { return nil }
    return Figure(
        name: "ev-\(slug)-values", template: PlotTemplates.values, table: table,
        settings: [("action_names", .texts(actions)), ("regime_names", .texts(regimes))],
        heading: figureText("What \(reward.name) pays per bar, by regime and action", limit: 92),
        caption: sampleLine(report, reward, notDrawn: notDrawn),
        reading:
            "Each bar is what one action earns per bar in one regime, on average. Blue is paid for certain the moment the action is chosen; orange depends on the price that follows. Gains stack up from zero, losses down; the dot is their sum and the whisker its 95% interval. Where the blue parts alone favour one action, no skill was needed to earn them."
    )
}
