internal import Foundation
internal import PlotTemplates

/// What a sweep varied and what HOLD came to, for its figure.
package struct SweepChart: Sendable {
    package struct Panel: Sendable {
        package var name: String
        /// The value of each point as written, [points].
        package var values: [String]

        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }

    package struct Trial: Sendable {
        package var point: Int
        /// Share of HOLD by regime, [R]; nil where the regime never occurred.
        package var hold: [Double?]

        package init(point: Int, hold: [Double?]) {
            self.point = point
            self.hold = hold
        }
    }

    package var name: String
    package var caption: String
    package var regimes: [String]
    package var panels: [Panel]
    package var trials: [Trial]
    /// Whether means of neighbouring values are joined: in a grid, where all else is balanced.
    package var isGrid: Bool

    package init(name: String, caption: String, regimes: [String], panels: [Panel], trials: [Trial], isGrid: Bool) {
        self.name = name
        self.caption = caption
        self.regimes = regimes
        self.panels = panels
        self.trials = trials
        self.isGrid = isGrid
    }
}

/// HOLD against what was varied; nil without a finished trial.
package func sweepFigure(_ chart: SweepChart) -> Figure? {
    guard !chart.trials.isEmpty, !chart.panels.isEmpty else { return nil }
    var table = FigureTable(numbers: ["panel_no", "regime_no", "x", "hold", "is_mean", "is_log"], texts: ["panel", "regime", "value"])
    for (p, panel) in chart.panels.enumerated() {
        let numbers = panel.values.map { Double($0) }, isNumeric = numbers.allSatisfy { $0 != nil }
        var words: [String] = []
        for value in panel.values where !words.contains(value) { words.append(value) }
        func place(_ point: Int) -> Double { isNumeric ? numbers[point] ?? .nan : Double(words.firstIndex(of: panel.values[point]) ?? 0) }
        let positive = numbers.compactMap { $0 }.filter { $0 > 0 }
        let isLog = isNumeric && positive.count == numbers.count && (positive.max() ?? 1) >= 30 * (positive.min() ?? 1)
        let kind: Double = isNumeric ? (isLog ? 1 : 0) : -1
        for (g, regime) in chart.regimes.enumerated() {
            var groups: [(x: Double, value: String, hold: [Double])] = []
            for trial in chart.trials {
                guard let hold = trial.hold[g] else { continue }
                let x = place(trial.point)
                table.add([Double(p + 1), Double(g + 1), x, hold, 0, kind], [panel.name, regime, panel.values[trial.point]])
                if let k = groups.firstIndex(where: { $0.x == x }) { groups[k].hold.append(hold) } else { groups.append((x, panel.values[trial.point], [hold])) }
            }
            for group in groups.sorted(by: { $0.x < $1.x }) {
                table.add([Double(p + 1), Double(g + 1), group.x, group.hold.reduce(0, +) / Double(group.hold.count), 1, kind], [panel.name, regime, group.value])
            }
        }
    }
    return Figure(
        name: "sweep-hold", template: PlotTemplates.sweepHold, table: table,
        settings: [
            ("panel_names", .texts(chart.panels.map { figureText($0.name, limit: 40) })), ("regime_names", .texts(chart.regimes.map { figureText($0, limit: 20) })),
            ("joined", .number(chart.isGrid ? 1 : 0)),
        ],
        heading: figureText("\(chart.name): share of HOLD", limit: 70), caption: figureText(chart.caption, limit: 140),
        reading: "Each dot is one training, each ring the mean of all trainings at that value.")
}

/// Draws figures into `folder/plots`: table, script, SVG and PNG of each. Throws `ReportNotWritten`; a missing or failing gnuplot is part of the result.
package func writeFigures(_ figures: [Figure], to folder: String, gnuplot: Gnuplot = Gnuplot()) async throws -> (plotFiles: [String], failures: [GnuplotFailure]) {
    try await publish(figures, to: folder, gnuplot: gnuplot) { _, _ in [] }
}
