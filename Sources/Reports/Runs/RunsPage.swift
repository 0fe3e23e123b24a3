internal import ComponentKit
internal import Foundation
internal import Mustache
internal import RunRecords

/// Names by which several runs are told apart: their own; with what distinguishes their folders where two share one.
package func runNames(_ reports: [RunReport]) -> [String] {
    let names = reports.map { $0.name.isEmpty ? ($0.folder as NSString).lastPathComponent : $0.name }
    return reports.indices.map { i in names.filter { $0 == names[i] }.count > 1 ? "\(names[i]) (\(reports[i].folder))" : names[i] }
}

/// Settings and data in which the runs differ, one row each; empty when they are twins.
package func differencesTable(_ reports: [RunReport], names: [String]) -> TextTable {
    var table = TextTable(["setting"] + names, textColumns: names.count + 1)
    let skipped = ["seeds"]
    let each = reports.map { report in Dictionary((report.parameters + report.data.filter { !$0.label.hasPrefix("run's hash") }).map { ($0.label, $0.value) }) { first, _ in first } }
    var labels: [String] = []
    for report in reports { for entry in report.parameters + report.data where !labels.contains(entry.label) && !entry.label.hasPrefix("run's hash") { labels.append(entry.label) } }
    for label in labels where !skipped.contains(label) {
        let values = each.map { $0[label] ?? "-" }
        if Set(values).count > 1 { table.rows.append([.init(label)] + values.map { .init(label == "SHA-256" ? clipped($0, 12) : clipped($0, 160)) }) }
    }
    return table
}

/// Final mixes, regimes down and runs across, one row an action of a regime. Nil when none was evaluated on the split.
package func mixesTable(_ reports: [RunReport], names: [String], split: String) -> TextTable? {
    guard reports.contains(where: { $0.seeds.contains { $0.splits[split] != nil } }) else { return nil }
    var actions: [String] = []
    for report in reports { for action in report.actions where !actions.contains(action) { actions.append(action) } }
    var table = TextTable(["regime", "action"] + names, textColumns: 2)
    func cell(_ spread: SeedSpread) -> TextTable.Cell {
        spread.mean.isFinite ? .init(percent(spread.mean), spread.count > 1 ? "± \(percent(spread.deviation))" : "") : .init("-")
    }
    for regime in regimeUnion(reports) + ["all"] {
        for (i, action) in actions.enumerated() {
            table.rows.append(
                [.init(i == 0 ? regime : ""), .init(action)]
                    + reports.map { report in
                        guard let a = report.actions.firstIndex(of: action) else { return .init("-") }
                        if regime == "all" { return cell(report.spread(split) { $0.all.sampled?[a] }) }
                        guard let r = report.regimes.firstIndex(of: regime) else { return .init("-") }
                        return cell(report.spread(split) { $0.regimes[r].mix.sampled?[a] })
                    })
        }
    }
    return table
}

/// Class, onset and what was earned on the test bars, runs across.
package func outcomesTable(_ reports: [RunReport], names: [String]) -> TextTable {
    var table = TextTable([""] + names)
    func row(_ label: String, _ cell: (RunReport) -> TextTable.Cell) { table.rows.append([.init(label)] + reports.map(cell)) }
    func spread(_ s: SeedSpread, _ text: (Double) -> String) -> TextTable.Cell {
        s.mean.isFinite ? .init(text(s.mean), s.count > 1 ? "± " + String(text(s.deviation).drop { $0 == "+" }) : "") : .init("-")
    }
    row("class, training bars") { .init(verdictWords($0.classes["train"] ?? "")) }
    row("class, test bars") { .init(verdictWords($0.classes["test"] ?? "")) }
    row("seeds") { .init(grouped($0.seeds.count)) }
    row("steps") { .init(grouped($0.steps), $0.isFinished ? "" : "of \(grouped($0.plannedSteps))") }
    row("status at the last look, worst seed") { .init($0.worstLastStatus.map { RunReport.statusNames[min(4, max(0, $0.status))] } ?? "-") }
    row("HOLD takes over first") { report in
        let first = report.regimes.indices.compactMap { r in report.holdOnset(regime: r).map { ($0.by, report.regimes[r]) } }.min { $0.0 < $1.0 }
        return first.map { .init(grouped($0.0), $0.1) } ?? .init("never")
    }
    row("net return on the test bars, sampled") { spread($0.spread("test") { $0.sampledResult.netReturn }, wholePercent) }
    row("net return on the test bars, arg-max") { spread($0.spread("test") { $0.argmaxResult.netReturn }, wholePercent) }
    row("Sharpe, annual, sampled") { spread($0.spread("test") { $0.sampledResult.sharpe }) { signed($0, 2) } }
    row("largest drawdown, sampled") { spread($0.spread("test") { $0.sampledResult.maxDrawdown }, percent) }
    row("round trips, sampled") { spread($0.spread("test") { $0.sampledResult.roundTrips }) { grouped($0) } }
    return table
}

/// The page of several runs side by side: verdicts, what differs between them, mixes, results, curves laid over each other.
package func runsPage(_ reports: [RunReport], command: String, figures: RunsFigures, drawings: [String: String], failures: [GnuplotFailure]) throws -> String {
    let names = runNames(reports)
    let differences = differencesTable(reports, names: names)
    var context: [String: Any] = [
        "count": reports.count, "names": clipped(shown(joined(names)), 160),
        "runs": zip(reports, names).map { report, name -> [String: Any] in
            let verdict = RunVerdict(report)
            return [
                "name": shown(name), "folder": shown(report.folder), "reward": shown(report.rewardName), "tone": verdict.tone, "headline": shown(verdict.headline),
                "sentences": (verdict.sentences + verdict.remarks).map { ["text": shown($0)] },
            ]
        },
        "twins": differences.rows.isEmpty, "outcomes": htmlTable(outcomesTable(reports, names: names)), "command": shown(command), "failures": failures.map { ["text": $0.description] },
        "mixes": [("Training bars", "train"), ("Test bars", "test")].compactMap { heading, split in
            mixesTable(reports, names: names, split: split).map { ["heading": heading, "table": htmlTable($0)] as [String: Any] }
        },
    ]
    if !differences.rows.isEmpty { context["differences"] = htmlTable(differences) }
    if let hold = figures.hold { context["holdFigure"] = drawnFigure(hold, drawings) }
    if let learning = figures.learning { context["learningFigure"] = drawnFigure(learning, drawings) }
    return try pageTemplates().render(context, withTemplate: "runs") ?? ""
}

/// `{"schema_version": 1, "runs": [the document of each run, as runJSON]}`.
public func runsJSON(_ reports: [RunReport]) -> String {
    var root = JSONObject()
    root["schema_version"] = .integer(1)
    root["runs"] = .list(reports.map(runNode))
    return root.node.document
}

/// Writes `report.html`, `report.json` and `plots/` of several runs side by side into `folder`. Throws `ReportNotWritten`.
public func writeRunsReport(_ reports: [RunReport], to folder: String, command: String, gnuplot: Gnuplot = Gnuplot()) async throws -> WrittenReport {
    let figures = RunsFigures(reports, names: runNames(reports))
    let written = try await publish(figures.all, to: folder, gnuplot: gnuplot) { drawings, failures in
        [
            ("report.json", runsJSON(reports)),
            ("report.html", try runsPage(reports, command: command, figures: figures, drawings: drawings, failures: failures)),
        ]
    }
    return WrittenReport(page: folder + "/report.html", json: folder + "/report.json", plotFiles: written.plotFiles, figureFailures: written.failures)
}
