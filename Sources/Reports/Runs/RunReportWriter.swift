internal import ComponentKit
internal import Foundation
internal import RunRecords

/// Writes `report.html`, `report.json` and `plots/` of a run into its folder, in the way of `writeReport` for expected values: staged, then renamed.
///
/// Figures that the run has no data for are not drawn, and older ones of the same names removed. Throws `ReportNotWritten`; a missing or failing gnuplot
/// is reported in the result.
public func writeRunReport(_ report: RunReport, to folder: String, gnuplot: Gnuplot = Gnuplot()) async throws -> WrittenReport {
    let figures = RunFigures(report)
    let drawn = Set(figures.all.map(\.name))
    let written = try await publish(figures.all, to: folder, gnuplot: gnuplot) { drawings, failures in
        [("report.json", runJSON(report)), ("report.html", try runPage(report, figures: figures, drawings: drawings, failures: failures))]
    }
    for name in ["run-mix", "run-contrast", "run-waterfall", "run-pay", "run-learning", "run-equity", "curriculum-timeline"] where !drawn.contains(name) {
        for suffix in ["tsv", "gp", "svg", "png"] { try? FileManager.default.removeItem(atPath: "\(folder)/plots/\(name).\(suffix)") }
    }
    return WrittenReport(page: folder + "/report.html", json: folder + "/report.json", plotFiles: written.plotFiles, figureFailures: written.failures)
}

/// The JSON document of `assay report --json`: `schema_version` 1, sorted keys, `null` with a `_reason` beside it for what is not known.
public func runJSON(_ report: RunReport) -> String { runNode(report).document }

/// The document of one run.
func runNode(_ report: RunReport) -> JSONValue {
    let verdict = RunVerdict(report)
    var root = JSONObject()
    root["schema_version"] = .integer(1)
    root["run"] = .text(report.folder)
    root["name"] = .text(report.name)
    root["reward"] = .text(report.rewardName)
    root["steps"] = .integer(report.steps)
    root["planned_steps"] = .integer(report.plannedSteps)
    root["finished"] = .bool(report.isFinished)
    for (split, key) in [("train", "class"), ("test", "test_class")] {
        if let found = report.classes[split] { root[key] = .text(found) } else { root.putNull(key, reason: "no checkpoint could be evaluated") }
    }
    root["headline"] = .text(verdict.headline)
    root["sentences"] = .list((verdict.sentences + verdict.regimes.map { "\($0.name): \($0.text)" } + verdict.remarks).map(JSONValue.text))
    root["seeds"] = .list(
        report.seeds.map { seed in
            var node = JSONObject()
            node["seed"] = Int(exactly: seed.seed).map(JSONValue.integer) ?? .text(String(seed.seed))
            node["run"] = .text(seed.folder)
            node["steps"] = .integer(seed.steps)
            node["finished"] = .bool(seed.isFinished)
            if let status = seed.looks.last?.status { node["status"] = .text(RunReport.statusNames[min(4, max(0, status))]) } else { node.putNull("status", reason: "no look is recorded") }
            return node.node
        })
    root["regimes"] = .list(
        report.regimes.indices.map { r in
            var node = JSONObject()
            node["regime"] = .text(report.regimes[r])
            for (split, key) in [("train", "sampled"), ("test", "test_sampled")] {
                let spreads = report.actions.indices.map { a in report.spread(split) { $0.regimes[r].mix.sampled?[a] } }
                guard spreads.allSatisfy(\.mean.isFinite) else {
                    node.putNull(key, reason: "no bar of the split lies in the regime, or it was not evaluated")
                    continue
                }
                var shares = JSONObject()
                for (action, spread) in zip(report.actions, spreads) { shares.put(action, spread.mean) }
                node[key] = shares.node
            }
            if let onset = report.holdOnset(regime: r) {
                node["hold_takes_over"] = .object(["after": .integer(onset.after), "by": .integer(onset.by)])
            } else {
                node.putNull("hold_takes_over", reason: "HOLD has less than half of the decisions at the last look, or there is none")
            }
            if let pay = report.payContrast(regime: r) {
                var found = JSONObject(), terms = JSONObject()
                found["step"] = .integer(pay.step)
                found.put("hold", pay.hold)
                found.put("trade", pay.trade)
                found.put("deviation_over_seeds", pay.deviation, reason: "one seed")
                for (k, term) in report.terms.enumerated() { terms.put(term, pay.terms[k]) }
                found["trade_minus_hold"] = terms.node
                node["pay_per_step"] = found.node
            } else {
                node.putNull("pay_per_step", reason: "no look has \(RunReport.fewestDecisions) decisions of HOLD and of trading in the regime")
            }
            return node.node
        })
    return root.node
}
