internal import ComponentKit
internal import PlotTemplates

/// Equity, drawdown and regimes of the policies beside fixed ones, in at most 400 stretches of bars. Nil without a path.
func equityFigure(_ report: RunReport) -> Figure? {
    guard let path = report.equity, path.time.count > 1, !path.curves.isEmpty, let last = path.time.last else { return nil }
    let bars = path.time.count, count = min(400, bars)
    let parts = (0..<count).map { ($0 * bars / count)..<(($0 + 1) * bars / count) }
    func from(_ s: Int) -> Double { Double(path.time[parts[s].lowerBound]) }
    func to(_ s: Int) -> Double { Double(parts[s].upperBound < bars ? path.time[parts[s].upperBound] : last) }
    var table = FigureTable(numbers: ["kind", "number", "seed_no", "from", "to", "value", "drawdown", "is_policy"], texts: ["name"])
    for (c, curve) in path.curves.enumerated() {
        let runs = curve.runs.map { thinned($0, parts) }
        let mean = parts.indices.map { s in
            (equity: runs.reduce(0) { $0 + $1[s].equity } / Double(runs.count), drawdown: runs.reduce(0) { $0 + $1[s].drawdown } / Double(runs.count))
        }
        let isPolicy = curve.isPolicy ? 1.0 : 0
        for (k, run) in ([mean] + (runs.count > 1 ? runs : [])).enumerated() {
            table.add([1, Double(c + 1), Double(k), nil, from(0), 1, 0, isPolicy], [curve.name])
            for s in parts.indices { table.add([1, Double(c + 1), Double(k), from(s), to(s), run[s].equity, run[s].drawdown, isPolicy], [curve.name]) }
            table.add([1, Double(c + 1), Double(k), nil, nil, nil, nil, nil], [curve.name])
        }
    }
    for (r, regime) in report.regimes.enumerated() {
        for s in parts.indices {
            let share = Double(path.regimes[parts[s]].count { Int($0) == r }) / Double(parts[s].count)
            table.add([2, Double(r + 1), 0, from(s), to(s), share, nil, nil], [regime])
        }
    }
    let shares = report.regimes.indices.map { r in Double(path.regimes.count { Int($0) == r }) / Double(bars) }
    return Figure(
        name: "run-equity", template: PlotTemplates.runEquity, table: table,
        settings: [
            ("curve_names", .texts(path.curves.map { figureText($0.name, limit: 22) })),
            ("regime_names", .texts(zip(report.regimes, shares).map { figureText($0, limit: 12) + " \(percent($1))" })),
        ],
        heading: figureText("What it earned on the \(path.split) bars, after costs: \(report.name)", limit: 92),
        caption: "\(grouped(bars)) bars in \(count) stretches, \(report.regimes.count) regimes; \(runLine(report)); one path each, no interval",
        reading:
            "Equity of one unit that follows the policy, its actions drawn at random (sampled) or always the likeliest (arg-max), beside rules that need no training; below, how far each is under its own peak, and the regimes. A policy that only follows always LONG or stays flat at 1 has learnt no timing."
    )
}

/// Equity at the end of each part, and the largest drop from the peak so far within it.
private func thinned(_ equity: [Double], _ parts: [Range<Int>]) -> [(equity: Double, drawdown: Double)] {
    var peak = 1.0
    return parts.map { part in
        var deepest = 0.0
        for t in part {
            peak = max(peak, equity[t])
            deepest = max(deepest, 1 - equity[t] / peak)
        }
        return (equity[part.upperBound - 1], deepest)
    }
}
