internal import ComponentKit
internal import Foundation
internal import PlotTemplates

/// Bars that a teacher walked through, as the candle chart shows them.
package struct TeacherDayChart: Sendable {
    package struct Bar: Sendable {
        /// Seconds on the axis: the market's own clock.
        package var clock: Int64
        package var open, high, low, close: Double
        /// NaN where there is none.
        package var vwap, lower: Double
        package var isInTrade: Bool
        /// What happened at the close of the bar.
        package var entersUp = false, entersDown = false, trims = false, exits = false, isForcedOut = false
        /// Name of the script's step that fired last at this bar.
        package var step: String?

        package init(clock: Int64, open: Double, high: Double, low: Double, close: Double, vwap: Double, lower: Double, isInTrade: Bool) {
            self.clock = clock
            self.open = open
            self.high = high
            self.low = low
            self.close = close
            self.vwap = vwap
            self.lower = lower
            self.isInTrade = isInTrade
        }
    }

    package var script: String
    package var title: String
    package var bars: [Bar]
    /// `BUY_CALL`, `BUY_PUT`, or `LONG`, `SHORT`.
    package var upName, downName: String
    /// `premium`, or `profit of the position`.
    package var lowerName: String
    /// Clock of the axis: `New York time`, `UTC`.
    package var clockName: String

    package init(script: String, title: String, bars: [Bar], upName: String, downName: String, lowerName: String, clockName: String) {
        self.script = script
        self.title = title
        self.bars = bars
        self.upName = upName
        self.downName = downName
        self.lowerName = lowerName
        self.clockName = clockName
    }
}

/// The candle chart of a teacher's day; nil below two bars.
package func teacherDayFigure(_ chart: TeacherDayChart) -> Figure? {
    guard chart.bars.count > 1 else { return nil }
    var table = FigureTable(numbers: [
        "time", "open", "high", "low", "close", "vwap", "lower", "lower_in_trade", "enters_up", "enters_down", "trims", "exits", "forced_out", "trims_lower",
        "exits_lower", "forced_lower",
    ])
    for bar in chart.bars {
        func at(_ condition: Bool, _ value: Double) -> Double? { condition ? value : nil }
        table.add([
            Double(bar.clock), bar.open, bar.high, bar.low, bar.close, bar.vwap, bar.lower, at(bar.isInTrade, bar.lower), at(bar.entersUp, bar.close),
            at(bar.entersDown, bar.close), at(bar.trims, bar.close), at(bar.exits, bar.close), at(bar.isForcedOut, bar.close), at(bar.trims, bar.lower),
            at(bar.exits, bar.lower), at(bar.isForcedOut, bar.lower),
        ])
    }
    let entries = chart.bars.count { $0.entersUp || $0.entersDown }, trims = chart.bars.count(where: \.trims)
    let out = chart.bars.count(where: \.exits), forced = chart.bars.count(where: \.isForcedOut)
    var settings: [(name: String, value: FigureSetting)] = [
        ("up_name", .text(chart.upName)), ("down_name", .text(chart.downName)), ("lower_name", .text(chart.lowerName)),
        ("has_vwap", .number(chart.bars.contains { $0.vwap.isFinite } ? 1 : 0)),
    ]
    let marks = chart.bars.filter { $0.step != nil }
    if !marks.isEmpty {
        settings.append(("step_names", .texts(marks.map { figureText($0.step ?? "", limit: 24) })))
        settings.append(("step_times", .texts(marks.map { String($0.clock) })))
    }
    return Figure(
        name: "teacher-day", template: PlotTemplates.teacherDay, table: table, settings: settings,
        heading: figureText("\(chart.script) on \(chart.title)", limit: 92),
        caption: "\(grouped(chart.bars.count)) bars, \(chart.clockName); \(entries) \(entries == 1 ? "entry" : "entries"), \(trims) trims, \(out) exits by the script, \(forced) by force; without noise" + (chart.lowerName == "premium" ? "; grey: the call that would be bought" : ""),
        reading: "Candles with the volume-weighted average price. Dotted lines show where a step of the script fired; triangles where it entered, diamonds where it trimmed, squares where it left, crosses where the environment closed the trade. Below, the premium (of the contract in hand while in a trade) or the position's profit."
    )
}

/// Writes a figure's table and script into `folder` and draws them. The figure's files are named after it.
package func writeFigure(_ figure: Figure, to folder: String, with gnuplot: Gnuplot = Gnuplot()) async throws {
    do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try figure.table.tsv.write(toFile: "\(folder)/\(figure.name).tsv", atomically: true, encoding: .utf8)
        try figure.script.write(toFile: "\(folder)/\(figure.name).gp", atomically: true, encoding: .utf8)
    } catch let error as CocoaError {
        throw ReportNotWritten(path: folder, reason: error.localizedDescription)
    }
    try await gnuplot.draw(figure.name + ".gp", in: folder)
}
