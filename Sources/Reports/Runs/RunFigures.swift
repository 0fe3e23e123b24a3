internal import ComponentKit
internal import Foundation
internal import PlotTemplates

/// Every figure of a run, each nil where the run has recorded nothing for it.
package struct RunFigures: Sendable {
    /// Action mix by regime over training, with the collapse status.
    package var mix: Figure?
    /// What each term adds to trading minus HOLD.
    package var contrast: Figure?
    /// What each term paid a step at the last look.
    package var waterfall: Figure?
    /// Pay a step by term over training.
    package var pay: Figure?
    package var learning: Figure?
    package var equity: Figure?
    /// Which stage of its curriculum each seed was in.
    package var stages: Figure?

    package init(_ report: RunReport) {
        mix = mixFigure(report)
        contrast = contrastFigure(report)
        waterfall = waterfallFigure(report)
        pay = payFigure(report)
        learning = learningFigure(report)
        equity = equityFigure(report)
        stages = stagesFigure(report)
    }

    package var all: [Figure] { [mix, stages, contrast, waterfall, pay, learning, equity].compactMap { $0 } }
}

/// `3 seeds, 200,704 of 200,704 steps`.
func runLine(_ report: RunReport) -> String {
    let seeds = report.seeds.count == 1 ? "1 seed" : "\(report.seeds.count) seeds: thick their mean, thin each"
    return "\(seeds); \(grouped(report.steps)) steps" + (report.isFinished ? "" : " of \(grouped(report.plannedSteps)), not finished")
}

/// Sampled shares by regime over training. More than six actions: HOLD, the five commonest, and all others together. Nil without a look.
package func mixFigure(_ report: RunReport) -> Figure? {
    let steps = report.sharedLooks
    guard let last = steps.last, !report.actions.isEmpty else { return nil }
    // Groups of actions, each drawn as one line.
    var groups = report.actions.indices.map { [$0] }, names = report.actions
    // What is never done where it is counted (TRIM and EXIT while flat) has no line.
    let done = groups.filter { group in group[0] == 0 || report.seeds.contains { $0.looks.contains { $0.regimes.contains { ($0.mix.sampled?[group[0]] ?? 0) > 0 } } } }
    if report.actions.count > 3, done.count > 1 { (groups, names) = (done, done.map { report.actions[$0[0]] }) }
    if groups.count > 6 {
        func weight(_ a: Int) -> Double { report.regimes.indices.reduce(0) { $0 + (report.meanShares(regime: $1, at: last)?[a] ?? 0) } }
        let kept = [0] + report.actions.indices.dropFirst().sorted { weight($0) > weight($1) }.prefix(5).sorted()
        groups = kept.map { [$0] } + [report.actions.indices.filter { !kept.contains($0) }]
        names = kept.map { report.actions[$0] } + ["\(report.actions.count - 6) others"]
    }
    var table = FigureTable(
        numbers: ["regime_no", "seed_no", "action_no", "from", "step", "share", "status", "takes_over"], texts: ["regime", "action"])
    func before(_ step: Int, in list: [Int]) -> Double { Double(list.last { $0 < step } ?? 0) }
    for (r, regime) in report.regimes.enumerated() {
        for (k, seed) in report.seeds.enumerated() {
            let own = seed.looks.map(\.step)
            for (g, group) in groups.enumerated() {
                for look in seed.looks {
                    let shares = look.regimes[r].mix.sampled
                    table.add(
                        [
                            Double(r + 1), Double(k + 1), Double(g + 1), before(look.step, in: own), Double(look.step),
                            shares.map { s in group.reduce(0) { $0 + s[$1] } }, g == 0 ? look.status.map(Double.init) : nil, nil,
                        ], [regime, names[g]])
                }
            }
        }
        let onset = report.holdOnset(regime: r)?.by
        for (g, group) in groups.enumerated() {
            for step in steps {
                table.add(
                    [
                        Double(r + 1), 0, Double(g + 1), before(step, in: steps), Double(step),
                        report.meanShares(regime: r, at: step).map { s in group.reduce(0) { $0 + s[$1] } }, nil, g == 0 && step == onset ? 1 : nil,
                    ], [regime, names[g]])
            }
        }
    }
    let decisions = report.regimes.indices.map { r in report.looks(at: last).reduce(0) { $0 + $1.regimes[r].decisions } }
    let titles = report.regimes.indices.map { r in
        figureText(report.regimes[r], limit: 14) + "  n = \(grouped(decisions[r]))" + (report.holdOnset(regime: r).map { ", HOLD takes over by \(grouped($0.by))" } ?? "")
    }
    return Figure(
        name: "run-mix", template: PlotTemplates.runMix, table: table,
        settings: [
            ("regime_names", .texts(titles)),
            ("action_names", .texts(names.map { figureText($0, limit: 14) })),
        ],
        heading: figureText("What the policy does, by regime: \(report.name)", limit: 92),
        caption: "\(runLine(report)); \(report.regimes.count) regimes, \(steps.count) looks, actions counted between them (n: the last), no interval",
        reading:
            "One panel for each regime: the share of the decisions on which each action was taken while training. The stripe on top is the collapse status of each seed, over all regimes together: pale green is ok, then early warning, collapsing, critical and failed. The dashed line is the look from which HOLD has half or more of the decisions and does not fall below again: the regime in which that comes first is where to look for the cause."
    )
}

