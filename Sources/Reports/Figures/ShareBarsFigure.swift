internal import ComponentKit
internal import PlotTemplates

/// Shares of several series in several groups, side by side.
///
/// `shares` [groups][series], fractions; nil where there is none.
package func shareBarsFigure(
    name: String, heading: String, caption: String, reading: String, axis: String, groups: [String], series: [String], shares: [[Double?]]
) -> Figure {
    precondition(shares.count == groups.count && shares.allSatisfy { $0.count == series.count }, "\(shares.count) rows of shares for \(groups.count) groups of \(series.count) series")
    var table = FigureTable(numbers: ["group_no", "series_no", "share"], texts: ["group", "series"])
    for (g, row) in shares.enumerated() {
        for (s, share) in row.enumerated() { table.add([Double(g + 1), Double(s + 1), share], [groups[g], series[s]]) }
    }
    return Figure(
        name: name, template: PlotTemplates.shareBars, table: table,
        settings: [("group_names", .texts(groups.map { figureText($0, limit: 16) })), ("series_names", .texts(series.map { figureText($0, limit: 28) })), ("axis_name", .text(axis))],
        heading: figureText(heading, limit: 92), caption: caption, reading: reading)
}
