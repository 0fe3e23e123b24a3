internal import ComponentKit
public import Forecasting
internal import Foundation
internal import PlotTemplates

/// Forecast mix by regime over training, with what training reached where it is known.
func forecastMixFigure(_ forecast: RewardForecast, outcome: ForecastOutcome?, name: String) -> Figure {
    var table = FigureTable(numbers: ["kind", "regime_no", "action_no", "step", "share", "low", "high"], texts: ["regime", "action"])
    // Actions that the rules never allow here, as EXIT while flat, have no line.
    let taken = forecast.actions.indices.map { a in forecast.regimes.contains { $0.bars > 0 && $0.sampled[a] > 0 } }
    for (r, regime) in forecast.regimes.enumerated() where regime.bars > 0 {
        for (a, action) in forecast.actions.enumerated() where taken[a] {
            let words = [regime.regime, action]
            for point in forecast.curve { table.add([1, Double(r + 1), Double(a + 1), Double(point.step), point.sampled[r][a], nil, nil], words) }
            let band = regime.band90[a]
            table.add([2, Double(r + 1), Double(a + 1), Double(forecast.steps), regime.sampled[a], band.lowerBound, band.upperBound], words)
            if let outcome { table.add([3, Double(r + 1), Double(a + 1), Double(forecast.steps), outcome.sampled[r][a], nil, nil], words) }
        }
    }
    let bars = forecast.regimes.reduce(0) { $0 + $1.bars }
    return Figure(
        name: name, template: PlotTemplates.forecastMix, table: table,
        settings: [
            ("regime_names", .texts(forecast.regimes.map { figureText($0.regime, limit: 14) + "  n = \(grouped($0.bars))" })),
            ("action_names", .texts(forecast.actions.map { figureText($0, limit: 14) })),
        ],
        heading: figureText("Action mix that training will reach: \(forecast.name)", limit: 92),
        caption: "\(grouped(bars)) \(forecast.decisionWords); \(grouped(forecast.steps)) steps, entropy coefficient \(forecast.entropyCoefficient), gamma \(forecast.gamma); bands: 90%, mean of three seeds",
        reading: "Lines: the forecast share of each action. The bars at the end hold the mean of three trained seeds with 90% probability; diamonds, where there are any, are what training reached.")
}

/// One point of a calibration figure.
package struct CalibrationPoint: Sendable {
    package var forecast: Double
    package var band: ClosedRange<Double>
    package var trained: Double
    /// Panel, from 1 on.
    package var group: Int

    package init(forecast: Double, band: ClosedRange<Double>, trained: Double, group: Int) {
        self.forecast = forecast
        self.band = band
        self.trained = trained
        self.group = group
    }
}

/// HOLD shares that training reached against forecast ones.
package func calibrationFigure(_ points: [CalibrationPoint], groups: [String], heading: String, caption: String, name: String = "forecast-actual") -> Figure {
    var table = FigureTable(numbers: ["forecast", "low", "high", "trained", "group_no"], texts: ["group"])
    for point in points {
        table.add([point.forecast, point.band.lowerBound, point.band.upperBound, point.trained, Double(point.group)], [groups[point.group - 1]])
    }
    return Figure(
        name: name, template: PlotTemplates.forecastActual, table: table, settings: [("group_names", .texts(groups.map { figureText($0, limit: 60) }))],
        heading: figureText(heading, limit: 92), caption: caption,
        reading: "Each point is one regime of one reward. On the grey line the forecast was right; the bar is its 90% band; orange points lie outside theirs.")
}

/// Runs of one cell of the collapse map.
package struct CollapseCell: Sendable {
    package var entropyCoefficient: Double
    package var x: Double
    package var collapsed: Int
    package var runs: Int

    package init(entropyCoefficient: Double, x: Double, collapsed: Int, runs: Int) {
        self.entropyCoefficient = entropyCoefficient
        self.x = x
        self.collapsed = collapsed
        self.runs = runs
    }
}

package func collapseMapFigure(_ cells: [CollapseCell], steps: Int, caption: String) -> Figure {
    let coefficients = Set(cells.map(\.entropyCoefficient)).sorted(), gaps = Set(cells.map(\.x)).sorted()
    var table = FigureTable(numbers: ["ent_no", "x_no", "x", "ent_coef", "collapsed", "runs", "share"])
    for cell in cells {
        let row = (coefficients.firstIndex(of: cell.entropyCoefficient) ?? 0) + 1, column = (gaps.firstIndex(of: cell.x) ?? 0) + 1
        table.add([
            Double(row), Double(column), cell.x, cell.entropyCoefficient, Double(cell.collapsed), Double(cell.runs), Double(cell.collapsed) / Double(max(1, cell.runs)),
        ])
    }
    return Figure(
        name: "collapse-map", template: PlotTemplates.collapseMap, table: table, settings: [],
        heading: "Where PPO collapses to HOLD by step \(grouped(steps)): one state, no features", caption: caption,
        reading: "Each cell holds runs of clipped PPO on one state where HOLD pays d and a trade pays noise. The mean field puts the line at x = .94; runs cross it earlier, carried by noise.")
}

/// Writes forecast.json and the figures into `folder`; as `writeReport`, existing files of the same names are replaced.
public func writeForecast(
    _ forecasts: [RewardForecast], outcomes: [ForecastOutcome?], to folder: String, gnuplot: Gnuplot = Gnuplot()
) async throws -> (plotFiles: [String], figureFailures: [GnuplotFailure]) {
    let names = slugs(forecasts.map(\.name))
    var figures = forecasts.indices.map { forecastMixFigure(forecasts[$0], outcome: outcomes[$0], name: "forecast-\(names[$0])-mix") }
    let known = forecasts.indices.filter { outcomes[$0] != nil }
    if !known.isEmpty {
        var points: [CalibrationPoint] = []
        for i in known {
            guard let outcome = outcomes[i] else { continue }
            for (r, regime) in forecasts[i].regimes.enumerated() where regime.bars > 0 {
                points.append(
                    CalibrationPoint(
                        forecast: regime.sampled[0], band: outcome.seeds.count > 1 ? regime.band90[0] : regime.runBand90[0], trained: outcome.sampled[r][0], group: 1))
            }
        }
        let error = points.reduce(0) { $0 + abs($1.forecast - $1.trained) } / Double(max(1, points.count))
        figures.append(
            calibrationFigure(
                points, groups: ["mean absolute error \((1_000 * error).rounded() / 10) points"], heading: "Forecast against trained HOLD share, by regime",
                caption: "\(known.count) reward\(known.count == 1 ? "" : "s"), \(points.count) regimes; bars: 90% bands"))
    }
    let document = forecastJSON(forecasts, outcomes: outcomes)
    let written = try await publish(figures, to: folder, gnuplot: gnuplot) { _, _ in [("forecast.json", document)] }
    return (written.plotFiles, written.failures)
}
