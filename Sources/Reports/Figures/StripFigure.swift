internal import ComponentKit
internal import PlotTemplates
internal import RewardAnalysis

/// Price and regimes over time. The analysed bars are gathered into at most 400 equal stretches of rows: their closes' range, last close,
/// and each regime's share.
func stripFigure(_ report: ExpectedValueReport) -> Figure? {
    let strip = report.strip.filter { $0.close.isFinite }
    let regimes = report.regimeNames.count
    guard strip.count > 1, regimes > 0, let last = strip.last, let first = strip.first, last.time > first.time else { return nil }
    var table = FigureTable(
        numbers: ["from", "to", "low", "high", "close"] + (1...regimes).map { "share_\($0)" })
    let stretches = min(400, strip.count)
    for s in 0..<stretches {
        let rows = (s * strip.count / stretches)..<((s + 1) * strip.count / stretches)
        if rows.isEmpty { continue }
        var low = Double.infinity, high = -Double.infinity
        var counts = [Double](repeating: 0, count: regimes)
        for point in strip[rows] {
            low = min(low, point.close)
            high = max(high, point.close)
            if Int(point.regime) < regimes { counts[Int(point.regime)] += 1 }
        }
        let to = rows.upperBound < strip.count ? strip[rows.upperBound].time : last.time
        table.add(
            [Double(strip[rows.lowerBound].time), Double(to), low, high, strip[rows.upperBound - 1].close]
                + counts.map { $0 / Double(rows.count) })
    }
    let shares = report.rewards.first?.regimes ?? []
    let names = report.regimeNames.map { name in
        let share = shares.first { $0.regime == name }?.share
        return figureText(name, limit: 14) + (share.map { "  \(percent($0))" } ?? "")
    }
    let symbol = report.data.first { $0.label == "symbol" }?.value ?? ""
    return Figure(
        name: "ev-regimes", template: PlotTemplates.regimes, table: table,
        settings: [("regimes", .number(regimes)), ("regime_names", .texts(names))],
        heading: figureText(symbol.isEmpty ? "Price and regimes" : "Price and regimes: \(symbol)", limit: 92),
        caption: "\(grouped(report.bars)) bars, \(regimes) regimes, drawn in \(table.rows.count) stretches; labels are counted, not estimated, so there is no interval",
        reading:
            "Price on top, one lane for each regime below, darker where more of the bars in that stretch belong to it. Long empty or crowded lanes mean that a regime's numbers rest on few episodes."
    )
}
