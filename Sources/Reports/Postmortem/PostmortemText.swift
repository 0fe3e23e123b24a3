package import Postmortem

/// A post-mortem for the terminal: the verdict, then the evidence, the gaps, what was paid, the remedies, and what cannot be known.
package func postmortemText(_ report: PostmortemReport, width: Int = 110) -> String {
    var out = wrapped(report.verdict, width: width) + "\n"
    func section(_ title: String, _ sentences: [String]) {
        guard !sentences.isEmpty else { return }
        out += title + "\n"
        for sentence in sentences {
            let text = wrapped(sentence, width: width, indent: "    ")
            out += "  - " + text.dropFirst(4)
        }
        out += "\n"
    }
    section("Evidence", report.evidence + report.log.remarks.map { "Reading: \($0)" })
    if !report.groups.isEmpty {
        let rows = report.groups.map { group in [group.name] + group.mix.map { percentText($0.share) } + [group.collapse.words, group.since.map(countText) ?? "-"] }
        out += "By \(report.log.groupWord) at the end\(report.log.isFlatOnly ? ", while flat" : "")\n"
        out += TextTable([report.log.groupWord] + report.log.actions + ["class", "since \(report.stepUnit.dropLast())"], textColumns: 1, rows: rows.map { $0.map { TextTable.Cell($0) } }).terminal(width: width) + "\n"
    }
    if !report.implied.isEmpty {
        let hasGap = report.implied.contains { $0.gap != nil }, hasLift = report.implied.contains { $0.lift != nil }
        let heads = [report.stepUnit, "HOLD", "log-odds"] + (hasGap ? ["gap / sigma_A"] : []) + ["x"] + (hasLift ? ["lift"] : [])
        let rows = report.implied.map { row in
            [countText(row.step), percentText(row.hold), fixed(row.logOdds, 2)] + (hasGap ? [row.gap.map { fixed($0, 3) } ?? "-"] : []) + [fixed(row.x, 2)] + (hasLift ? [row.lift.map { fixed($0, 2) } ?? "-"] : [])
        }
        out += "Read back from the mix: HOLD's advantage over a trade\n"
        out += TextTable(heads, textColumns: 0, rows: rows.map { $0.map { TextTable.Cell($0) } }).terminal(width: width)
        out += wrapped("log-odds: HOLD against the mean other action; \(hasGap ? "gap: ent_coef x log-odds, in standard deviations of the advantages; " : "")x: the gap over (ent_coef x sigma of trading) at which this mix would stand still, .94 at most with two trades.", width: width) + "\n"
    }
    if !report.paid.isEmpty {
        let hasBlind = report.paid.contains { $0.blind != nil }
        if case .ledger(let from) = report.paidSource {
            out += "What the run was paid a step, by regime, from \(report.stepUnit.dropLast()) \(countText(from)) to the end\n"
        } else { out += "What the final mix is paid a step by the reward on the bars, choosing blindly\n" }
        let rows = report.paid.map { row in
            [row.regime, percentText(row.share), signedText(row.guaranteed), signedText(row.path), signedText(row.uncertain), signedText(row.shaping), signedText(row.total)] + (hasBlind ? [row.blind.map(signedText) ?? "-"] : [])
        }
        out += TextTable(["regime", "share", "guaranteed", "path", "uncertain", "shaping", "total"] + (hasBlind ? ["blindly"] : []), rows: rows.map { $0.map { TextTable.Cell($0) } }).terminal(width: width)
        out += (hasBlind ? wrapped("blindly: the uncertain pay of the same mix without any skill; what the run has beyond it it owes to choosing well on these bars.", width: width) : "") + "\n"
    }
    if !report.causes.isEmpty {
        out += "What paid for it\n"
        let rows = report.causes.prefix(8).map { [$0.term, $0.regime, signedText($0.gap), signedText($0.weighted), $0.evidence] }
        out += TextTable(["term", "regime", "gap a step", "over all steps", "from"], textColumns: 2, rows: rows.map { $0.map { TextTable.Cell($0) } }).terminal(width: width) + "\n"
    }
    if let hysteresis = report.hysteresis { section("Can it be freed?", [hysteresis.sentence]) }
    if !report.remedies.isEmpty {
        out += "Remedies, the surest first\n"
        for (k, remedy) in report.remedies.enumerated() {
            let text = wrapped(remedy.sentence, width: width, indent: "     ")
            out += "  \(k + 1). " + text.dropFirst(5)
            let forecast = remedy.forecast.map { mix in "Forecast: " + mix.map { "\($0.action) \(percentText($0.share, digits: 0))" }.joined(separator: ", ") + " (\(remedy.method))." } ?? "No forecast: \(remedy.reason)."
            out += wrapped(forecast, width: width, indent: "     ")
        }
        out += "\n"
    }
    section("Unknown", report.unknown)
    out += wrapped(alarmSentence(report), width: width)
    return out
}

/// What the alarm would have said, and how good it is.
package func alarmSentence(_ report: PostmortemReport) -> String {
    guard let alarm = report.alarm else { return "Alarm: not heard, for it listens to action shares over at least \(CollapseAlarm.fewest) records." }
    let m = alarm.measured, unit = report.stepUnit.dropLast()
    var text = "Alarm: "
    if let step = alarm.step {
        text += "it would have sounded at \(unit) \(countText(step))"
        if let from = report.collapsedFrom, from > 0 { text += step < from ? ", \(percentText(1 - step / from, digits: 0)) of the way before the collapse was complete (\(unit) \(countText(from)))" : ", no earlier than the collapse itself (\(unit) \(countText(from)))" }
        if !report.collapse.isCollapse { text += "; the run did not end collapsed" }
    } else {
        text += "it would not have sounded"
    }
    // What it was measured on are runs of Assay's own, on options of flat decisions.
    let isElsewhere = !alarm.onOptions && report.log.actions.contains { $0.hasPrefix("BUY_") } ? "option logs that count decisions in trades" : report.kind == .runFolder ? nil : "other trainers' runs"
    return text + ". Measured on \(m.collapsed) collapsed and \(m.sound) sound \(alarm.onOptions ? "options" : "spot") runs of ours that it was not tuned on (\(alarm.readsX ? "mix and x" : "mix alone")): median lead \(percentText(m.medianLead, digits: 0)) of the onset's step, \(percentText(m.foundBefore, digits: 0)) of the collapses announced before they were complete, false alarms in \(percentText(m.falseAlarms)) of the sound runs (docs/postmortem.md)."
        + (alarm.onOptions ? " It was tuned on spot runs: here it comes late, and misses more." : "") + (isElsewhere.map { " How it does on \($0) has not been measured." } ?? "")
}
