internal import ComponentKit
internal import Foundation
internal import PlotTemplates
package import Postmortem

/// Figures of a post-mortem, each nil where there is nothing to draw.
package struct PostmortemFigures: Sendable {
    package var onset: Figure?
    package var remedies: Figure?

    package init(_ report: PostmortemReport) {
        onset = onsetFigure(report)
        remedies = remediesFigure(report)
    }

    package var all: [Figure] { [onset, remedies].compactMap { $0 } }
}

/// Shares over the run (else round trips, else entropy), at most 600 points a curve, with the onset's interval, the alarm, and where the collapse is complete.
package func onsetFigure(_ report: PostmortemReport) -> Figure? {
    let log = report.log
    var curves: [(name: String, points: [TrainingLog.Point])] = [], hasEntropy = false, isShare = true, word = "share of the decisions"
    if log.mixes.count > 1 {
        curves = log.actions.indices.map { a in (log.actions[a], log.mixes.map { .init(step: $0.step, value: $0.shares[a]) }) }
        // HOLD first, then the commonest five.
        if let h = log.hold { curves.insert(curves.remove(at: h), at: 0) }
        if curves.count > 6 {
            func weight(_ k: Int) -> Double { curves[k].points.reduce(0) { $0 + $1.value } }
            let kept = [0] + curves.indices.dropFirst().sorted { weight($0) > weight($1) }.prefix(5).sorted()
            curves = kept.map { curves[$0] }
        }
    } else if log.curve(.roundTrips).count > 1 {
        curves = [("round trips", log.curve(.roundTrips))]
        if log.curve(.evaluationTrips).count > 1 { curves.append(("in evaluation", log.curve(.evaluationTrips))) }
        (isShare, word) = (false, "completed round trips")
    }
    let entropy = log.curve(.entropy), count = Double(max(log.actions.count, log.actionCount ?? 0)), top = count > 1 ? Foundation.log(count) : entropy.map(\.value).max() ?? 0
    if isShare, entropy.count > 1, top > 0 {
        curves.append((count > 1 ? "entropy / max" : "entropy / highest", entropy.map { .init(step: $0.step, value: $0.value / top) }))
        hasEntropy = true
        if curves.count == 1 { word = "share of the largest entropy" }
    }
    guard !curves.isEmpty else { return nil }
    var table = FigureTable(numbers: ["kind", "series_no", "step", "value", "low", "high"], texts: ["series"])
    var records = 0
    for (k, curve) in curves.enumerated() {
        let join = (curve.points.count + 599) / 600
        records = max(records, curve.points.count)
        for start in stride(from: 0, to: curve.points.count, by: join) {
            let part = curve.points[start..<min(curve.points.count, start + join)]
            table.add([1, Double(k + 1), part[part.endIndex - 1].step, part.reduce(0) { $0 + $1.value } / Double(part.count), nil, nil], [curve.name])
        }
        table.add([1, Double(k + 1), nil, nil, nil, nil], [curve.name])
    }
    if let onset = report.onset { table.add([2, nil, onset.step, nil, onset.interval95.low, onset.interval95.high], [""]) }
    if let step = report.alarm?.step { table.add([3, nil, step, nil, nil, nil], [""]) }
    if let step = report.collapsedFrom { table.add([4, nil, step, nil, nil, nil], [""]) }
    let source = (report.source as NSString).lastPathComponent
    let method = report.onset.map { $0.method == .changePoint ? "; interval by block bootstrap" : "; interval of the fitted relaxation" } ?? "; no onset"
    return Figure(
        name: "postmortem-onset", template: PlotTemplates.postmortemOnset, table: table,
        settings: [
            ("series_names", .texts(curves.map { figureText($0.name, limit: 16) })), ("value_name", .text(word)), ("step_name", .text(figureText(report.stepUnit, limit: 16))),
            ("is_share", .number(isShare ? 1 : 0)), ("has_entropy", .number(hasEntropy ? 1 : 0)), ("points_shown", .number(records <= 60 ? 1 : 0)),
        ],
        heading: figureText("\(source): \(report.collapse.rawValue)", limit: 84), caption: figureText("\(records) records\(report.seeds.count > 1 ? ", mean of \(report.seeds.count) seeds" : "")\(records > 600 ? ", averaged to 600 points" : "")\(method)", limit: 130),
        reading: "What the run did. The band is where the change began, with 95% confidence; the dashed line is where the alarm would have sounded, the dark one the step from which the collapse is complete.")
}

