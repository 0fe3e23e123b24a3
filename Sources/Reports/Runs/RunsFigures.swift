internal import ComponentKit
internal import Foundation
internal import PlotTemplates

/// Figures of several runs laid over each other; each nil where none of them has recorded anything for it.
package struct RunsFigures: Sendable {
    /// Share of HOLD by regime over training.
    package var hold: Figure?
    /// Entropy, reward, critic and x-statistic over training.
    package var learning: Figure?

    package init(_ reports: [RunReport], names: [String]) {
        hold = holdOverlay(reports, names)
        learning = learningOverlay(reports, names)
    }

    package var all: [Figure] { [hold, learning].compactMap { $0 } }
}

private typealias Curve = [(step: Double, value: Double)]

/// One panel: by run, the mean over its seeds and each seed.
private struct Panel {
    var name: String
    var runs: [(mean: Curve, seeds: [Curve])]
    var isEmpty: Bool { runs.allSatisfy { $0.mean.isEmpty } }
}

private func figure(_ name: String, _ panels: [Panel], _ runs: [String], inPercent: Bool, heading: String, caption: String, reading: String) -> Figure? {
    let panels = panels.filter { !$0.isEmpty }
    if panels.isEmpty { return nil }
    var table = FigureTable(numbers: ["panel_no", "run_no", "seed_no", "step", "value", "low", "high"], texts: ["panel", "run"])
    for (p, panel) in panels.enumerated() {
        let range = curveAxis(panel.runs.flatMap { run in ([run.mean] + run.seeds).flatMap { $0.map(\.value) } }, with: nil)
        for (r, run) in panel.runs.enumerated() {
            for (s, curve) in ([run.mean] + (run.seeds.count > 1 ? run.seeds : [])).enumerated() where !curve.isEmpty {
                let numbers: [Double?] = [Double(p + 1), Double(r + 1), Double(s)]
                for point in curve { table.add(numbers + [point.step, point.value, range.low, range.high], [panel.name, runs[r]]) }
                table.add(numbers + [nil, nil, nil, nil], [panel.name, runs[r]])
            }
        }
    }
    return Figure(
        name: name, template: PlotTemplates.runsCompare, table: table,
        settings: [
            ("panel_names", .texts(panels.map { figureText($0.name, limit: 50) })), ("run_names", .texts(runs.map { figureText($0, limit: 30) })),
            ("in_percent", .number(inPercent ? 1 : 0)),
        ],
        heading: figureText(heading, limit: 92), caption: figureText(caption, limit: 130), reading: reading)
}

private func sampleWords(_ reports: [RunReport]) -> String {
    let seeds = reports.map { "\($0.seeds.count)" }.joined(separator: " / ")
    return "\(reports.count) runs of \(seeds) seeds: thick their mean, thin each"
}

private func holdOverlay(_ reports: [RunReport], _ names: [String]) -> Figure? {
    let regimes = regimeUnion(reports)
    let panels = regimes.map { regime in
        Panel(
            name: regime,
            runs: reports.map { report in
                guard let r = report.regimes.firstIndex(of: regime) else { return ([], []) }
                let mean = report.sharedLooks.compactMap { step in report.meanShares(regime: r, at: step).map { (step: Double(step), value: $0[0]) } }
                return (mean, report.seeds.map { seed in seed.looks.compactMap { look in look.regimes[r].mix.sampled.map { (Double(look.step), $0[0]) } } })
            })
    }
    return figure(
        "runs-hold", panels, names, inPercent: true, heading: "Share of HOLD over training, by regime",
        caption: "\(sampleWords(reports)); \(regimes.count) regimes, sampled actions counted between two looks, no interval",
        reading:
            "One panel for each regime, one colour for each run: the share of the decisions on which HOLD was taken while training. Where two runs part, look in the table of settings for what differs between them."
    )
}

private func learningOverlay(_ reports: [RunReport], _ names: [String]) -> Figure? {
    let most = reports.map(\.actions.count).max() ?? 1
    let wanted: [(key: String, name: String, isEntropy: Bool)] = [
        ("train/entropy_loss", "entropy over its ceiling, 1 is uniform", true), ("rollout/ep_rew_mean", "mean reward of an episode (last 100)", false),
        ("train/explained_variance", "explained variance of the critic", false), ("collapse/x", "x-statistic: above .94 no mixture is stable", false),
    ]
    var widest = 1
    let panels = wanted.map { panel in
        Panel(
            name: panel.name,
            runs: reports.map { report in
                let ceiling = report.actions.count > 1 ? log(Double(report.actions.count)) : 1
                let scale = panel.isEntropy ? -1 / ceiling : 1
                let curves = report.seeds.map { $0.curves[panel.key, default: []].map { (step: Double($0.step), value: scale * $0.value) } }
                let width = max(1, ((curves.map(\.count).max() ?? 0) + 199) / 200)
                widest = max(widest, width)
                let thin = curves.map { curveStretches($0, of: width) }
                return (meanCurve(thin), thin)
            })
    }
    return figure(
        "runs-learning", panels, names, inPercent: false, heading: "How they learnt",
        caption: "\(sampleWords(reports)); " + (widest > 1 ? "points are means of up to \(widest) updates; " : "a point an update; ") + "axes hold the middle 98%, no interval",
        reading:
            "Rewards of different designs are in different units: compare the shape of their curves, not the height. Entropy is divided by the logarithm of the number of actions"
            + (Set(reports.map(\.actions.count)).count > 1 ? " (up to \(most) here)" : "") + ", so that runs with different actions stand on one scale."
    )
}

/// Regimes of all the runs, in the order in which they first appear.
package func regimeUnion(_ reports: [RunReport]) -> [String] {
    var found: [String] = []
    for report in reports { for regime in report.regimes where !found.contains(regime) { found.append(regime) } }
    return found
}