/// The recorded quantities of `progress.csv`, each in a panel; curves of more than 250 rows as means of equal stretches. Nil when nothing is recorded.
func learningFigure(_ report: RunReport) -> Figure? {
    let ceiling = report.actions.count > 1 ? log(Double(report.actions.count)) : 1
    let panels: [(key: String, name: String, scale: Double, line: Double?)] = [
        ("rollout/ep_rew_mean", "mean reward of an episode (last 100)", 1, nil),
        ("train/entropy_loss", "entropy over log(\(report.actions.count)), 1 is uniform", -1 / ceiling, nil),
        ("train/explained_variance", "explained variance of the critic", 1, nil),
        ("train/approx_kl", "approximate KL of an update", 1, nil),
        ("collapse/x", "x-statistic: above .94 no mixture is stable", 1, 0.94),
        ("rollout/advantage_std", "sigma of the advantages", 1, nil),
    ]
    var table = FigureTable(numbers: ["panel_no", "seed_no", "step", "value", "line", "low", "high"], texts: ["panel"])
    var names: [String] = [], widest = 1
    for panel in panels {
        var curves = report.seeds.map { $0.curves[panel.key, default: []].map { (step: Double($0.step), value: panel.scale * $0.value) } }
        let rows = curves.map(\.count).max() ?? 0
        guard rows > 1 else { continue }
        let width = (rows + 249) / 250
        widest = max(widest, width)
        curves = curves.map { curveStretches($0, of: width) }
        names.append(panel.name)
        let number = Double(names.count)
        let range = curveAxis(curves.flatMap { $0.map(\.value) }, with: panel.line)
        for (k, curve) in ([meanCurve(curves)] + curves).enumerated() {
            for point in curve { table.add([number, Double(k), point.step, point.value, panel.line, range.low, range.high], [panel.name]) }
            table.add([number, Double(k), nil, nil, nil, nil, nil], [panel.name])
        }
    }
    if names.isEmpty { return nil }
    return Figure(
        name: "run-learning", template: PlotTemplates.runLearning, table: table, settings: [("panel_names", .texts(names))],
        heading: figureText("How it learnt: \(report.name)", limit: 92),
        caption: "\(runLine(report)); " + (widest > 1 ? "each point the mean of \(widest) updates; " : "a point an update; ") + "axes hold the middle 98% of the values; no interval",
        reading:
            "Entropy falls as the policy makes up its mind; close to zero it no longer tries anything else. The x-statistic is the advantage of HOLD over trading in units of the entropy coefficient times the noise of the advantages: single roll-outs are noisy, but where it stays above the dashed line at .94, nothing holds HOLD back from taking everything. A shrinking sigma of the advantages makes every remaining difference count for more. Explained variance near zero means that the critic knows nothing about the returns."
    )
}

/// Means of `width` neighbouring points; the step is the last one's.
func curveStretches(_ curve: [(step: Double, value: Double)], of width: Int) -> [(step: Double, value: Double)] {
    if width == 1 { return curve }
    return stride(from: 0, to: curve.count, by: width).map { start in
        let part = curve[start..<min(curve.count, start + width)]
        return (part[part.endIndex - 1].step, part.reduce(0) { $0 + $1.value } / Double(part.count))
    }
}

/// The mean over curves at the steps that all of them have.
func meanCurve(_ curves: [[(step: Double, value: Double)]]) -> [(step: Double, value: Double)] {
    let known = curves.filter { !$0.isEmpty }
    var sums: [Double: (sum: Double, count: Int)] = [:]
    for point in known.joined() {
        let old = sums[point.step] ?? (0, 0)
        sums[point.step] = (old.sum + point.value, old.count + 1)
    }
    return sums.filter { $0.value.count == known.count }.map { ($0.key, $0.value.sum / Double($0.value.count)) }.sorted { $0.0 < $1.0 }
}

/// An axis that holds the middle 98% of `values` and the line, with a margin; never empty.
func curveAxis(_ values: [Double], with line: Double?) -> (low: Double, high: Double) {
    if values.isEmpty { return (0, 1) }
    let sorted = values.sorted()
    let cut = sorted.count / 100
    var low = sorted[cut], high = sorted[sorted.count - 1 - cut]
    if let line { (low, high) = (min(low, line), max(high, line)) }
    let margin = high > low ? 0.08 * (high - low) : max(1e-6, 0.1 * abs(high))
    return (low - margin, high + margin)
}