/// The mix at the end and under every remedy that has a forecast.
package func remediesFigure(_ report: PostmortemReport) -> Figure? {
    let forecasts = report.remedies.filter { $0.forecast != nil }
    guard !report.finalMix.isEmpty, !forecasts.isEmpty else { return nil }
    var names = report.finalMix.map(\.action)
    if let h = report.log.hold, names.indices.contains(h) { names.insert(names.remove(at: h), at: 0) }
    var table = FigureTable(numbers: ["bar_no", "action_no", "from", "to"], texts: ["bar", "action"])
    let bars = [("as it ended", report.finalMix)] + forecasts.map { ($0.title, $0.forecast ?? []) }
    // The action whose share makes the class lies first, so that one line shows where it ends.
    var order = Array(names.indices), line: (share: Double, caption: String, reading: String)? = (CollapseClass.holdLine, "collapsed from 80% HOLD on", "where a mix counts as collapsed to HOLD")
    if report.collapse == .alwaysTrade { line = (CollapseClass.tradeLine, "always trades up to 5% HOLD", "up to which share of HOLD a mix counts as always trading") }
    if report.collapse == .oneSided {
        line = nil
        if let side = names.firstIndex(where: { name in report.finalMix.contains { $0.action == name && $0.share >= CollapseClass.sideLine } }) {
            order.insert(order.remove(at: side), at: 0)
            line = (CollapseClass.sideLine, "one-sided from 80% \(figureText(names[side], limit: 14)) on", "where a mix counts as one-sided")
        }
    }
    for (b, bar) in bars.enumerated() {
        var at = 0.0
        for a in order {
            let name = names[a], share = bar.1.first { $0.action == name }?.share ?? 0
            table.add([Double(b + 1), Double(a + 1), at, at + share], [bar.0, name])
            at += share
        }
    }
    return Figure(
        name: "postmortem-remedies", template: PlotTemplates.postmortemRemedies, table: table,
        settings: [("bar_names", .texts(bars.map { figureText($0.0, limit: 24) })), ("action_names", .texts(names.map { figureText($0, limit: 14) })), ("line_at", .number(line.map { Int(100 * $0.share) } ?? -1))],
        heading: figureText("What would become of it: \((report.source as NSString).lastPathComponent)", limit: 84),
        caption: figureText("\(line.map { "dashed: \($0.caption); " } ?? "")forecasts without intervals: \(forecasts[0].method.split(separator: "(").first.map(String.init) ?? "")", limit: 130),
        reading: "One bar a remedy: the mix that it is expected to lead to." + (line.map { " The dashed line is \($0.reading)." } ?? ""))
}

/// What `writePostmortem` wrote.
package struct WrittenPostmortem: Sendable {
    package var json: String
    package var plotFiles: [String]
    package var figureFailures: [GnuplotFailure]
}

/// Writes `postmortem.json`, `postmortem.txt` and `plots/` into `folder`. Throws `ReportNotWritten`; a missing gnuplot is part of the result.
package func writePostmortem(_ report: PostmortemReport, to folder: String, gnuplot: Gnuplot = Gnuplot()) async throws -> WrittenPostmortem {
    let written = try await publish(PostmortemFigures(report).all, to: folder, gnuplot: gnuplot) { _, _ in
        [("postmortem.txt", postmortemText(report)), ("postmortem.json", report.json.document)]
    }
    return WrittenPostmortem(json: folder + "/postmortem.json", plotFiles: written.plotFiles, figureFailures: written.failures)
}
